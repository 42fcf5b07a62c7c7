import { type BoxArrays, type BoxType, bytesPerNumber, createNumbers } from '../../src/core/spaces/box.ts';
import { halfFromBits, halfToBits } from '../../src/core/spaces/half.ts';
import { ProtocolError } from './message.ts';

/** The numbers on the wire are little-endian. */
const swaps = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

const TWO_32 = 2 ** 32;
const MAX_INT64_WORDS = [0xffffffff, 0x7fffffff] as const;
const MAX_UINT64_WORDS = [0xffffffff, 0xffffffff] as const;

/** Arrays whose bytes are those on the wire. The other types are held otherwise here. */
const plainArrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

type PlainType = keyof typeof plainArrays;

function isPlain(dtype: BoxType): dtype is PlainType {
  return dtype in plainArrays;
}

/** The bytes of numbers, fresh ones. */
export function encodeNumbers(dtype: BoxType, numbers: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(numbers.length * bytesPerNumber(dtype));
  if (dtype === 'bool') {
    for (let i = 0; i < numbers.length; i++) bytes[i] = numbers[i] ? 1 : 0;
  } else if (isPlain(dtype)) {
    new plainArrays[dtype](bytes.buffer).set(numbers);
  } else if (dtype === 'float16') {
    const halves = new Uint16Array(bytes.buffer);
    for (let i = 0; i < numbers.length; i++) halves[i] = halfToBits(numbers[i]);
  } else {
    const words = new Uint32Array(bytes.buffer);
    const signed = dtype === 'int64';
    for (let i = 0; i < numbers.length; i++) writeInt64(words, 2 * i, numbers[i], signed);
  }
  return littleEndian(bytes, dtype);
}

/**
 * The numbers in bytes, whose length is known to fit. They may share its memory, for a moment's look.
 *
 * @throws ProtocolError for a boolean that is neither 0 nor 1
 */
export function viewNumbers<D extends BoxType>(dtype: D, bytes: Uint8Array, leaf: string): BoxArrays[D] {
  const isReady = !swaps && bytes.byteOffset % bytesPerWord(dtype) === 0;
  const own = isReady ? bytes : littleEndian(new Uint8Array(bytes), dtype);
  const count = bytes.length / bytesPerNumber(dtype);
  if (isPlain(dtype)) {
    if (dtype === 'bool') checkBooleans(own, leaf);
    return new plainArrays[dtype](own.buffer as ArrayBuffer, own.byteOffset, count) as BoxArrays[D];
  }
  const numbers = createNumbers(dtype, count);
  if (dtype === 'float16') {
    const halves = new Uint16Array(own.buffer, own.byteOffset, count);
    for (let i = 0; i < count; i++) numbers[i] = halfFromBits(halves[i]);
  } else {
    const words = new Uint32Array(own.buffer, own.byteOffset, 2 * count);
    const signed = dtype === 'int64';
    for (let i = 0; i < count; i++) numbers[i] = readInt64(words, 2 * i, signed);
  }
  return numbers;
}

/** As `viewNumbers`, in memory of their own. */
export function decodeNumbers<D extends BoxType>(dtype: D, bytes: Uint8Array, leaf: string): BoxArrays[D] {
  return viewNumbers(dtype, isPlain(dtype) ? new Uint8Array(bytes) : bytes, leaf);
}

/** The nearest double. */
function readInt64(words: Uint32Array, at: number, signed: boolean): number {
  const high = signed ? words[at + 1] | 0 : words[at + 1];
  return high * TWO_32 + words[at];
}

/** Doubles from 2^63 or 2^64 on stand for the greatest number of the type, which rounds to them. */
function writeInt64(words: Uint32Array, at: number, value: number, signed: boolean): void {
  const whole = Math.max(Math.trunc(value), signed ? -(2 ** 63) : 0);
  if (whole >= (signed ? 2 ** 63 : 2 ** 64)) {
    words.set(signed ? MAX_INT64_WORDS : MAX_UINT64_WORDS, at);
    return;
  }
  const high = Math.floor(whole / TWO_32);
  words[at] = whole - high * TWO_32;
  words[at + 1] = high;
}

function checkBooleans(bytes: Uint8Array, leaf: string): void {
  const odd = bytes.find((byte) => byte > 1);
  if (odd !== undefined) throw new ProtocolError('protocol', `${leaf}: expected bytes of 0 or 1, got ${odd}.`);
}

/** Integers of 64 bits are read and written as two words, the low one first. */
function bytesPerWord(dtype: BoxType): number {
  return dtype === 'int64' || dtype === 'uint64' ? 4 : bytesPerNumber(dtype);
}

/** Turns the bytes round in place, on machines that hold numbers the other way. */
function littleEndian(bytes: Uint8Array, dtype: BoxType): Uint8Array {
  if (!swaps) return bytes;
  const size = bytesPerWord(dtype);
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
