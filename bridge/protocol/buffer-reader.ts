import { type BoxArrays, type BoxType, bytesPerNumber } from '../../src/core/spaces/box.ts';
import { ProtocolError } from './message.ts';
import { viewNumbers } from './numbers.ts';

/** Values of one part of a space in one message. Some take no bytes, so the size of a message does not bound them. */
const MOST_VALUES = 2 ** 20;

/** The buffers of a batch of values, taken one after another. */
export class BufferReader {
  readonly #buffers: readonly Uint8Array[];
  readonly #name: string;
  #at = 0;

  /**
   * @param count how many buffers there have to be
   * @param name of the values, for errors
   */
  constructor(buffers: readonly Uint8Array[], count: number, name: string, rows: number) {
    this.#buffers = buffers;
    this.#name = name;
    if (buffers.length !== count) this.refuse('', `${count} buffers`, `${buffers.length}`);
    this.#checkCount(rows, '');
  }

  /**
   * The next buffer, as exactly so many numbers, whose memory may be that of the message.
   *
   * @param path of the part that it belongs to, for errors: `.goal`
   */
  numbers<D extends BoxType>(dtype: D, count: number, path: string): BoxArrays[D] {
    const bytes = this.#buffers[this.#at++];
    const expected = count * bytesPerNumber(dtype);
    if (bytes.length !== expected) this.refuse(path, `${expected} bytes (${count} of ${dtype})`, `${bytes.length}`);
    return viewNumbers(dtype, bytes, this.#name + path);
  }

  /** The next buffer, as a number of values for each row. Those that are -1, where allowed, do not count. */
  counts(rows: number, path: string, least: 0 | -1 = 0): { each: Int32Array; total: number } {
    const each = this.numbers('int32', rows, path);
    let total = 0;
    for (const count of each) {
      if (count < least) this.refuse(path, `${least} or more`, `${count}`);
      total += Math.max(count, 0);
    }
    this.#checkCount(total, path);
    return { each, total };
  }

  /** The next buffers, and how to call what they hold. */
  take(count: number, path: string): { buffers: readonly Uint8Array[]; name: string } {
    const from = this.#at;
    this.#at += count;
    return { buffers: this.#buffers.slice(from, this.#at), name: this.#name + path };
  }

  #checkCount(count: number, path: string): void {
    if (count <= MOST_VALUES) return;
    throw new ProtocolError('too-big', `${this.#name}${path}: expected at most ${MOST_VALUES} values, got ${count}.`);
  }

  refuse(path: string, expected: string, got: string): never {
    throw new ProtocolError('protocol', `${this.#name}${path}: expected ${expected}, got ${got}.`);
  }
}
