import { describe, expect, test } from '@jest/globals';
import { backtest } from '../../../envs/portfolio/backtest.ts';
import {
  buyAndHold,
  equalWeight,
  inverseVolatility,
  maximumSharpe,
  minimumVariance,
  riskParity,
} from '../../../envs/portfolio/baselines/index.ts';
import { drawdowns, performanceOf, relativeTo, sharpeOf } from '../../../envs/portfolio/metrics.ts';

describe('measures of performance', () => {
  test('by hand', () => {
    // Wealth 1.1, 0.88, 0.968, 0.968. Mean 0.1 / 4 = 0.0000 + 0.1 - 0.2 + 0.1 + 0 = 0, so shift the last day to 0.1.
    const result = performanceOf(Float64Array.of(0.1, -0.2, 0.1, 0.1), 0.5);
    // Mean 0.025; deviations 0.075, -0.225, 0.075, 0.075: squares sum to 0.0675, over n - 1 = 3 gives 0.0225 = 0.15^2.
    expect(result.volatility).toBeCloseTo(0.15 * Math.sqrt(252), 12);
    expect(result.sharpe).toBeCloseTo((0.025 / 0.15) * Math.sqrt(252), 12);
    // Downside: 0.04 / 4 = 0.1^2.
    expect(result.sortino).toBeCloseTo((0.025 / 0.1) * Math.sqrt(252), 12);
    expect(result.finalWealth).toBeCloseTo(1.0648, 12);
    expect(result.cagr).toBeCloseTo(1.0648 ** 63 - 1, 9);
    expect(result.maxDrawdown).toBeCloseTo(0.2, 12);
    expect(result.calmar).toBeCloseTo((1.0648 ** 63 - 1) / 0.2, 8);
    // 5 % of 4 days, rounded up, is the worst day.
    expect(result.cvar95).toBeCloseTo(0.2, 12);
    expect(result.hitRate).toBe(0.75);
    expect(result.turnoverPerYear).toBeCloseTo(0.5 * 63, 12);
  });

  test('the tail is the worst 5 % of days, their number rounded up', () => {
    // 41 days: 2.05 is rounded up to 3.
    const returns = new Float64Array(41).fill(0.01);
    returns.set([-0.03, -0.06, -0.09, -0.01], 7);
    expect(performanceOf(returns).cvar95).toBeCloseTo(0.06, 14);
  });

  test('a first day of loss is a drawdown from the start', () => {
    expect(performanceOf(Float64Array.of(-0.1, 0.05)).maxDrawdown).toBeCloseTo(0.1, 14);
    expect(Array.from(drawdowns(Float64Array.of(0.9, 1.2, 0.6)))).toEqual([1 - 0.9, 0, 0.5]);
  });

  test('cash alone is all zeros', () => {
    const { finalWealth, ...rest } = performanceOf(new Float64Array(10));
    expect(finalWealth).toBe(1);
    expect(Object.values(rest).every((value) => Object.is(value, 0))).toBe(true);
  });
});

describe('measures against a benchmark', () => {
  test('by hand', () => {
    // Benchmark deviations -0.02, 0, 0.02; returns twice that and 0.01 more, but for the middle one.
    const benchmark = Float64Array.of(-0.01, 0.01, 0.03);
    const returns = Float64Array.of(-0.03, 0.04, 0.05);
    const { beta, alpha, trackingError, informationRatio } = relativeTo(returns, benchmark);
    // Mean 0.02: deviations -0.05, 0.02, 0.03. Covariance (0.001 + 0.0006) over variance 0.0008.
    expect(beta).toBeCloseTo(2, 12);
    expect(alpha).toBeCloseTo((0.02 - 2 * 0.01) * 252, 12);
    // Differences -0.02, 0.03, 0.02, mean 0.01: squares 0.0009 + 0.0004 + 0.0001, over 2.
    expect(trackingError).toBeCloseTo(Math.sqrt(0.0007 * 252), 12);
    expect(informationRatio).toBeCloseTo((0.01 * 252) / Math.sqrt(0.0007 * 252), 10);
  });

  test('the benchmark has no alpha against itself', () => {
    const series = Float64Array.of(0.01, -0.02, 0.03, 0.005);
    expect(relativeTo(series, series)).toEqual({ beta: 1, alpha: 0, trackingError: 0, informationRatio: 0 });
  });

  test('the Sharpe ratio of all days in any order is that of the series', () => {
    const series = Float64Array.of(0.01, -0.02, 0.03, 0.005);
    expect(sharpeOf(series, Int32Array.of(3, 1, 0, 2))).toBeCloseTo(performanceOf(series).sharpe, 12);
    const twice = Float64Array.of(0.03, 0.03, -0.02, 0.01);
    expect(sharpeOf(series, Int32Array.of(2, 2, 1, 0))).toBeCloseTo(performanceOf(twice).sharpe, 12);
  });
});

/**
 * Numbers of an independent backtest of the same data in Python: 252 days of lookback, a decision every 21 days from
 * the close before the first day on, ten basis points in proportion, the first weights free of charge, minima by
 * SciPy's SLSQP (for maximum Sharpe with a tolerance of 1e-12; with its default of 1e-6 the last digits differ).
 */
describe('baselines on the shipped prices have the known performance', () => {
  const cost = { kind: 'proportional', basisPoints: 10 } as const;
  const terms = { split: 'all', rebalanceEvery: 21, initialHolding: 'chosen', cost } as const;
  const known = [
    ['2000-01-03', buyAndHold, '13.47 23.2 0.661 0.950 50.2 0.268 3.37 0.00'],
    ['2000-01-03', equalWeight, '12.93 19.5 0.722 1.042 48.9 0.264 2.85 0.65'],
    ['2000-01-03', inverseVolatility, '11.25 17.5 0.697 1.004 44.7 0.252 2.56 0.63'],
    ['2000-01-03', riskParity, '12.04 17.6 0.736 1.062 45.8 0.263 2.57 0.72'],
    ['2000-01-03', minimumVariance, '9.28 14.9 0.669 0.961 35.6 0.260 2.20 2.48'],
    ['2000-01-03', maximumSharpe, '13.01 22.4 0.658 0.956 43.8 0.297 3.23 6.95'],
    ['2015-01-02', buyAndHold, '18.56 24.4 0.820 1.182 38.6 0.481 3.64 0.00'],
    ['2015-01-02', equalWeight, '16.69 18.6 0.922 1.330 31.6 0.529 2.75 0.62'],
    ['2015-01-02', inverseVolatility, '14.47 17.1 0.874 1.248 30.8 0.469 2.56 0.59'],
    ['2015-01-02', riskParity, '15.25 17.2 0.910 1.309 29.9 0.510 2.55 0.69'],
    ['2015-01-02', minimumVariance, '9.80 15.5 0.681 0.972 25.0 0.391 2.30 2.92'],
    ['2015-01-02', maximumSharpe, '15.69 22.3 0.765 1.097 30.7 0.511 3.32 7.19'],
  ] as const;
  test.each(known.map(([start, baseline, printed]) => [start, baseline.id, baseline, printed] as const))(
    'since %s: %s',
    (start, _, baseline, printed) => {
      const run = backtest({ ...terms, start }, baseline);
      const { cagr, volatility, sharpe, sortino, maxDrawdown, calmar, cvar95, turnoverPerYear } = run.performance;
      expect(
        [
          (100 * cagr).toFixed(2),
          (100 * volatility).toFixed(1),
          sharpe.toFixed(3),
          sortino.toFixed(3),
          (100 * maxDrawdown).toFixed(1),
          calmar.toFixed(3),
          (100 * cvar95).toFixed(2),
          turnoverPerYear.toFixed(2),
        ].join(' '),
      ).toBe(printed);
    },
  );
});
