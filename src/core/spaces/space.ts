import type { Random } from '../random.ts';

/**
 * A set of values an observation or action may take, as in Gymnasium.
 *
 * `flatSize`, `flatten` and `unflatten` map a value to a row of numbers and back. A discrete choice flattens to
 * one-hot, as Gymnasium's `flatten` does.
 */
export interface Space<T = unknown> {
  readonly type: 'box' | 'discrete' | 'multi-discrete' | 'multi-binary' | 'dict' | 'tuple';
  contains(value: unknown): value is T;
  sample(random: Random): T;
  readonly flatSize: number;
  /** Writes `flatSize` numbers into `row` from `at` on. */
  flatten(value: T, row: Float32Array | Float64Array, at?: number): void;
  unflatten(row: Float32Array | Float64Array, at?: number): T;
  /** For error messages: `Box(-1, 1, [2], float32)`. */
  toString(): string;
}
