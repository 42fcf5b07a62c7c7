import { describe, expect, test } from '@jest/globals';
import { blockLengthOf, stationaryBootstrap } from '../../../envs/portfolio/bootstrap.ts';
import { Random } from '../../../src/core/random.ts';

/** An autoregression of first order over a fixed, rugged sequence. */
function rugged(n: number, phi: number): Float64Array {
  let value = 0;
  return Float64Array.from({ length: n }, (_, t) => {
    value = phi * value + (((t * t * 7919 + t * 104729) % 10007) / 10007 - 0.5);
    return value;
  });
}

describe('block length', () => {
  // A NumPy version of the paper's section 3; for the second one the Python package arch 8.0 gives the same.
  test.each([
    [1000, 0.6, 11.668679112747],
    [2000, 0.9, 68.424769402173],
    [500, -0.5, 35.657255908726],
    [2000, 0.3, 6.339352746483],
    [300, 0, 1],
  ])('of %i values with autocorrelation %d', (n, phi, expected) => {
    expect(blockLengthOf(rugged(n, phi))).toBeCloseTo(expected, 9);
  });

  test('of a constant series is one', () => {
    expect(blockLengthOf(new Float64Array(100).fill(0.1))).toBe(1);
  });
});

describe('stationary bootstrap', () => {
  test('blocks run on by one day, over the end, and are as long as asked on average', () => {
    const days = 50;
    let breaks = 0;
    let drawn = 0;
    const counts = new Int32Array(days);
    stationaryBootstrap(days, 5, [
      (order) => {
        for (let i = 0; i < days; i++) {
          counts[order[i]]++;
          if (i === 0) continue;
          drawn++;
          if (order[i] !== (order[i - 1] + 1) % days) breaks++;
        }
        return 0;
      },
    ]);
    // A new block begins with probability 1 / 5, and goes on by chance on the very next day in one case of 50.
    expect(breaks / drawn).toBeCloseTo((1 / 5) * (1 - 1 / days), 2);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('covers the mean of an autoregression about as often as it says, where single days do not', () => {
    const random = new Random(3);
    const covered = { blocks: 0, days: 0 };
    const trials = 60;
    for (let trial = 0; trial < trials; trial++) {
      let value = 0;
      const series = Float64Array.from({ length: 250 }, () => {
        value = 0.7 * value + random.normal();
        return value;
      });
      const mean = (order: Int32Array) => order.reduce((sum, day) => sum + series[day], 0) / order.length;
      const [blocks] = stationaryBootstrap(250, blockLengthOf(series), [mean]);
      const [days] = stationaryBootstrap(250, 1, [mean]);
      if (blocks.low < 0 && blocks.high > 0) covered.blocks++;
      if (days.low < 0 && days.high > 0) covered.days++;
    }
    expect(covered.blocks / trials).toBeGreaterThan(0.75);
    expect(covered.days / trials).toBeLessThan(0.7);
  });
});
