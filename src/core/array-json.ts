const ARRAYS = { Float32Array, Float64Array, Int32Array, Uint8Array } as const;

/** A typed array as JSON holds it, to the byte: NaN, infinities and negative zero are beyond JSON's own numbers. */
interface PackedArray {
  typedArray: keyof typeof ARRAYS;
  base64: string;
}

/** The same data with every typed array in it, however deep, made fit for JSON. */
export function packArrays(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { typedArray: value.constructor.name, base64: bytes.toString('base64') };
  }
  if (Array.isArray(value)) return value.map(packArrays);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packArrays(inner)]));
}

/** What `packArrays` was given. */
export function unpackArrays(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpackArrays);
  if (typeof value !== 'object' || value === null) return value;
  if ('typedArray' in value) {
    const { typedArray, base64 } = value as PackedArray;
    return new ARRAYS[typedArray](Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpackArrays(inner)]));
}
