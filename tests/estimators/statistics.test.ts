import { describe, expect, test } from '@jest/globals';
import { explainedVariance, meanAndStd, quantile, standardiseEach } from '../../src/estimators/statistics.ts';

describe('statistics', () => {
  test('each stretch is standardised by itself: 1, 2, 6 have mean 3 and population variance 14 / 3', () => {
    const values = Float64Array.of(1, 2, 6, 7, 4, 4);
    standardiseEach(values, Int32Array.of(0, 3, 4, 6));
    const std = Math.sqrt(14 / 3) + 1e-8;
    for (const [i, deviation] of [-2, -1, 3].entries()) expect(values[i]).toBeCloseTo(deviation / std, 12);
    // One alone stays, and what does not vary is at its mean.
    expect([...values.subarray(3)]).toEqual([7, 0, 0]);
  });

  test('explained variance: perfect 1, the mean 0, a shifted prediction still 1, the negative of it below 0', () => {
    const targets = Float64Array.of(1, 2, 3);
    expect(explainedVariance(targets, targets, 3)).toBe(1);
    expect(explainedVariance(Float64Array.of(2, 2, 2), targets, 3)).toBeCloseTo(0, 12);
    expect(explainedVariance(Float64Array.of(6, 7, 8), targets, 3)).toBeCloseTo(1, 12);
    expect(explainedVariance(Float64Array.of(-1, -2, -3), targets, 3)).toBeCloseTo(-3, 12);
    expect(explainedVariance(targets, Float64Array.of(5, 5, 5), 3)).toBeNaN();
  });

  test('mean, population deviation and quantiles as NumPy gives them for [4, 1, 3, 2]', () => {
    expect(meanAndStd([4, 1, 3, 2])).toEqual({ mean: 2.5, std: Math.sqrt(1.25) });
    expect(quantile([4, 1, 3, 2], 0.1)).toBeCloseTo(1.3, 12);
    expect(quantile([4, 1, 3, 2], 0.9)).toBeCloseTo(3.7, 12);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
