import { inspect } from 'node:util';
import { UserError } from '../../src/core/errors.ts';
import { type Box, type BoxType, createNumbers, isNumberArray } from '../../src/core/spaces/box.ts';
import type { MultiBinary } from '../../src/core/spaces/multi-binary.ts';
import type { MultiDiscrete } from '../../src/core/spaces/multi-discrete.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import type { BufferReader } from './buffer-reader.ts';
import { encodeNumbers } from './numbers.ts';
import { decodeText, encodeText } from './text.ts';

/**
 * Values of one part of a space as buffers, and back. Parts follow one another: each appends its buffers to those of
 * the parts before, and takes them again in the same order.
 */
export interface Codec {
  readonly bufferCount: number;
  encode(values: readonly unknown[], out: Uint8Array[]): void;
  decode(from: BufferReader, rows: number): unknown[];
}

export function boxCodec(space: Box<BoxType>, path: string): Codec {
  const { dtype, flatSize: size } = space;
  return {
    bufferCount: 1,
    encode(values, out) {
      const all = createNumbers(dtype, values.length * size);
      join(values, all, size, space, path);
      out.push(encodeNumbers(dtype, all));
    },
    decode: (from, rows) => split(from.numbers(dtype, rows * size, path), rows, size),
  };
}

export function discreteCodec(space: Space, path: string): Codec {
  return {
    bufferCount: 1,
    encode(values, out) {
      for (const value of values) if (!Number.isSafeInteger(value)) refuse(space, path, value);
      out.push(encodeNumbers('int64', values as number[]));
    },
    decode: (from, rows) => Array.from(from.numbers('int64', rows, path)),
  };
}

export function multiDiscreteCodec(space: MultiDiscrete, path: string): Codec {
  const size = space.nvec.length;
  return {
    bufferCount: 1,
    encode(values, out) {
      const all = new Float64Array(values.length * size);
      join(values, all, size, space, path);
      out.push(encodeNumbers('int64', all));
    },
    decode(from, rows) {
      const all = from.numbers('int64', rows * size, path);
      // Held in 32 bits, a number beyond them would become another one.
      const odd = all.find((value) => value !== (value | 0));
      if (odd !== undefined) from.refuse(path, `choices of ${space}`, `${odd}`);
      return split(Int32Array.from(all), rows, size);
    },
  };
}

export function multiBinaryCodec(space: MultiBinary, path: string): Codec {
  const { n: size } = space;
  return {
    bufferCount: 1,
    encode(values, out) {
      const all = new Int8Array(values.length * size);
      join(values, all, size, space, path);
      out.push(encodeNumbers('int8', all));
    },
    decode: (from, rows) => split(from.numbers('int8', rows * size, path), rows, size),
  };
}

export function textCodec(space: Space, path: string): Codec {
  return {
    bufferCount: 2,
    encode(values, out) {
      for (const value of values) if (typeof value !== 'string') refuse(space, path, value);
      out.push(...encodeText(values as string[]));
    },
    decode: (from, rows) => decodeText(from, rows, path),
  };
}

/** Arrays of equal length, one after another. */
function join(
  values: readonly unknown[],
  all: { set(numbers: ArrayLike<number>, at: number): void },
  size: number,
  space: Space,
  path: string,
): void {
  values.forEach((value, i) => {
    if (!isNumberArray(value) || value.length !== size) refuse(space, path, value);
    all.set(value, i * size);
  });
}

/**
 * The inverse of `join`. The rows lie in one piece of fresh memory, side by side: pieces of their own would take ten
 * times as long.
 */
function split<T extends Sliceable<T>>(all: T, rows: number, size: number): T[] {
  const own = all.slice();
  return Array.from({ length: rows }, (_, i) => own.subarray(i * size, (i + 1) * size));
}

interface Sliceable<T> {
  slice(): T;
  subarray(start: number, end: number): T;
}

/** @throws UserError */
export function refuse(space: Space, path: string, value: unknown): never {
  const shown = inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20 }).slice(0, 200);
  throw new UserError(`Expected a value of ${space}${path && ` at '${path}'`}; got ${shown}.`);
}
