import { UserError } from '../../core/errors.ts';
import type { WasmMemory } from './webassembly.ts';

const pageBytes = 65536;
/** As the kernels declare it. */
export const maximumPages = 32768;
/** A cache line. */
const alignment = 64;

interface Span {
  address: number;
  bytes: number;
}

/**
 * Hands out blocks of one shared WebAssembly memory, first fit. Addresses are byte offsets, multiples of 64.
 *
 * Views stay valid when the memory grows, as a shared memory grows in place. Allocators of several threads can serve the
 * same memory, as what one lets it grow by is its own.
 */
export class Allocator {
  readonly memory: WasmMemory;
  /** Free spans by address; no two touch. */
  readonly #free: Span[];
  readonly #sizes = new Map<number, number>();

  /** @param start from there on the memory is free now; by default nothing of it is */
  constructor(memory: WasmMemory, start = memory.buffer.byteLength) {
    this.memory = memory;
    const address = Math.ceil(start / alignment) * alignment;
    const bytes = memory.buffer.byteLength - address;
    this.#free = bytes > 0 ? [{ address, bytes }] : [];
  }

  /** Bytes handed out. */
  get used(): number {
    let sum = 0;
    for (const bytes of this.#sizes.values()) sum += bytes;
    return sum;
  }

  /**
   * A zeroed block.
   *
   * @throws UserError when the memory would pass 2 GiB
   */
  allocate(bytes: number): number {
    const size = Math.max(1, Math.ceil(bytes / alignment)) * alignment;
    let index = this.#free.findIndex((span) => span.bytes >= size);
    if (index < 0) index = this.#grow(size);
    const span = this.#free[index];
    const address = span.address;
    span.address += size;
    span.bytes -= size;
    if (span.bytes === 0) this.#free.splice(index, 1);
    this.#sizes.set(address, size);
    new Uint8Array(this.memory.buffer, address, size).fill(0);
    return address;
  }

  /** Takes a block back. */
  release(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) throw new Error(`no block at ${address}`);
    this.#sizes.delete(address);
    this.#addFree(address, bytes);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  /** Adds a span and returns its index, after joining it with its neighbours. */
  #addFree(address: number, bytes: number): number {
    const free = this.#free;
    let index = free.findIndex((span) => span.address > address);
    if (index < 0) index = free.length;
    free.splice(index, 0, { address, bytes });
    const next = free[index + 1];
    if (next && address + bytes === next.address) {
      free[index].bytes += next.bytes;
      free.splice(index + 1, 1);
    }
    const previous = free[index - 1];
    if (previous && previous.address + previous.bytes === address) {
      previous.bytes += free[index].bytes;
      free.splice(index, 1);
      index--;
    }
    return index;
  }

  #grow(bytes: number): number {
    const pages = Math.ceil(bytes / pageBytes);
    if (this.memory.buffer.byteLength + pages * pageBytes > maximumPages * pageBytes) {
      throw new UserError(
        `The networks need more than the ${(maximumPages * pageBytes) / 2 ** 30} GiB an engine can hold: use smaller layers, or pass fewer rows at a time (maxRows).`,
      );
    }
    const end = this.memory.grow(pages) * pageBytes;
    return this.#addFree(end, pages * pageBytes);
  }
}
