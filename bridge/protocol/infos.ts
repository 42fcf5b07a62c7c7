import { inspect } from 'node:util';
import { bytesPerNumber, isBoxType } from '../../src/core/spaces/box.ts';
import { sizeOf } from '../../src/core/spaces/shape.ts';
import { maxDepth, ProtocolError } from './message.ts';
import { fromTypedArray, NdArray, ObjectArray } from './nd-array.ts';
import { decodeNumbers, encodeNumbers } from './numbers.ts';

export { fromTypedArray, NdArray, ObjectArray } from './nd-array.ts';

/** Infos as JSON with the arrays beside it: `PROTOCOL.md`, section 6. */
export interface EncodedInfos {
  skeleton: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** Levels of JSON that the infos lie below the top of the meta, and that a marker may take at the innermost place. */
const OUTER_LEVELS = 1;
const MARKER_LEVELS = 3;
const MOST_LEVELS = maxDepth - OUTER_LEVELS - MARKER_LEVELS;
/** Characters of a value that can only be sent as it prints. */
const MOST_TEXT = 1000;

/** Typed arrays are sent as arrays, whatever JSON cannot tell as text; entries that are `undefined` not at all. */
export function encodeInfos(infos: Readonly<Record<string, unknown>>): EncodedInfos {
  const buffers: Uint8Array[] = [];
  const add = (bytes: Uint8Array): number => buffers.push(bytes) - 1;
  const encode = (value: unknown, within: readonly object[]): unknown => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : { $float: floatName(value) };
    if (typeof value !== 'object') return asText(value);
    if (Buffer.isBuffer(value)) return { $bytes: add(Uint8Array.from(value)) };
    const array = value instanceof NdArray ? value : fromTypedArray(value);
    if (array) return { $array: [array.dtype, array.shape, add(encodeNumbers(array.dtype, array.data))] };
    if (within.length === MOST_LEVELS || within.includes(value)) return asText(value);
    const parents = [...within, value];
    const list = (entries: readonly unknown[]) => entries.map((entry) => encode(entry ?? null, parents));
    if (Array.isArray(value)) return list(value);
    if (value instanceof ObjectArray) return { $objects: list(value.values) };
    return isPlain(value) ? encodeEntries(value, parents) : asText(value);
  };
  const encodeEntries = (value: object, within: readonly object[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value)
        .filter(([, entry]) => entry !== undefined)
        .map(([key, entry]) => [key.startsWith('$') ? `$${key}` : key, encode(entry, within)]),
    );
  return { skeleton: encodeEntries(infos, [infos]), buffers };
}

/**
 * Arrays become `NdArray`, tuples and arrays of objects lists, bytes a `Buffer`.
 *
 * @param buffers those of the infos, each in use once
 * @throws ProtocolError for markers that do not make sense
 */
export function decodeInfos(
  skeleton: Readonly<Record<string, unknown>>,
  buffers: readonly Uint8Array[],
): Record<string, unknown> {
  const used = new Set<number>();
  const take = (index: unknown): Uint8Array => {
    const bytes = typeof index === 'number' ? buffers[index] : undefined;
    if (bytes === undefined) return refuse(`the number of one of ${buffers.length} buffers`, index);
    // A few bytes of JSON could otherwise ask for any number of copies.
    if (used.has(index as number)) return refuse('every buffer once', index);
    used.add(index as number);
    return bytes;
  };
  const decode = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(decode);
    const entries = Object.entries(value);
    const marked = entries.find(([key]) => key.startsWith('$') && !key.startsWith('$$'));
    if (marked === undefined) return decodeEntries(entries);
    if (entries.length !== 1) return refuse('a marker alone', value);
    return decodeMarked(marked[0], marked[1]);
  };
  const decodeMarked = (marker: string, value: unknown): unknown => {
    switch (marker) {
      case '$array':
        return decodeArray(value, take);
      case '$bytes':
        return Buffer.from(take(value));
      case '$objects':
      case '$tuple':
        return Array.isArray(value) ? value.map(decode) : refuse(`a list under ${marker}`, value);
      case '$float':
        return floats.get(value) ?? refuse("'nan', 'inf' or '-inf'", value);
      case '$text':
        return typeof value === 'string' ? value : refuse('text', value);
      default:
        return refuse('a known marker', marker);
    }
  };
  const decodeEntries = (entries: readonly [string, unknown][]): Record<string, unknown> =>
    Object.fromEntries(entries.map(([key, value]) => [key.startsWith('$') ? key.slice(1) : key, decode(value)]));
  const infos = decode(skeleton);
  return isPlain(infos) ? infos : refuse('infos by name', skeleton);
}

function decodeArray(value: unknown, take: (index: unknown) => Uint8Array): NdArray {
  if (!Array.isArray(value) || value.length !== 3) return refuse('dtype, shape and buffer of an array', value);
  const [dtype, shape, index] = value as unknown[];
  if (!isBoxType(dtype)) return refuse('the dtype of an array', dtype);
  if (!isShape(shape)) return refuse('the shape of an array', shape);
  const bytes = take(index);
  const expected = sizeOf(shape) * bytesPerNumber(dtype);
  if (bytes.length !== expected) return refuse(`${expected} bytes for ${dtype} [${shape}]`, bytes.length);
  return new NdArray(dtype, shape, decodeNumbers(dtype, bytes, 'infos'));
}

const floats = new Map<unknown, number>([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

function asText(value: unknown): { $text: string } {
  return { $text: inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).slice(0, MOST_TEXT) };
}

function floatName(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);
}

/** An object made by braces, not by a class. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(expected: string, got: unknown): never {
  throw new ProtocolError('protocol', `infos: expected ${expected}, got ${JSON.stringify(got)?.slice(0, 200)}.`);
}
