import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isNumberArray } from './box.ts';
import { hotIndex } from './discrete.ts';
import { checkShape } from './shape.ts';
import type { Space } from './space.ts';

const INT32_MAX = 2 ** 31 - 1;

/**
 * Several choices at once: slot i takes one of the integers start[i], ..., start[i] + nvec[i] - 1. Slots are flat and
 * row-major, whatever the shape.
 */
export class MultiDiscrete implements Space<Int32Array> {
  readonly type = 'multi-discrete';
  readonly nvec: Int32Array;
  readonly start: Int32Array;
  readonly shape: readonly number[];
  readonly flatSize: number;

  /**
   * @param shape one slot for each element; one-dimensional when absent
   * @throws UserError when a count is no positive integer, `start` is of another length or not whole, a choice is
   *   beyond 32 bits, or the shape has another size
   */
  constructor(nvec: ArrayLike<number>, start?: ArrayLike<number>, shape?: readonly number[]) {
    const counts = Array.from(nvec);
    if (counts.length === 0 || counts.some((n) => !Number.isInteger(n) || n <= 0)) {
      throw new UserError(`MultiDiscrete(nvec) wants a list of positive integers; got [${counts.join(', ')}].`);
    }
    const starts = start === undefined ? counts.map(() => 0) : Array.from(start);
    if (starts.length !== counts.length || starts.some((value) => !Number.isInteger(value))) {
      throw new UserError(
        `MultiDiscrete(nvec, start) wants ${counts.length} integers in start, one a slot; got [${starts.join(', ')}].`,
      );
    }
    if (starts.some((value, i) => value < -INT32_MAX - 1 || value + counts[i] - 1 > INT32_MAX)) {
      throw new UserError(
        `MultiDiscrete wants choices of 32 bits, ${-INT32_MAX - 1} to ${INT32_MAX}; got nvec [${counts.join(', ')}], ` +
          `start [${starts.join(', ')}].`,
      );
    }
    this.shape = [...(shape ?? [counts.length])];
    checkShape('MultiDiscrete', this.shape, counts.length);
    this.nvec = Int32Array.from(counts);
    this.start = Int32Array.from(starts);
    this.flatSize = counts.reduce((sum, n) => sum + n, 0);
  }

  /** Any array of whole numbers within the slots' ranges counts. */
  contains(value: unknown): value is Int32Array {
    if (!isNumberArray(value) || value.length !== this.nvec.length) return false;
    return this.nvec.every(
      (n, i) => Number.isInteger(value[i]) && value[i] >= this.start[i] && value[i] < this.start[i] + n,
    );
  }

  /** Uniform, by Gymnasium's draw. */
  sample(random: Random): Int32Array {
    return this.nvec.map((n, i) => this.start[i] + Math.floor(random.double() * n));
  }

  /** One-hot rows, one after another. */
  flatten(value: ArrayLike<number>, row: Float32Array | Float64Array, at = 0): void {
    row.fill(0, at, at + this.flatSize);
    let offset = at;
    for (let i = 0; i < this.nvec.length; i++) {
      row[offset + value[i] - this.start[i]] = 1;
      offset += this.nvec[i];
    }
  }

  /** @throws UserError for a slot of zeros */
  unflatten(row: Float32Array | Float64Array, at = 0): Int32Array {
    const value = new Int32Array(this.nvec.length);
    let offset = at;
    for (let i = 0; i < value.length; i++) {
      value[i] = this.start[i] + hotIndex(row, offset, this.nvec[i]);
      offset += this.nvec[i];
    }
    return value;
  }

  toString(): string {
    const shifted = this.start.some((value) => value !== 0);
    const start = shifted ? `, start=[${this.start.join(', ')}]` : '';
    const shape = this.shape.length === 1 ? '' : `, shape=[${this.shape.join(', ')}]`;
    return `MultiDiscrete([${this.nvec.join(', ')}]${start}${shape})`;
  }
}
