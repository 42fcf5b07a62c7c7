import type { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';

/**
 * Options of an arm's environment with the defaults filled in.
 *
 * @throws UserError for a name there is not, and for a value that does not fit
 */
export function filledOptions<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, options: object) {
  checkKeys('arm option', options, Object.keys(schema.shape));
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], options);
  throw new UserError(
    `The arm option '${issue.path.join('.')}' does not fit: ${issue.message}, got ${JSON.stringify(value)}.`,
  );
}
