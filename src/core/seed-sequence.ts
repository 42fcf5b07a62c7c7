import { UserError } from './errors.ts';

export type Seed = number | bigint | readonly number[];

const poolSize = 4;
const shift = 16;

/**
 * NumPy's `SeedSequence`: stirs a seed of any size into as many well mixed words as a generator wants, and gives
 * birth to independent streams.
 *
 * Source: M. E. O'Neill, "Developing a seed_seq alternative" (2015); NumPy's documentation of `SeedSequence`.
 */
export class SeedSequence {
  readonly #pool = new Uint32Array(poolSize);
  readonly #entropy: readonly number[];
  readonly #spawnKey: readonly number[];
  #children: number;

  /** `entropy` and `spawnKey` are 32-bit words, least significant first; `children` counts those already spawned. */
  constructor(entropy: readonly number[], spawnKey: readonly number[] = [], children = 0) {
    this.#entropy = entropy;
    this.#spawnKey = spawnKey;
    this.#children = children;
    this.#mix();
  }

  get entropy(): readonly number[] {
    return this.#entropy;
  }

  get spawnKey(): readonly number[] {
    return this.#spawnKey;
  }

  get children(): number {
    return this.#children;
  }

  #mix(): void {
    const words = [...this.#entropy];
    // Without the padding a spawn key would look like further entropy.
    if (this.#spawnKey.length > 0) while (words.length < poolSize) words.push(0);
    words.push(...this.#spawnKey);

    let constant = 0x43b0d7e5;
    const hash = (word: number): number => {
      let value = word ^ constant;
      constant = Math.imul(constant, 0x931e8875);
      value = Math.imul(value, constant);
      return value ^ (value >>> shift);
    };
    const pool = this.#pool;
    const stir = (at: number, word: number): void => {
      const value = Math.imul(pool[at], 0xca01f9dd) - Math.imul(hash(word), 0x4973f715);
      pool[at] = value ^ (value >>> shift);
    };
    for (let i = 0; i < poolSize; i++) pool[i] = hash(words[i] ?? 0);
    for (let from = 0; from < poolSize; from++) {
      for (let to = 0; to < poolSize; to++) if (from !== to) stir(to, pool[from]);
    }
    for (const word of words.slice(poolSize)) for (let to = 0; to < poolSize; to++) stir(to, word);
  }

  /** The first `count` words of the sequence, as `generate_state(count, np.uint32)`. */
  generate(count: number): Uint32Array {
    const state = new Uint32Array(count);
    let constant = 0x8b51f9dd;
    for (let i = 0; i < count; i++) {
      let value = this.#pool[i % poolSize] ^ constant;
      constant = Math.imul(constant, 0x58f38ded);
      value = Math.imul(value, constant);
      state[i] = value ^ (value >>> shift);
    }
    return state;
  }

  /** `count` sequences, each different from this one and from all spawned before. */
  spawn(count: number): SeedSequence[] {
    return Array.from(
      { length: count },
      () => new SeedSequence(this.#entropy, [...this.#spawnKey, ...wordsOf(this.#children++)]),
    );
  }
}

function wordsOf(value: number | bigint): number[] {
  let rest = BigInt(value);
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/**
 * The 32-bit words NumPy makes of a seed: those of an integer, or of each integer of a list in turn.
 *
 * @throws UserError when the seed is not a non-negative integer that a number holds exactly, or a list of those.
 */
export function entropyOf(seed: Seed): number[] {
  const parts = typeof seed === 'object' ? seed : [seed];
  for (const part of parts) {
    if (typeof part === 'bigint' ? part < 0n : !Number.isSafeInteger(part) || part < 0) {
      throw new UserError(
        `A seed is a non-negative integer (a bigint above 2^53) or a list of them; got ${String(part)}.`,
      );
    }
  }
  return parts.flatMap(wordsOf);
}
