import { describe, expect, test } from '@jest/globals';
import { projectToExposure, projectToSum } from '../../../envs/portfolio/projection.ts';
import { scattered } from './price-files.ts';

const row = (...values: number[]) => Float64Array.from(values);
const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
const grossOf = (values: Float64Array) => sumOf(values.map(Math.abs));
const distance = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

function onSum(weights: Float64Array, low: Float64Array, high: Float64Array, total = 1): Float64Array {
  const moved = weights.slice();
  projectToSum(moved, low, high, total);
  return moved;
}

function onExposure(weights: Float64Array, low: Float64Array, high: Float64Array, leverage: number): Float64Array {
  const moved = weights.slice();
  const work = [0, 1, 2].map(() => new Float64Array(weights.length)) as [Float64Array, Float64Array, Float64Array];
  projectToExposure(moved, low, high, leverage, work);
  return moved;
}

describe('the nearest weights within limits that sum to one', () => {
  test('by hand', () => {
    // 0.3 too much: all lose 0.1.
    const shifted = onSum(row(0.6, 0.4, 0.3), row(0, 0, 0), row(1, 1, 1));
    expect(Array.from(shifted)).toEqual([0.5, 0.3, 0.2].map((weight) => expect.closeTo(weight, 15)));
    // 0.9 goes to its limit of 0.5; the others share the rest: 0.1 + 0.2, 0 + 0.2.
    const limited = onSum(row(0.9, 0.1, 0), row(0, 0, 0), row(0.5, 1, 1));
    expect(Array.from(limited)).toEqual([0.5, expect.closeTo(0.3, 15), expect.closeTo(0.2, 15)]);
    // -0.5 stays at nothing, so that 0.2 each are taken from the others.
    const least = onSum(row(0.8, 0.6, -0.5), row(0, 0, 0), row(1, 1, 1));
    expect(Array.from(least)).toEqual([expect.closeTo(0.6, 15), expect.closeTo(0.4, 15), 0]);
  });

  test('weights that are allowed stay as they are', () => {
    expect(onSum(row(0.25, 0.25, 0.5), row(0, 0.1, 0), row(1, 0.3, 0.6))).toEqual(row(0.25, 0.25, 0.5));
  });

  test('limits that leave no choice', () => {
    expect(onSum(row(5, -3, 0), row(0.2, 0.3, 0.5), row(0.2, 0.3, 0.5))).toEqual(row(0.2, 0.3, 0.5));
    expect(onSum(row(0, 0, 9), row(0, 0, 0), row(0.2, 0.3, 0.5))).toEqual(row(0.2, 0.3, 0.5));
    expect(onSum(row(0, 0, 9), row(0.2, 0.3, 0.5), row(1, 1, 1))).toEqual(row(0.2, 0.3, 0.5));
  });

  test('is optimal: one shift for all that are free, the others pushed against their limits', () => {
    let atLow = 0;
    let atHigh = 0;
    for (let k = 0; k < 500; k++) {
      const size = 2 + (k % 12);
      const draw = (offset: number) =>
        Float64Array.from({ length: size }, (_, i) => scattered(97 * k + 31 * i + offset));
      const low = draw(1).map((value) => (value - 0.3) / size);
      const high = draw(2).map((value, i) => Math.max(low[i], 0) + (0.2 + 3 * value) / size);
      const total = sumOf(low) + scattered(k + 3) * (sumOf(high) - sumOf(low));
      const weights = draw(4).map((value) => 3 * (value - 0.4));
      const moved = onSum(weights, low, high, total);
      expect(Math.abs(sumOf(moved) - total)).toBeLessThan(1e-13);
      const shifts = weights.map((weight, i) => weight - moved[i]);
      const free = shifts.filter((_, i) => moved[i] > low[i] && moved[i] < high[i]);
      const tau = free[0];
      for (const shift of free) expect(Math.abs(shift - tau)).toBeLessThan(1e-13);
      moved.forEach((value, i) => {
        expect(value >= low[i] && value <= high[i]).toBe(true);
        if (free.length === 0 || low[i] === high[i]) return;
        if (value === low[i]) {
          atLow++;
          expect(shifts[i]).toBeLessThanOrEqual(tau + 1e-13);
        } else if (value === high[i]) {
          atHigh++;
          expect(shifts[i]).toBeGreaterThanOrEqual(tau - 1e-13);
        }
      });
    }
    expect(Math.min(atLow, atHigh)).toBeGreaterThan(100);
  });
});

describe('the nearest positions within limits and leverage', () => {
  const cash = 7;

  test('by hand', () => {
    const low = row(0, -1, -1, -1);
    const high = row(0, 1, 1, 1);
    // Sizes 0.9 + 0.5 + 0.2 = 1.6 have to lose 0.6, 0.2 each.
    const moved = onExposure(row(cash, 0.9, -0.5, 0.2), low, high, 1);
    expect(Array.from(moved)).toEqual([cash, expect.closeTo(0.7, 15), expect.closeTo(-0.3, 15), expect.closeTo(0, 15)]);
    expect(onExposure(row(cash, 0.5, -0.5, 0), low, high, 1)).toEqual(row(cash, 0.5, -0.5, 0));
    // Within the leverage, limits alone count.
    expect(onExposure(row(cash, 0.9, -0.9, 0), row(0, -0.1, -0.2, 0), row(0, 0.3, 1, 1), 1)).toEqual(
      row(cash, 0.3, -0.2, 0),
    );
    // One that must be long and one that must be short.
    const forced = onExposure(row(cash, -2, 3, 1), row(0, 0.1, -1, -1), row(0, 1, -0.2, 1), 0.5);
    expect(Array.from(forced)).toEqual([cash, 0.1, -0.2, expect.closeTo(0.2, 15)]);
  });

  test('no other within reach is nearer', () => {
    let bound = 0;
    for (let k = 0; k < 60; k++) {
      const draw = (offset: number) => Float64Array.from({ length: 4 }, (_, i) => scattered(53 * k + 11 * i + offset));
      const low = draw(1).map((value) => -value + 0.15);
      const high = draw(2).map((value, i) => Math.max(low[i], value - 0.15));
      const weights = draw(3).map((value) => 3 * value - 1.5);
      const smallest = sumOf(low.map((bottom, i) => (i === 0 ? 0 : Math.max(bottom, -high[i], 0))));
      const leverage = smallest + 0.1 + scattered(k);
      const moved = onExposure(weights, low, high, leverage);
      const positions = moved.subarray(1);
      expect(moved[0]).toBe(weights[0]);
      expect(grossOf(positions)).toBeLessThanOrEqual(leverage + 1e-14);
      if (grossOf(positions) > leverage - 1e-9) bound++;
      const reached = distance(positions, weights.subarray(1));
      // A grid over all three positions.
      const steps = 24;
      for (let point = 0; point < (steps + 1) ** 3; point++) {
        const other = positions.map((_, i) => {
          const share = (Math.floor(point / (steps + 1) ** i) % (steps + 1)) / steps;
          return low[i + 1] + share * (high[i + 1] - low[i + 1]);
        });
        if (grossOf(other) > leverage) continue;
        if (distance(other, weights.subarray(1)) < reached - 1e-12) throw new Error(`${k}: ${other} is nearer`);
      }
    }
    expect(bound).toBeGreaterThan(10);
  });
});
