import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';

type SpaceType =
  | 'box'
  | 'discrete'
  | 'multi-discrete'
  | 'multi-binary'
  | 'text'
  | 'dict'
  | 'tuple'
  | 'sequence'
  | 'graph'
  | 'one-of';

/**
 * A set of values an observation or action may take, as in Gymnasium.
 *
 * `flatSize`, `flatten` and `unflatten` map a value to a row of numbers and back. A discrete choice flattens to
 * one-hot, as Gymnasium's `flatten` does.
 */
export interface Space<T = unknown> {
  readonly type: SpaceType;
  contains(value: unknown): value is T;
  sample(random: Random): T;
  /** NaN where values differ in size, so that there is no row for them. */
  readonly flatSize: number;
  /**
   * Writes `flatSize` numbers into `row` from `at` on.
   *
   * @throws UserError where there is no flat size
   */
  flatten(value: T, row: Float32Array | Float64Array, at?: number): void;
  unflatten(row: Float32Array | Float64Array, at?: number): T;
  /** For error messages: `Box(-1, 1, [2], float32)`. */
  toString(): string;
}

/**
 * Numbers in a flattened row.
 *
 * @throws UserError where values differ in size
 */
export function rowSizeOf(space: Space): number {
  return Number.isNaN(space.flatSize) ? refuseToFlatten(space) : space.flatSize;
}

export function refuseToFlatten(space: Space): never {
  throw new UserError(
    `Values of ${space} differ in size, so there is no row of numbers that a policy could read. ` +
      'Give a Box of fixed size in the environment, padded and with a mask say.',
  );
}

export function isSpace(value: unknown): value is Space {
  const space = value as Partial<Space> | null | undefined;
  return (
    typeof space === 'object' &&
    space !== null &&
    typeof space.type === 'string' &&
    typeof space.flatSize === 'number' &&
    (['contains', 'sample', 'flatten', 'unflatten'] as const).every((name) => typeof space[name] === 'function')
  );
}
