import { describe, expect, test } from '@jest/globals';
import { effectiveSampleSize, type ImportanceKind, importanceWeights } from '../../src/estimators/importance.ts';

function weightsOf(kind: ImportanceKind, ratios: readonly number[], clip = Infinity): number[] {
  const weights = new Float64Array(ratios.length);
  importanceWeights(kind, clip, Float64Array.from(ratios, Math.log), 0, ratios.length, weights);
  return [...weights].map((weight) => Number(weight.toFixed(12)));
}

describe('importance weights', () => {
  test('by hand, ratios 2, 1/4, 3', () => {
    expect(weightsOf('full', [2, 0.25, 3])).toEqual([1.5, 1.5, 1.5]);
    expect(weightsOf('per-decision', [2, 0.25, 3])).toEqual([2, 0.5, 1.5]);
    expect(weightsOf('clipped', [2, 0.25, 3], 1.2)).toEqual([1.2, 0.5, 1.2]);
  });

  test('one episode leaves the weights of its neighbours alone', () => {
    const weights = Float64Array.of(7, 0, 0, 7);
    importanceWeights('full', 1, Float64Array.of(1, 0, 0, 1), 1, 3, weights);
    expect([...weights]).toEqual([7, 1, 1, 7]);
  });

  // Two decisions between two actions, the behaviour taking the first with probability 0.5, the target with 0.8.
  // A reward of 1 follows each first action, so the target expects 0.8 a decision, 1.6 in all.
  test.each([
    ['full', 1.6],
    ['per-decision', 1.6],
    // Weights of 1.6 and 2.56 are cut to 1.5. First decision 0.5 * 1.5; second 0.25 (1.5 + 0.64), the product being
    // 1.6 * 1.6 after two first actions and 0.4 * 1.6 after a second and a first.
    ['clipped', 0.5 * 1.5 + 0.25 * (1.5 + 0.64)],
  ] as const)('the expectation of %s over every episode', (kind, expected) => {
    let mean = 0;
    for (const a of [0, 1]) {
      for (const b of [0, 1]) {
        const [first, second] = weightsOf(kind, [a === 0 ? 1.6 : 0.4, b === 0 ? 1.6 : 0.4], 1.5);
        mean += 0.25 * ((a === 0 ? first : 0) + (b === 0 ? second : 0));
      }
    }
    expect(mean).toBeCloseTo(expected, 12);
  });

  test('the effective sample size is that of equal weights at best, of one at worst', () => {
    expect(effectiveSampleSize([2, 2, 2])).toBeCloseTo(3, 12);
    expect(effectiveSampleSize([5, 0, 0])).toBe(1);
    expect(effectiveSampleSize([3, 1])).toBeCloseTo(1.6, 12);
    expect(effectiveSampleSize([0, 0])).toBe(0);
  });
});
