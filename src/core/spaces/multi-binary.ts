import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isNumberArray } from './box.ts';
import { checkShape } from './shape.ts';
import type { Space } from './space.ts';

/** n zeros and ones. Values are flat and row-major, whatever the shape. */
export class MultiBinary implements Space<Int8Array> {
  readonly type = 'multi-binary';
  readonly n: number;
  readonly shape: readonly number[];
  readonly flatSize: number;

  /**
   * @param shape n in all; [n] when absent
   * @throws UserError when n is no positive integer, or another shape's size
   */
  constructor(n: number, shape: readonly number[] = [n]) {
    if (!Number.isSafeInteger(n) || n <= 0) {
      throw new UserError(`MultiBinary(n) wants a positive integer, the number of bits; got ${n}.`);
    }
    checkShape('MultiBinary', shape, n);
    this.n = n;
    this.shape = [...shape];
    this.flatSize = n;
  }

  contains(value: unknown): value is Int8Array {
    if (!isNumberArray(value) || value.length !== this.n) return false;
    for (let i = 0; i < this.n; i++) if (value[i] !== 0 && value[i] !== 1) return false;
    return true;
  }

  /** Fair coins, by Gymnasium's draw: the top bits of the bytes of 32-bit words. */
  sample(random: Random): Int8Array {
    const value = new Int8Array(this.n);
    let word = 0;
    for (let i = 0; i < this.n; i++) {
      word = i % 4 === 0 ? random.uint32() : word >>> 8;
      value[i] = (word >>> 7) & 1;
    }
    return value;
  }

  flatten(value: ArrayLike<number>, row: Float32Array | Float64Array, at = 0): void {
    for (let i = 0; i < this.n; i++) row[at + i] = value[i];
  }

  unflatten(row: Float32Array | Float64Array, at = 0): Int8Array {
    return Int8Array.from({ length: this.n }, (_, i) => row[at + i]);
  }

  toString(): string {
    return `MultiBinary(${this.shape.length === 1 ? this.n : `[${this.shape.join(', ')}]`})`;
  }
}
