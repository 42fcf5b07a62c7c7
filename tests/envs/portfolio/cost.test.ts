import { describe, expect, test } from '@jest/globals';
import { costFactor, turnoverOf } from '../../../envs/portfolio/cost.ts';
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
