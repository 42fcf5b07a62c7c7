import { UserError } from '../core/errors.ts';
import type { Tensor } from '../engine/engine.ts';

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface SafetensorsFile {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
}

/**
 * Encodes tensors (float32) with string metadata in the safetensors format: 8 bytes of header length, a JSON header,
 * then the tensors' bytes, little-endian.
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, HeaderEntry | Record<string, string>> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const end = offset + tensor.data.length * 4;
    header[name] = { dtype: 'F32', shape: [...tensor.shape], data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // The format asks readers to accept trailing spaces, with which the data starts on an 8-byte boundary.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  let at = 8 + headerLength;
  for (const tensor of Object.values(tensors)) {
    for (const value of tensor.data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** Reads what `encodeSafetensors` wrote. Throws a UserError naming `source` when the bytes are not such a file. */
export function decodeSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  const broken = (why: string): UserError =>
    new UserError(`${source} is not a readable safetensors file: ${why}. It may be damaged or of another kind.`);
  if (bytes.length < 8) throw broken(`it has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) throw broken('its header is longer than the file');
  let header: Record<string, HeaderEntry>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch {
    throw broken('its header is not JSON');
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const dataStart = 8 + headerLength;
  const tensors: Record<string, Tensor> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (entry.dtype !== 'F32') throw broken(`tensor ${name} is ${entry.dtype}, only F32 is used here`);
    const [start, end] = entry.data_offsets;
    const length = entry.shape.reduce((product, size) => product * size, 1);
    if (end - start !== 4 * length || dataStart + end > bytes.length) throw broken(`tensor ${name} is incomplete`);
    const data = new Float32Array(length);
    for (let i = 0; i < length; i++) data[i] = view.getFloat32(dataStart + start + 4 * i, true);
    tensors[name] = { shape: entry.shape, data };
  }
  return { tensors, metadata: metadata as unknown as Record<string, string> };
}
