import { UserError } from '../errors.ts';

/** Elements of an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * @param size that the shape has to have
 * @throws UserError
 */
export function checkShape(name: string, shape: readonly number[], size: number): void {
  if (shape.every((length) => Number.isSafeInteger(length) && length > 0) && sizeOf(shape) === size) return;
  throw new UserError(`${name} of ${size} elements wants a shape of as many; got [${shape.join(', ')}].`);
}
