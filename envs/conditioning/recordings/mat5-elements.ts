import { UserError } from '../../../src/core/errors.ts';

/** Types of data elements, by their numbers in the file. */
export const elementType = { matrix: 14, compressed: 15 } as const;

/** Number types of the file: bytes of one, and how it is read. */
const numberTypes: Readonly<Record<number, [number, (view: DataView, at: number, little: boolean) => number]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
  12: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  13: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** Encodings of text, by the numbers of their types. */
const encodings: Readonly<Record<number, string>> = { 16: 'UTF-8', 17: 'UTF-16', 18: 'UTF-32' };

/** The last code point of Unicode. */
const lastLetter = 0x10ffff;

/** One tagged piece of the file. */
export interface Element {
  type: number;
  /** Of its data, in the bytes of the reader. */
  start: number;
  end: number;
}

/**
 * Reads the tagged data elements of a level 5 MAT-file, one after the other.
 *
 * @see The MathWorks, MAT-File Format (R2023b), "Level 5 MAT-File Format"
 */
export class ElementReader {
  readonly bytes: Uint8Array;
  readonly little: boolean;
  /** File and, within a compressed variable, where it lies, for messages. */
  readonly source: string;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, little: boolean, source: string, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.little = little;
    this.source = source;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  get position(): number {
    return this.#at;
  }

  /**
   * The next element.
   *
   * @param what is expected there, for messages
   * @throws UserError where the file ends before it does
   */
  next(what: string): Element {
    const at = this.#at;
    this.#need(at, 8, what);
    const first = this.#view.getUint32(at, this.little);
    const smallBytes = first >>> 16;
    if (smallBytes > 0) {
      if (smallBytes > 4) throw this.damaged(at, `a small element of ${smallBytes} bytes, for ${what}`);
      this.#at = at + 8;
      return { type: first & 0xffff, start: at + 4, end: at + 4 + smallBytes };
    }
    const length = this.#view.getUint32(at + 4, this.little);
    this.#need(at + 8, length, what);
    const end = at + 8 + length;
    // Compressed elements alone are not padded. The padding of the last one may be missing.
    this.#at = first === elementType.compressed ? end : Math.min(at + 8 + Math.ceil(length / 8) * 8, this.#end);
    return { type: first, start: at + 8, end };
  }

  /** What lies within an element. */
  inside({ start, end }: Element): ElementReader {
    return new ElementReader(this.bytes, this.little, this.source, start, end);
  }

  /** @throws UserError for an element that does not hold numbers */
  numbers(element: Element, what: string): Float64Array {
    const type = numberTypes[element.type];
    if (type === undefined) throw this.damaged(element.start, `data of type ${element.type}, for ${what}`);
    const [size, read] = type;
    if ((element.end - element.start) % size !== 0) {
      throw this.damaged(element.start, `${element.end - element.start} bytes of numbers of ${size}, for ${what}`);
    }
    const values = new Float64Array((element.end - element.start) / size);
    for (let i = 0; i < values.length; i++) {
      values[i] = read(this.#view, element.start + i * size, this.little);
    }
    const wide = element.type === 12 || element.type === 13;
    if (wide && !values.every((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
      throw new UserError(
        `${this.source}, byte ${element.start}: ${what} has whole numbers beyond 2^53, which cannot be read exactly. ` +
          'Save it as double.',
      );
    }
    return values;
  }

  /** UTF-16 code units of an element that holds text. */
  text(element: Element, what: string): string {
    const bytes = this.bytes.subarray(element.start, element.end);
    const encoding = encodings[element.type];
    if (encoding === 'UTF-8') return new TextDecoder('utf-8').decode(bytes);
    if (encoding === 'UTF-16') return new TextDecoder(this.little ? 'utf-16le' : 'utf-16be').decode(bytes);
    const codes = this.numbers(encoding === 'UTF-32' ? { ...element, type: 6 } : element, what);
    const strange = codes.find((code) => !(Number.isInteger(code) && code >= 0 && code <= lastLetter));
    if (strange !== undefined) throw this.damaged(element.start, `the letter ${strange}, for ${what}`);
    return Array.from(codes, (code) => String.fromCodePoint(code)).join('');
  }

  damaged(at: number, found: string): UserError {
    return new UserError(`${this.source}, byte ${at}: the file is damaged: found ${found}. Save or copy it anew.`);
  }

  #need(at: number, length: number, what: string): void {
    if (at + length <= this.#end) return;
    throw new UserError(
      `${this.source}, byte ${at}: expected ${length} more bytes, for ${what}, but only ${this.#end - at} are left. The ` +
        'file is cut short or damaged: copy it anew.',
    );
  }
}
