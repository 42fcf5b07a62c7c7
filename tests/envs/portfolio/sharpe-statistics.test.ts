import { describe, expect, test } from '@jest/globals';
import { deflatedSharpe, expectedMaximum, probabilisticSharpe } from '../../../envs/portfolio/sharpe-statistics.ts';
import { Random } from '../../../src/core/random.ts';
import { normalCdf, normalQuantile } from '../../../src/estimators/normal.ts';

/** The same rugged series as in Python, where SciPy gave the numbers below. */
function ruggedReturns(): Float64Array {
  let value = 0;
  return Float64Array.from({ length: 500 }, (_, t) => {
    value = 0.3 * value + (((t * t * 7919 + t * 104729) % 10007) / 10007 - 0.5);
    return value / 50 + 0.001;
  });
}

test('the normal distribution and its inverse', () => {
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
  expect(normalQuantile(0.99)).toBeCloseTo(2.3263478740408408, 10);
  for (const p of [1e-6, 0.2, 0.5, 0.999999]) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 11);
});

describe('probabilistic and deflated Sharpe ratio', () => {
  const returns = ruggedReturns();

  test('are those of SciPy', () => {
    expect(probabilisticSharpe(returns)).toBeCloseTo(0.9968850514739797, 9);
    expect(probabilisticSharpe(returns, 0.05)).toBeCloseTo(0.9474612059579162, 9);
    expect(expectedMaximum(10)).toBeCloseTo(1.57459830134575, 9);
    expect(expectedMaximum(100)).toBeCloseTo(2.5306028932016846, 9);
    expect(deflatedSharpe(returns, 10)).toBeCloseTo(0.8780945270496617, 9);
    expect(deflatedSharpe(returns, 100, 0.03 ** 2)).toBeCloseTo(0.8515022710702487, 9);
  });

  test('the paper’s example: 100 trials of variance 1/2 a year make a Sharpe ratio of 2.5 worth 90 %', () => {
    // Bailey and Lopez de Prado (2014), section "A numerical example": 1250 days, skewness -3, kurtosis 10, 250 days a
    // year. Its threshold a day is 0.1132, its deflated Sharpe ratio 0.9004.
    expect(Math.sqrt(0.5 / 250) * expectedMaximum(100)).toBeCloseTo(0.1132, 4);
    // Kurtosis can be no less than 1 + skewness^2, and is that for two values alone: here 105 days of loss. Their skewness
    // (1 - 2 p) / sqrt(p (1 - p)), p = 1145 / 1250 being the share of the gains, is -2.9994.
    const spread = Math.sqrt(105 / 1145);
    const standard = Float64Array.from({ length: 1250 }, (_, t) => (t < 105 ? -1 / spread : spread));
    const mean = (2.5 / Math.sqrt(250)) * Math.sqrt(1250 / 1249);
    const probability = deflatedSharpe(
      standard.map((value) => 0.01 * (value + mean)),
      100,
      0.5 / 250,
    );
    expect(probability).toBeCloseTo(0.9004, 4);
  });

  test('money that stands still has a ratio of zero', () => {
    expect(probabilisticSharpe(new Float64Array(100))).toBeCloseTo(0.5, 12);
    expect(deflatedSharpe(new Float64Array(100), 10)).toBeCloseTo(
      1 - normalCdf(expectedMaximum(10) * Math.sqrt(0.99)),
      12,
    );
  });

  test('the best of ten worthless strategies is seldom taken for a good one', () => {
    const random = new Random(7);
    let fooled = 0;
    let deflated = 0;
    for (let trial = 0; trial < 100; trial++) {
      const best = Array.from({ length: 10 }, () => Float64Array.from({ length: 250 }, () => 0.01 * random.normal()))
        .map((series) => ({ series, probability: probabilisticSharpe(series) }))
        .reduce((a, b) => (b.probability > a.probability ? b : a));
      if (best.probability > 0.95) fooled++;
      if (deflatedSharpe(best.series, 10) > 0.95) deflated++;
    }
    // 1 - 0.95^10 = 40 % against what must be well below 5 %.
    expect(fooled).toBeGreaterThan(20);
    expect(deflated).toBeLessThan(6);
  });
});
