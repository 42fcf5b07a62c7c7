/** Numbers of half precision (IEEE 754 binary16), which JavaScript keeps in the wider types. */

const SMALLEST_NORMAL = 2 ** -14;
/** Halfway from the largest half, 65504, to what would be the next: rounds to infinity. */
const OVERFLOW = 65_520;

const powers = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15));
const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);
const HIGH_WORD = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** The number that 16 bits mean. */
export function halfFromBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * powers[exponent];
}

/** The bits of the half nearest to a number, of two equally near the even one; NaN is 0x7e00. */
export function halfToBits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  scratch[0] = x;
  const high = scratchWords[HIGH_WORD];
  const sign = (high >>> 16) & 0x8000;
  const size = Math.abs(x);
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size < SMALLEST_NORMAL) return sign | roundToEven(size * 2 ** 24);
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  // Rounding up to 2048 carries into the exponent, as it should.
  return sign | (((exponent + 14) << 10) + roundToEven((size / powers[exponent + 15]) * 1024));
}

export function roundToHalf(x: number): number {
  return halfFromBits(halfToBits(x));
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
