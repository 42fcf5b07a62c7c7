import { describe, expect, test } from '@jest/globals';
import { halfFromBits, halfToBits, roundToHalf } from '../../src/core/spaces/half.ts';

describe('half precision', () => {
  test('all 65536 patterns', () => {
    let sum = 0;
    const wrong: number[] = [];
    for (let bits = 0; bits < 65_536; bits++) {
      const value = halfFromBits(bits);
      const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
      if (halfToBits(value) !== (isNan ? 0x7e00 : bits)) wrong.push(bits);
      if (Number.isFinite(value)) sum += Math.abs(value);
    }
    expect(wrong).toEqual([]);
    // The sum of the absolute values of NumPy's float16.
    expect(sum).toBe(201_261_055.875);
  });

  // Expected: np.float64(x).astype(np.float16).view(np.uint16), NumPy 2.4.6.
  test.each([
    [65_519.99, 31_743],
    [65_520, 31_744],
    [65_504, 31_743],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [2 ** -25 * 1.0001, 1],
    [2 ** -14 * (1 - 2 ** -11), 1024],
    [1 + 2 ** -11, 15_360],
    [1 + 3 * 2 ** -11, 15_362],
    [0.1, 11_878],
    [-0.1, 44_646],
    [1e-8, 0],
    [-0, 32_768],
    [6.1e-5, 1023],
    [Math.PI, 16_968],
    [-65_536, 64_512],
  ])('%p has the bits %i', (x, bits) => {
    expect(halfToBits(x)).toBe(bits);
    expect(roundToHalf(x)).toBe(halfFromBits(bits));
  });
});
