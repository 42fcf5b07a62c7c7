import type { z } from 'zod';
import { UserError } from './errors.ts';
import { checkKeys } from './nearest.ts';

/**
 * Options with the defaults filled in.
 *
 * @param what they are options of, for messages: `portfolio`
 * @throws UserError for a name there is not, and for a value that does not fit
 */
export function filledOptions<Shape extends z.ZodRawShape>(what: string, schema: z.ZodObject<Shape>, options: object) {
  checkKeys(`${what} option`, options, Object.keys(schema.shape));
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], options);
  throw new UserError(
    `The ${what} option '${issue.path.join('.')}' does not fit: ${issue.message}, got ${JSON.stringify(value)}.`,
  );
}
