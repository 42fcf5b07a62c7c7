import type { BoxType } from '../../src/core/spaces/box.ts';

/** Numbers of a shape, as NumPy has them; no dimension at all for a single one. */
export class NdArray {
  readonly dtype: BoxType;
  readonly shape: readonly number[];
  /** Row-major, in the array that holds this type of number in a `Box`. */
  readonly data: ArrayLike<number>;

  constructor(dtype: BoxType, shape: readonly number[], data: ArrayLike<number>) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }
}

/** A list that stands for NumPy's array of arbitrary objects. */
export class ObjectArray {
  readonly values: unknown[];

  constructor(values: unknown[]) {
    this.values = values;
  }
}

const typesByArray = new Map<string, BoxType>([
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
  ['Int8Array', 'int8'],
  ['Int16Array', 'int16'],
  ['Int32Array', 'int32'],
  ['BigInt64Array', 'int64'],
  ['Uint8Array', 'uint8'],
  ['Uint8ClampedArray', 'uint8'],
  ['Uint16Array', 'uint16'],
  ['Uint32Array', 'uint32'],
  ['BigUint64Array', 'uint64'],
]);

/** A typed array as one of one dimension; `undefined` for anything else. */
export function fromTypedArray(value: object): NdArray | undefined {
  // By name, as arrays from another context have another constructor.
  const dtype = ArrayBuffer.isView(value)
    ? typesByArray.get(Object.prototype.toString.call(value).slice(8, -1))
    : undefined;
  if (dtype === undefined) return undefined;
  const data = value as ArrayLike<number | bigint>;
  return new NdArray(dtype, [data.length], Array.from(data, Number));
}
