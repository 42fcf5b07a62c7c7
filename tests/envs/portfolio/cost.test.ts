import { describe, expect, test } from '@jest/globals';
import { costFactor, fixedSpreadFactor, squareRootFactor, turnoverOf } from '../../../envs/portfolio/cost.ts';
import { scatteredWeights } from './price-files.ts';

const weights = (...values: number[]) => Float64Array.from(values);
const quarterPercent = 0.0025;

describe('the share of wealth left after a trade', () => {
  test('buying with all cash, and selling all, cost c', () => {
    expect(costFactor(weights(1, 0, 0), weights(0, 1, 0), quarterPercent)).toBeCloseTo(0.9975, 14);
    expect(costFactor(weights(1, 0, 0), weights(0, 0.5, 0.5), quarterPercent)).toBeCloseTo(0.9975, 14);
    expect(costFactor(weights(0, 1, 0), weights(1, 0, 0), quarterPercent)).toBeCloseTo(0.9975, 14);
  });

  test('a full swap pays twice, on what is left the second time: (1 - c)^2', () => {
    expect(costFactor(weights(0, 1, 0), weights(0, 0, 1), quarterPercent)).toBeCloseTo(0.99500625, 14);
    expect(costFactor(weights(0, 1, 0), weights(0, 0, 1), 0.05)).toBeCloseTo(0.9025, 13);
  });

  test('no trade, or no cost, leaves everything', () => {
    expect(costFactor(weights(0.2, 0.3, 0.5), weights(0.2, 0.3, 0.5), 0.05)).toBe(1);
    expect(costFactor(weights(0.2, 0.3, 0.5), weights(0.9, 0.1, 0), 0)).toBe(1);
  });

  test('what the sales bring, less their cost, is what the purchases and the new cash take', () => {
    const drifted = new Float32Array(6);
    const target = new Float32Array(6);
    for (const rate of [0.0001, 0.0025, 0.05, 0.2]) {
      for (let k = 0; k < 50; k++) {
        scatteredWeights(k, drifted);
        scatteredWeights(100 + k, target);
        const before = normalised(drifted);
        const after = normalised(target);
        const left = costFactor(before, after, rate);
        let cash = before[0] - left * after[0];
        for (let i = 1; i < 6; i++) {
          const sold = before[i] - left * after[i];
          // A purchase of value v takes v / (1 - c) from the cash, of which the share c is the cost.
          cash += sold > 0 ? sold * (1 - rate) : sold / (1 - rate);
        }
        expect(Math.abs(cash)).toBeLessThan(1e-13);
        expect(left).toBeLessThan(1);
        expect(left).toBeGreaterThan((1 - rate) ** 2);
      }
    }
  });

  test('and so with short positions and borrowed cash', () => {
    const balance = (before: Float64Array, after: Float64Array, rate: number) => {
      const left = costFactor(before, after, rate);
      let cash = before[0] - left * after[0];
      for (let i = 1; i < before.length; i++) {
        const sold = before[i] - left * after[i];
        cash += sold > 0 ? sold * (1 - rate) : sold / (1 - rate);
      }
      return cash;
    };
    for (const rate of [0.0001, 0.0025, 0.02]) {
      expect(Math.abs(balance(weights(1, 0, 0), weights(-1, 2.5, -0.5), rate))).toBeLessThan(1e-13);
      expect(Math.abs(balance(weights(-1, 2.5, -0.5), weights(2, -2, 1), rate))).toBeLessThan(1e-13);
      expect(Math.abs(balance(weights(2, -2, 1), weights(1, 0, 0), rate))).toBeLessThan(1e-13);
    }
    // All cash, and mu / 2 sold short, which brings (1 - c) mu / 2: 1 + (1 - c) mu / 2 = 1.5 mu.
    expect(costFactor(weights(1, 0, 0), weights(1.5, -0.5, 0), 0.01)).toBeCloseTo(1 / (1.5 - 0.99 / 2), 14);
  });

  test('a partial rebalancing at a quarter of a per cent', () => {
    // Three quarters of the one asset become one half: by the fixed point mu = 1 - s (0.75 - mu / 2), where
    // s = 2 c - c^2.
    const s = 2 * quarterPercent - quarterPercent ** 2;
    const left = costFactor(weights(0, 0.75, 0.25), weights(0, 0.5, 0.5), quarterPercent);
    expect(left).toBeCloseTo((1 - 0.75 * s) / (1 - s / 2), 14);
    // With a fifth in cash: computed by another implementation.
    expect(costFactor(weights(0.2, 0.3, 0.5), weights(0.2, 0.55, 0.25), quarterPercent)).toBeCloseTo(0.998749376, 9);
  });

  test('fixed fees count the assets traded, half the spread their value', () => {
    const [before, after] = [weights(1, 0, 0, 0), weights(0.4, 0.4, 0.2, 0)];
    expect(fixedSpreadFactor(before, after, 0.001, 0.0005)).toBeCloseTo(1 - 2 * 0.001 - 0.6 * 0.0005, 15);
    expect(fixedSpreadFactor(before, before, 0.001, 0.0005)).toBe(1);
    // What single precision blurs is no trade.
    expect(fixedSpreadFactor(before, weights(0.6, 0.4, 1e-8, 0), 0.001, 0)).toBeCloseTo(0.999, 15);
  });

  test('the impact of a trade grows with the root of its share in the volume', () => {
    // Wealth 4, of which half buys an asset with a volume of 8 and a volatility of 2 %, by a coefficient of 1.5:
    // 2 / 8 = 1 / 4 of the volume moves the price by 1.5 * 0.02 * 1 / 2 = 0.015, on half the wealth.
    const inverse = weights(9, 9, 9, 1 / 0.01, 1 / 0.02, 1 / 0.04);
    const volumes = weights(9, 9, 8, 32);
    const left = (a: Float64Array, b: Float64Array) => squareRootFactor(a, b, 1.5, 0.001, 4, inverse, 3, volumes, 2);
    expect(left(weights(1, 0, 0), weights(0.5, 0.5, 0))).toBeCloseTo(1 - 0.5 * (0.001 + 0.015), 15);
    // Sales alike, and each asset by itself: 2 / 32 = 1 / 16 moves the other by 1.5 * 0.04 / 4 = 0.015.
    expect(left(weights(0, 0.5, 0.5), weights(1, 0, 0))).toBeCloseTo(1 - (0.001 + 0.015), 15);
    expect(left(weights(0, 0.5, 0.5), weights(0, 0.5, 0.5))).toBe(1);
  });

  test('turnover counts assets, not cash', () => {
    expect(turnoverOf(weights(1, 0, 0), weights(0.5, 0.25, 0.25))).toBe(0.5);
    expect(turnoverOf(weights(0, 1, 0), weights(0, 0, 1))).toBe(2);
  });
});

function normalised(row: Float32Array): Float64Array {
  const values = Float64Array.from(row);
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}
