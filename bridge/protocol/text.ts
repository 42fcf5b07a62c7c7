import type { BufferReader } from './buffer-reader.ts';
import { encodeNumbers } from './numbers.ts';

/** So many arguments a call may have. */
const CHUNK = 4096;

/** Lengths in code points, and all code points. */
export function encodeText(texts: readonly string[]): [lengths: Uint8Array, codePoints: Uint8Array] {
  const lengths = new Int32Array(texts.length);
  const codePoints: number[] = [];
  texts.forEach((text, i) => {
    const before = codePoints.length;
    for (const character of text) codePoints.push(character.codePointAt(0) as number);
    lengths[i] = codePoints.length - before;
  });
  return [encodeNumbers('int32', lengths), encodeNumbers('uint32', codePoints)];
}

/** @throws ProtocolError for wrong lengths, or numbers that are no characters */
export function decodeText(from: BufferReader, rows: number, path: string): string[] {
  const lengths = from.numbers('int32', rows, `${path} (lengths)`);
  let total = 0;
  for (const length of lengths) {
    if (length < 0) from.refuse(`${path} (lengths)`, '0 or more', `${length}`);
    total += length;
  }
  const codePoints = from.numbers('uint32', total, path);
  const odd = codePoints.find((point) => point > 0x10ffff || (point >= 0xd800 && point < 0xe000));
  if (odd !== undefined) from.refuse(path, 'Unicode characters', `number ${odd}`);
  let at = 0;
  return Array.from(lengths, (length) => {
    const end = at + length;
    let text = '';
    for (; at < end; at += CHUNK) text += String.fromCodePoint(...codePoints.subarray(at, Math.min(at + CHUNK, end)));
    at = end;
    return text;
  });
}
