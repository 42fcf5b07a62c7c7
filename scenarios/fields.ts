import { z } from 'zod';

// A description says what was expected when a value does not fit: see `validation.ts`.

export const count = z.int().min(1).describe('a whole number of at least 1');
export const whole = z.int().min(0).describe('a whole number of at least 0');
export const share = z.number().min(0).max(1).describe('a number from 0 to 1');
export const positive = z.number().positive().describe('a number greater than 0');
export const notNegative = z.number().min(0).describe('a number of at least 0');
export const real = z.number().describe('a number');
export const flag = z.boolean().describe('true or false');
export const options = z.record(z.string(), z.unknown()).describe('a mapping of option names to values');

export const schedule = z
  .union([z.number().min(0), z.strictObject({ from: z.number().min(0), to: z.number().min(0) })])
  .describe('a number of at least 0, or { from, to } with two of them');

/** Keeps a schema's defaults and types in step with the plain data of `src`. */
export type FieldsOf<T> = { [Key in keyof T]-?: z.ZodType<T[Key]> };
