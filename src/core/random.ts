import { UserError } from './errors.ts';
import { Pcg64, upperWord } from './pcg64.ts';
import { entropyOf, type Seed, SeedSequence } from './seed-sequence.ts';
import { exponentialZiggurat, normalZiggurat } from './ziggurat.ts';

export type { Seed } from './seed-sequence.ts';

/** Where a stream stands; survives `JSON.stringify`. Words of 32 bits, least significant first. */
export interface RandomState {
  state: number[];
  increment: number[];
  /** The unused upper half of the last 64-bit word taken for a 32-bit draw. */
  half: number | null;
  entropy: number[];
  spawnKey: number[];
  children: number;
}

const doubleStep = 2 ** -53;
const normals = normalZiggurat();
const exponentials = exponentialZiggurat();

/**
 * A stream of random numbers equal to NumPy's `np.random.Generator(np.random.PCG64(seed))`, which is Gymnasium's
 * `np_random`: the same seed gives the same bits, uniforms and integers. Normal, exponential and gamma draws are
 * NumPy's too, up to the last digit of the system's `log` and `exp` in the tails.
 *
 * No draw allocates, except `integers` over more than 2^32 values, and `permutation` for its result.
 */
export class Random {
  readonly #generator = new Pcg64();
  #sequence!: SeedSequence;
  #hasHalf = false;
  #half = 0;

  /**
   * @param seed any non-negative integer or list of them; without one the system's entropy.
   * @throws UserError on any other seed.
   */
  constructor(seed?: Seed | SeedSequence) {
    this.reseed(seed);
  }

  /** Starts the stream anew, as a new `Random(seed)` would. */
  reseed(seed?: Seed | SeedSequence): void {
    if (seed instanceof SeedSequence) this.#sequence = seed;
    else this.#sequence = new SeedSequence(seed === undefined ? systemEntropy() : entropyOf(seed));
    this.#generator.seed(this.#sequence.generate(8));
    this.#hasHalf = false;
  }

  /** Uniform in [0, 1), 53 bits: `Generator.random()`. */
  double(): number {
    this.#generator.next();
    const words = this.#generator.words;
    return (words[4] * 0x200000 + (words[5] >>> 11)) * doubleStep;
  }

  /** Uniform in [low, high): `Generator.uniform(low, high)`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.double();
  }

  /** Uniform over 0 to 2^32 - 1; two draws share one 64-bit word, the lower half first. */
  uint32(): number {
    if (this.#hasHalf) {
      this.#hasHalf = false;
      return this.#half;
    }
    this.#generator.next();
    this.#hasHalf = true;
    this.#half = this.#generator.words[4];
    return this.#generator.words[5];
  }

  /**
   * Uniform over the integers low to high - 1: `Generator.integers(low, high)`.
   *
   * Source: D. Lemire, "Fast Random Integer Generation in an Interval" (2019).
   *
   * @throws UserError when the range is empty or its bounds are no exact integers.
   */
  integers(low: number, high: number): number {
    const count = high - low;
    if (!(count >= 1 && count <= Number.MAX_SAFE_INTEGER && Number.isSafeInteger(low) && Number.isInteger(count))) {
      throw new UserError(
        `integers(low, high) wants integers with low < high, exact in a number; got ${low}, ${high}.`,
      );
    }
    if (count === 1) return low;
    if (count < 0x100000000) return low + this.#below(count);
    if (count === 0x100000000) return low + this.uint32();
    return low + this.#belowWide(count);
  }

  #below(count: number): number {
    let word = this.uint32();
    let lower = Math.imul(word, count) >>> 0;
    if (lower < count) {
      const threshold = (0x100000000 - count) % count;
      while (lower < threshold) {
        word = this.uint32();
        lower = Math.imul(word, count) >>> 0;
      }
    }
    return upperWord(word, count, lower);
  }

  #belowWide(count: number): number {
    const wide = BigInt(count);
    const threshold = (2n ** 64n - wide) % wide;
    const words = this.#generator.words;
    for (;;) {
      this.#generator.next();
      const product = ((BigInt(words[4]) << 32n) | BigInt(words[5])) * wide;
      if ((product & 0xffffffffffffffffn) >= threshold) return Number(product >> 64n);
    }
  }

  /** Standard normal: `Generator.standard_normal()`. */
  normal(): number {
    const { tail, widths, accepts, heights } = normals;
    const words = this.#generator.words;
    for (;;) {
      this.#generator.next();
      const lower = words[5];
      const layer = lower & 0xff;
      const integer = (words[4] & 0x1fffffff) * 0x800000 + (lower >>> 9);
      const magnitude = integer * widths[layer];
      const x = lower & 0x100 ? -magnitude : magnitude;
      if (integer < accepts[layer]) return x;
      if (layer === 0) {
        const negative = (lower & 0x20000) !== 0;
        for (;;) {
          const beyond = -Math.log1p(-this.double()) / tail;
          const y = -Math.log1p(-this.double());
          if (y + y > beyond * beyond) return negative ? -(tail + beyond) : tail + beyond;
        }
      }
      const height = (heights[layer - 1] - heights[layer]) * this.double() + heights[layer];
      if (height < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** Exponential of rate 1: `Generator.standard_exponential()`. */
  exponential(): number {
    const { tail, widths, accepts, heights } = exponentials;
    const words = this.#generator.words;
    for (;;) {
      this.#generator.next();
      const layer = (words[5] >>> 3) & 0xff;
      const integer = words[4] * 0x200000 + (words[5] >>> 11);
      const x = integer * widths[layer];
      if (integer < accepts[layer]) return x;
      if (layer === 0) return tail - Math.log1p(-this.double());
      const height = (heights[layer - 1] - heights[layer]) * this.double() + heights[layer];
      if (height < Math.exp(-x)) return x;
    }
  }

  /**
   * Gamma of the given shape and scale 1: `Generator.standard_gamma(shape)`.
   *
   * Source: G. Marsaglia and W. W. Tsang, "A Simple Method for Generating Gamma Variables" (2000) for shapes above 1;
   * J. H. Ahrens and U. Dieter, algorithm GS (1974), with an exponential in place of one logarithm, below.
   *
   * @throws UserError when the shape is negative or not a number.
   */
  gamma(shape: number): number {
    if (!(shape >= 0)) throw new UserError(`gamma(shape) wants a shape of at least 0; got ${shape}.`);
    if (shape === 1) return this.exponential();
    if (shape === 0) return 0;
    return shape < 1 ? this.#smallGamma(shape) : this.#largeGamma(shape);
  }

  #smallGamma(shape: number): number {
    for (;;) {
      const u = this.double();
      const v = this.exponential();
      if (u <= 1 - shape) {
        const x = u ** (1 / shape);
        if (x <= v) return x;
      } else {
        const y = -Math.log((1 - u) / shape);
        const x = (1 - shape + shape * y) ** (1 / shape);
        if (x <= v + y) return x;
      }
    }
  }

  #largeGamma(shape: number): number {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      let x: number;
      let root: number;
      do {
        x = this.normal();
        root = 1 + c * x;
      } while (root <= 0);
      const v = root * root * root;
      const u = this.double();
      if (u < 1 - 0.0331 * (x * x) * (x * x)) return d * v;
      if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
    }
  }

  /** Puts the numbers in random order, in place, as NumPy's `Generator.shuffle` orders a vector. */
  shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      // Masking and refusing, unlike `integers`: NumPy's choice, kept for equal orders.
      const mask = 0xffffffff >>> Math.clz32(i);
      let j: number;
      do j = (this.uint32() & mask) >>> 0;
      while (j > i);
      const kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
  }

  /** 0 to n - 1 in random order, NumPy's `Generator.permutation(n)`. */
  permutation(n: number): Int32Array {
    const values = Int32Array.from({ length: n }, (_, i) => i);
    this.shuffle(values);
    return values;
  }

  /** `count` independent streams, others at every call: `Generator.spawn(count)`. This stream does not move. */
  spawn(count: number): Random[] {
    return this.#sequence.spawn(count).map((sequence) => new Random(sequence));
  }

  getState(): RandomState {
    const { words, increment } = this.#generator;
    return {
      state: Array.from(words.subarray(0, 4)),
      increment: Array.from(increment),
      half: this.#hasHalf ? this.#half : null,
      entropy: [...this.#sequence.entropy],
      spawnKey: [...this.#sequence.spawnKey],
      children: this.#sequence.children,
    };
  }

  setState(state: RandomState): void {
    this.#generator.words.set(state.state);
    this.#generator.increment.set(state.increment);
    this.#hasHalf = state.half !== null;
    this.#half = state.half ?? 0;
    this.#sequence = new SeedSequence(state.entropy, state.spawnKey, state.children);
  }
}

function systemEntropy(): number[] {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)));
}
