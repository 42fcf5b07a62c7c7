// The multiplier of the 128-bit congruential step, least significant word first.
const m0 = 0x9fccf645;
const m1 = 0x4385df64;
const m2 = 0x1fc65da4;
const m3 = 0x2360ed05;

// Looked up once: where globals are intercepted, as inside test runners, `Math` is slow to reach.
const { imul } = Math;

const wordInverse = 2 ** -32;

/**
 * Upper word of the 64-bit product of two words, given its lower one. The product as a double is off by less than
 * 2^11, so after taking away the lower word the nearest multiple of 2^32 is the exact upper part.
 */
export function upperWord(a: number, b: number, lower: number): number {
  return ((a * b - lower) * wordInverse + 0.5) >>> 0;
}

/**
 * PCG XSL RR 128/64, bit for bit the stream of NumPy's `PCG64`.
 *
 * `next` leaves its 64 bits in `words[4]` (upper) and `words[5]` (lower); `words[0..3]` is the state and
 * `increment` the stream's constant, both least significant word first.
 *
 * Source: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random
 * Number Generation" (2014).
 */
export class Pcg64 {
  readonly words = new Uint32Array(6);
  readonly increment = new Uint32Array(4);

  /** Seeds from eight words in the order of `SeedSequence.generate(8)`: two 64-bit words of state, two of stream. */
  seed(from: Uint32Array): void {
    const { words, increment } = this;
    const stream = [from[6], from[7], from[4], from[5]];
    for (let i = 0; i < 4; i++) increment[i] = (stream[i] << 1) | (i === 0 ? 1 : stream[i - 1] >>> 31);
    words.fill(0);
    this.next();
    const start = [from[2], from[3], from[0], from[1]];
    let carry = 0;
    for (let i = 0; i < 4; i++) {
      const sum = words[i] + start[i] + carry;
      words[i] = sum;
      carry = sum > 0xffffffff ? 1 : 0;
    }
    this.next();
  }

  next(): void {
    const { words, increment } = this;
    const s0 = words[0];
    const s1 = words[1];
    const s2 = words[2];
    const s3 = words[3];

    const l00 = imul(s0, m0) >>> 0;
    const l01 = imul(s0, m1) >>> 0;
    const l10 = imul(s1, m0) >>> 0;
    const l02 = imul(s0, m2) >>> 0;
    const l11 = imul(s1, m1) >>> 0;
    const l20 = imul(s2, m0) >>> 0;

    // Sums of a few words stay far below 2^53, so doubles carry them exactly.
    const c0 = l00 + increment[0];
    const c1 = upperWord(s0, m0, l00) + l01 + l10 + increment[1] + ((c0 * wordInverse) >>> 0);
    const c2 =
      upperWord(s0, m1, l01) + upperWord(s1, m0, l10) + l02 + l11 + l20 + increment[2] + ((c1 * wordInverse) >>> 0);
    // Of the top word only the lower 32 bits matter.
    const c3 =
      (upperWord(s0, m2, l02) +
        upperWord(s1, m1, l11) +
        upperWord(s2, m0, l20) +
        increment[3] +
        ((c2 * wordInverse) >>> 0)) |
      0;
    const t0 = c0 | 0;
    const t1 = c1 | 0;
    const t2 = c2 | 0;
    const t3 = (c3 + imul(s0, m3) + imul(s1, m2) + imul(s2, m1) + imul(s3, m0)) | 0;
    words[0] = t0;
    words[1] = t1;
    words[2] = t2;
    words[3] = t3;

    const rotation = t3 >>> 26;
    const x = t3 ^ t1;
    const y = t2 ^ t0;
    // A rotation by 32 or more exchanges the words; which it is nobody can predict, so there is no branch.
    const exchange = (x ^ y) & -(rotation >>> 5);
    const upper = x ^ exchange;
    const lower = y ^ exchange;
    const right = rotation & 31;
    // Shifting left in two steps makes the rotation by zero right: a shift by 32 would be one by 0.
    words[4] = (upper >>> right) | ((lower << 1) << (31 - right));
    words[5] = (lower >>> right) | ((upper << 1) << (31 - right));
  }
}
