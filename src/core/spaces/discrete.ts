import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Space } from './space.ts';

/** The integers start, start + 1, ..., start + n - 1. */
export class Discrete implements Space<number> {
  readonly type = 'discrete';
  readonly n: number;
  readonly start: number;
  readonly flatSize: number;

  /** @throws UserError when n is no positive integer or start no integer */
  constructor(n: number, start = 0) {
    if (!Number.isSafeInteger(n) || n <= 0) {
      throw new UserError(`Discrete(n) wants a positive integer, the number of choices; got ${n}.`);
    }
    if (!Number.isSafeInteger(start)) {
      throw new UserError(`Discrete(n, start) wants an integer start, the smallest choice; got ${start}.`);
    }
    this.n = n;
    this.start = start;
    this.flatSize = n;
  }

  contains(value: unknown): value is number {
    return Number.isInteger(value) && (value as number) >= this.start && (value as number) < this.start + this.n;
  }

  /** Uniform, by Gymnasium's draw. */
  sample(random: Random): number {
    return this.start + random.integers(0, this.n);
  }

  /** One-hot. */
  flatten(value: number, row: Float32Array | Float64Array, at = 0): void {
    row.fill(0, at, at + this.n);
    row[at + value - this.start] = 1;
  }

  /** @throws UserError for a row of zeros */
  unflatten(row: Float32Array | Float64Array, at = 0): number {
    return this.start + hotIndex(row, at, this.n);
  }

  toString(): string {
    return this.start === 0 ? `Discrete(${this.n})` : `Discrete(${this.n}, start=${this.start})`;
  }
}

/** Which of the n numbers from `at` on is the first that is not zero. */
export function hotIndex(row: ArrayLike<number>, at: number, n: number): number {
  for (let i = 0; i < n; i++) if (row[at + i] !== 0) return i;
  throw new UserError(`Expected a one-hot row of ${n} numbers; got zeros only, which names no choice.`);
}
