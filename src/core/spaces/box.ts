import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { roundToHalf } from './half.ts';
import type { Space } from './space.ts';

/**
 * The array that holds a value of a `Box`, by the box's number type.
 *
 * Where JavaScript has no array of the type, or none of plain numbers, a wider one holds it: `bool` as bytes 0 and 1,
 * `float16` rounded to half precision, `int64` and `uint64` as whole numbers, exact to 2^53 and beyond it the nearest
 * double.
 */
export interface BoxArrays {
  bool: Uint8Array;
  float16: Float32Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: Float64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: Float64Array;
}

export type BoxType = keyof BoxArrays;

interface NumberType {
  create(size: number): BoxArrays[BoxType];
  kind: 'float' | 'int' | 'uint';
  min: number;
  max: number;
  /** Bytes of one number in Gymnasium's array. */
  bytes: number;
  /** To the nearest number of the type, where the array that holds it can hold others. */
  round?(x: number): number;
}

const float32Max = (2 - 2 ** -23) * 2 ** 127;
const float16Max = 65_504;

const numberTypes: Record<BoxType, NumberType> = {
  float32: { create: (size) => new Float32Array(size), kind: 'float', min: -float32Max, max: float32Max, bytes: 4 },
  float64: {
    create: (size) => new Float64Array(size),
    kind: 'float',
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    bytes: 8,
  },
  float16: {
    create: (size) => new Float32Array(size),
    kind: 'float',
    min: -float16Max,
    max: float16Max,
    bytes: 2,
    round: roundToHalf,
  },
  int8: { create: (size) => new Int8Array(size), kind: 'int', min: -(2 ** 7), max: 2 ** 7 - 1, bytes: 1 },
  int16: { create: (size) => new Int16Array(size), kind: 'int', min: -(2 ** 15), max: 2 ** 15 - 1, bytes: 2 },
  int32: { create: (size) => new Int32Array(size), kind: 'int', min: -(2 ** 31), max: 2 ** 31 - 1, bytes: 4 },
  // The greatest is 2^63 - 1, here and below as the nearest double.
  int64: {
    create: (size) => new Float64Array(size),
    kind: 'int',
    min: -(2 ** 63),
    max: 2 ** 63,
    bytes: 8,
    round: Math.trunc,
  },
  uint8: { create: (size) => new Uint8Array(size), kind: 'uint', min: 0, max: 2 ** 8 - 1, bytes: 1 },
  uint16: { create: (size) => new Uint16Array(size), kind: 'uint', min: 0, max: 2 ** 16 - 1, bytes: 2 },
  uint32: { create: (size) => new Uint32Array(size), kind: 'uint', min: 0, max: 2 ** 32 - 1, bytes: 4 },
  uint64: { create: (size) => new Float64Array(size), kind: 'uint', min: 0, max: 2 ** 64, bytes: 8, round: Math.trunc },
  bool: {
    create: (size) => new Uint8Array(size),
    kind: 'uint',
    min: 0,
    max: 1,
    bytes: 1,
    round: (x) => (x === 0 ? 0 : 1),
  },
};

/** Names of the number types a `Box` may have. */
export const boxTypes = Object.keys(numberTypes) as BoxType[];

export function isBoxType(name: unknown): name is BoxType {
  return typeof name === 'string' && Object.hasOwn(numberTypes, name);
}

/** An array of zeros to hold numbers of a type. */
export function createNumbers<D extends BoxType>(dtype: D, size: number): BoxArrays[D] {
  return numberTypes[dtype].create(size) as BoxArrays[D];
}

/** Bytes that one number of a type takes in memory and on the wire. */
export function bytesPerNumber(dtype: BoxType): number {
  return numberTypes[dtype].bytes;
}

/** Lower or upper bound: one number for all elements, or one for each in row-major order. */
export type Bound = number | ArrayLike<number>;

/**
 * The numbers between two bounds, each of which may be infinite. Values are flat typed arrays in row-major order,
 * whatever the shape.
 */
export class Box<D extends BoxType = 'float32'> implements Space<BoxArrays[D]> {
  readonly type = 'box';
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly low: BoxArrays[D];
  readonly high: BoxArrays[D];
  readonly flatSize: number;
  /** Bytes, 1 where the bound is finite. Kept beside the bounds because integers have no infinity. */
  readonly boundedBelow: Uint8Array;
  readonly boundedAbove: Uint8Array;

  /**
   * @param shape taken from the bounds when absent: their length, or [1] when both are numbers
   * @param dtype `float32` when absent
   * @throws UserError for bounds that are NaN, in the wrong order, outside the type's range or of the wrong length
   */
  constructor(low: Bound, high: Bound, shape?: readonly number[], dtype?: D) {
    const name = dtype ?? ('float32' as D);
    if (!isBoxType(name)) {
      throw new UserError(`A Box holds numbers of one of the types ${boxTypes.join(', ')}; got '${name}'.`);
    }
    const numberType = numberTypes[name];
    this.dtype = name;
    this.shape = [...(shape ?? [lengthOf(low) ?? lengthOf(high) ?? 1])];
    if (this.shape.some((length) => !Number.isInteger(length) || length < 0)) {
      throw new UserError(`The shape of a Box is a list of non-negative integers; got [${this.shape.join(', ')}].`);
    }
    this.flatSize = this.shape.reduce((product, length) => product * length, 1);
    this.low = numberType.create(this.flatSize) as BoxArrays[D];
    this.high = numberType.create(this.flatSize) as BoxArrays[D];
    this.boundedBelow = new Uint8Array(this.flatSize);
    this.boundedAbove = new Uint8Array(this.flatSize);
    this.#fill('low', low, numberType);
    this.#fill('high', high, numberType);
    for (let i = 0; i < this.flatSize; i++) {
      if (this.low[i] > this.high[i]) {
        throw new UserError(
          `A Box wants low <= high everywhere; element ${i} has low ${this.low[i]} and high ${this.high[i]}.`,
        );
      }
    }
  }

  #fill(side: 'low' | 'high', bound: Bound, { kind, min, max, round = same }: NumberType): void {
    const given = lengthOf(bound);
    if (given !== undefined && given !== this.flatSize) {
      throw new UserError(
        `The ${side} bound of a Box of shape [${this.shape.join(', ')}] has ${this.flatSize} numbers; got ${given}.`,
      );
    }
    const open = side === 'low' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const bounded = side === 'low' ? this.boundedBelow : this.boundedAbove;
    for (let i = 0; i < this.flatSize; i++) {
      const value = typeof bound === 'number' ? bound : bound[i];
      bounded[i] = value === open ? 0 : 1;
      if (value === open && kind === 'int') {
        this[side][i] = side === 'low' ? min : max;
      } else if (value === open && kind === 'float') {
        this[side][i] = value;
      } else if (value >= min && value <= max && (kind === 'float' || Number.isInteger(value))) {
        this[side][i] = round(value);
      } else {
        throw new UserError(
          `The ${side} bound ${value} (element ${i}) does not fit a Box of ${this.dtype}: expected ` +
            `${kind === 'float' ? 'a number' : 'an integer'} from ${min} to ${max}` +
            `${kind === 'uint' ? '' : ` or ${open}`}.`,
        );
      }
    }
  }

  /** Whether every element has both bounds, or the one asked for. */
  isBounded(side: 'both' | 'below' | 'above' = 'both'): boolean {
    const below = side === 'above' || this.boundedBelow.every((flag) => flag === 1);
    return below && (side === 'below' || this.boundedAbove.every((flag) => flag === 1));
  }

  /** Any array of numbers with the right length and range counts, whole numbers where the type is an integer. */
  contains(value: unknown): value is BoxArrays[D] {
    if (!isNumberArray(value) || value.length !== this.flatSize) return false;
    const whole = numberTypes[this.dtype].kind !== 'float';
    for (let i = 0; i < this.flatSize; i++) {
      const x = value[i];
      // Written so that NaN fails.
      if (!(x >= this.low[i] && x <= this.high[i]) || (whole && !Number.isInteger(x))) return false;
    }
    return true;
  }

  /**
   * Elements with both bounds are uniform, with one bound exponential away from it, without bounds standard normal:
   * Gymnasium's rule and, from the same generator, its numbers.
   */
  sample(random: Random): BoxArrays[D] {
    const { kind, create, min, max, round = same } = numberTypes[this.dtype];
    const { low, high, boundedBelow, boundedAbove } = this;
    const value = create(this.flatSize) as BoxArrays[D];
    const whole = kind !== 'float';
    const put = (i: number, x: number): void => {
      value[i] = whole ? Math.min(Math.max(Math.floor(x), min), max) : round(x);
    };
    // An integer's interval ends before the next integer.
    const top = (i: number): number => (whole ? high[i] + 1 : high[i]);
    const each = (below: number, above: number, draw: (i: number) => number): void => {
      for (let i = 0; i < this.flatSize; i++) {
        if (boundedBelow[i] === below && boundedAbove[i] === above) put(i, draw(i));
      }
    };
    each(0, 0, () => random.normal());
    each(1, 0, (i) => random.exponential() + low[i]);
    each(0, 1, (i) => top(i) - random.exponential());
    each(1, 1, (i) => random.uniform(low[i], top(i)));
    return value;
  }

  flatten(value: ArrayLike<number>, row: Float32Array | Float64Array, at = 0): void {
    for (let i = 0; i < this.flatSize; i++) row[at + i] = value[i];
  }

  unflatten(row: Float32Array | Float64Array, at = 0): BoxArrays[D] {
    const value = createNumbers(this.dtype, this.flatSize);
    const { round } = numberTypes[this.dtype];
    for (let i = 0; i < this.flatSize; i++) value[i] = round ? round(row[at + i]) : row[at + i];
    return value;
  }

  toString(): string {
    return `Box(${shortBound(this.low)}, ${shortBound(this.high)}, [${this.shape.join(', ')}], ${this.dtype})`;
  }
}

function same(x: number): number {
  return x;
}

function lengthOf(bound: Bound): number | undefined {
  return typeof bound === 'number' ? undefined : bound.length;
}

export function isNumberArray(value: unknown): value is ArrayLike<number> {
  if (Array.isArray(value)) return value.every((x) => typeof x === 'number');
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && typeof (value as Int8Array)[0] !== 'bigint';
}

function shortBound(bound: ArrayLike<number>): string {
  const numbers = Array.from(bound);
  // Seven digits tell float32 numbers as they were written: 0.1, not 0.10000000149011612.
  const text = numbers.map((x) => String(Number(x.toPrecision(7))));
  if (numbers.length > 0 && numbers.every((x) => x === numbers[0])) return text[0];
  return `[${text.slice(0, 8).join(', ')}${numbers.length > 8 ? ', ...' : ''}]`;
}
