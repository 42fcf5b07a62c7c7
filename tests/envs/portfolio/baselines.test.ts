import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import {
  type Baseline,
  baselines,
  bestConstantRebalanced,
  buyAndHold,
  equalWeight,
  exponentiatedGradient,
  maximumSharpe,
  minimumVariance,
  olmar,
  riskParity,
  rmr,
  universal,
} from '../../../envs/portfolio/baselines/index.ts';
import { spatialMedian } from '../../../envs/portfolio/baselines/mean-reversion.ts';
import { sampleMoments } from '../../../envs/portfolio/baselines/moments.ts';
import { simplexPoints } from '../../../envs/portfolio/baselines/universal.ts';
import { loadPrices, type Prices } from '../../../envs/portfolio/prices.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import { Random } from '../../../src/core/random.ts';
import { isoDay, wanderingPrices } from './price-files.ts';

interface PortfolioAllocation {
  globalMinimumVarianceWeights(covariance: number[][]): number[];
  equalRiskContributionWeights(covariance: number[][]): number[];
  maximumSharpeRatioWeights(mean: number[], covariance: number[][], riskFree: number): number[];
  bestConstantlyRebalancedWeights(relatives: number[][], options: object): number[];
}
const reference = createRequire(import.meta.url)('portfolio-allocation') as PortfolioAllocation;

const pricesOf = (rows: readonly (readonly number[])[]): Prices => ({
  dates: rows.map((_, day) => isoDay(day)),
  assets: rows[0].map((_, i) => `S${i}`),
  prices: Float64Array.from(rows.flat()),
});

/** Follows a rule day by day from the first close on, at no cost. */
function follow(baseline: Baseline, prices: Prices, lookback = 252) {
  const n = prices.assets.length;
  const lastReturn = prices.dates.length - 1;
  const rule = baseline.start({ prices, firstReturn: 1, lastReturn, rebalanceEvery: 1, lookback });
  const weights = new Float64Array(n + 1);
  const held = new Float64Array(n + 1);
  const decisions: Float64Array[] = [];
  let wealth = 1;
  for (let day = 0; day < lastReturn; day++) {
    rule({ prices, day, weights: held }, weights);
    decisions.push(weights.slice());
    let growth = weights[0];
    held[0] = weights[0];
    for (let i = 0; i < n; i++) {
      held[i + 1] = (weights[i + 1] * prices.prices[(day + 1) * n + i]) / prices.prices[day * n + i];
      growth += held[i + 1];
    }
    for (let i = 0; i <= n; i++) held[i] /= growth;
    wealth *= growth;
  }
  return { wealth, decisions };
}

describe('final wealth on DJIA, at no cost', () => {
  const table = gunzipSync(readFileSync(packagePath('tests', 'fixtures', 'olps', 'djia.csv.gz'))).toString('utf8');
  const rows = table.trim().split('\n').slice(1);
  const djia = pricesOf([new Array<number>(30).fill(1), ...rows.map((row) => row.split(',').map(Number))]);
  const wealth = (baseline: Baseline) => follow(baseline, djia).wealth.toFixed(2);

  test('as published by Li, Sahoo and Hoi (2016), and in the logs of their toolbox', () => {
    expect({
      buyAndHold: wealth(buyAndHold),
      equalWeight: wealth(equalWeight),
      bestConstant: wealth(bestConstantRebalanced),
      exponentiatedGradient: wealth(exponentiatedGradient),
      olmar: wealth(olmar),
    }).toEqual({
      buyAndHold: '0.76',
      equalWeight: '0.81',
      bestConstant: '1.24',
      exponentiatedGradient: '0.81',
      olmar: '2.54',
    });
  });

  test('of RMR as a NumPy version with medians to machine precision has it, for there is no log of it', () => {
    expect(follow(rmr, djia).wealth).toBeCloseTo(2.71901365, 5);
  });
});

describe('rules that solve for an optimum agree with another library', () => {
  const shipped = loadPrices();
  const n = shipped.assets.length;
  const day = 5000;
  const decide = (baseline: Baseline) => {
    const rule = baseline.start({
      prices: shipped,
      firstReturn: day + 1,
      lastReturn: 6000,
      rebalanceEvery: 21,
      lookback: 252,
    });
    const weights = new Float64Array(n + 1);
    rule({ prices: shipped, day, weights: new Float64Array(n + 1) }, weights);
    expect(weights[0]).toBe(0);
    return Array.from(weights.subarray(1));
  };
  const { mean, covariance } = sampleMoments(shipped, day, 252)!;
  const matrix = shipped.assets.map((_, i) => Array.from(covariance.subarray(i * n, (i + 1) * n)));
  const apart = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((weight, i) => Math.abs(weight - b[i])));

  test('minimum variance', () => {
    expect(apart(decide(minimumVariance), reference.globalMinimumVarianceWeights(matrix))).toBeLessThan(1e-6);
  });

  test('risk parity: all contribute the same', () => {
    const weights = decide(riskParity);
    expect(apart(weights, reference.equalRiskContributionWeights(matrix))).toBeLessThan(1e-6);
    const contributions = weights.map((weight, i) => weight * matrix[i].reduce((sum, c, j) => sum + c * weights[j], 0));
    for (const contribution of contributions) expect(contribution / contributions[0]).toBeCloseTo(1, 9);
  });

  test('maximum Sharpe', () => {
    const ratio = (weights: readonly number[]) => {
      const gain = weights.reduce((sum, weight, i) => sum + weight * mean[i], 0);
      const variance = weights.reduce((sum, w, i) => sum + w * matrix[i].reduce((s, c, j) => s + c * weights[j], 0), 0);
      return gain / Math.sqrt(variance);
    };
    const ours = decide(maximumSharpe);
    // A year's figures, for theirs stops short where the numbers are small.
    const theirs = reference.maximumSharpeRatioWeights(
      Array.from(mean, (value) => 252 * value),
      matrix.map((row) => row.map((value) => 252 * value)),
      0,
    );
    expect(apart(ours, theirs)).toBeLessThan(1e-4);
    expect(ratio(ours)).toBeGreaterThanOrEqual(ratio(theirs) - 1e-12);
  });

  test('best constant rebalanced', () => {
    const rows = wanderingPrices(80, 4);
    const relatives = rows.slice(1).map((row, t) => row.map((price, i) => price / rows[t][i]));
    const { decisions, wealth } = follow(bestConstantRebalanced, pricesOf(rows));
    const theirs = reference.bestConstantlyRebalancedWeights(
      rows[0].map((_, i) => relatives.map((row) => row[i])),
      { eps: 1e-8, maxIter: 5000 },
    );
    const growth = relatives.reduce((product, row) => product * row.reduce((s, x, i) => s + x * theirs[i], 0), 1);
    expect(wealth).toBeGreaterThanOrEqual(growth * (1 - 1e-9));
    expect(apart(Array.from(decisions[0].subarray(1)), theirs)).toBeLessThan(1e-2);
  });
});

describe('rules that follow the prices, by hand', () => {
  test('exponentiated gradient', () => {
    // Relatives 2 and 1/2: growth 1.25; weights go as exp(0.05 x 1.6) and exp(0.05 x 0.4).
    const { decisions } = follow(
      exponentiatedGradient,
      pricesOf([
        [1, 1],
        [2, 0.5],
        [2, 0.5],
      ]),
    );
    expect(Array.from(decisions[0])).toEqual([0, 0.5, 0.5]);
    expect(decisions[1][1]).toBeCloseTo(Math.exp(0.08) / (Math.exp(0.08) + Math.exp(0.02)), 12);
  });

  test('mean reversion goes all into what has fallen most below its mean', () => {
    const rows = [1, 1, 1, 1, 1, 1, 1, 1].map((price, day) => [price, day === 6 ? 0.5 : 1]);
    const { decisions } = follow(olmar, pricesOf(rows));
    // On day 6 the mean of the second asset's last five closes is 0.9, a growth of 1.8 from 0.5.
    expect(decisions[6][2]).toBeCloseTo(1, 9);
  });

  test('the spatial median of a triangle sees its sides under 120 degrees', () => {
    const points = [Float64Array.of(0, 0), Float64Array.of(4, 0), Float64Array.of(1, 3)];
    const median = new Float64Array(2);
    spatialMedian(points, median);
    const unit = points.map((point) => {
      const [x, y] = [point[0] - median[0], point[1] - median[1]];
      return [x / Math.hypot(x, y), y / Math.hypot(x, y)];
    });
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ]) {
      expect(unit[a][0] * unit[b][0] + unit[a][1] * unit[b][1]).toBeCloseTo(-0.5, 5);
    }
  });

  test('the spatial median of points in a line is the middle one, though it is one of them', () => {
    const median = new Float64Array(1);
    spatialMedian([Float64Array.of(0), Float64Array.of(1), Float64Array.of(10)], median);
    expect(median[0]).toBeCloseTo(1, 6);
  });

  test('the universal portfolio of two assets is the integral over all mixtures', () => {
    const rows = [
      [1, 1],
      [1.5, 0.8],
      [1.2, 1.1],
      [1.8, 0.9],
    ];
    const { decisions } = follow(universal, pricesOf(rows));
    const wealthOf = (share: number, days: number) =>
      rows
        .slice(1, days + 1)
        .reduce((wealth, row, t) => wealth * ((share * row[0]) / rows[t][0] + ((1 - share) * row[1]) / rows[t][1]), 1);
    for (const days of [1, 2]) {
      let above = 0;
      let below = 0;
      const points = 20_000;
      for (let k = 0; k < points; k++) {
        const share = (k + 0.5) / points;
        above += share * wealthOf(share, days);
        below += wealthOf(share, days);
      }
      // Spread over 2000 points and their mirror images, of which the standard error is 0.001.
      expect(Math.abs(decisions[days][1] - above / below)).toBeLessThan(0.003);
    }
    expect(decisions[0][1]).toBeCloseTo(0.5, 12);
  });

  test('the points it averages are spread evenly over the simplex', () => {
    // A share u of three has the density 2 (1 - u): P(u > 1/2) = 1/4, mean of u^2 = 1/6, of u^3 = 1/10.
    const points = simplexPoints(3, 100_000, new Random(5));
    const mean = (value: (share: number) => number) =>
      points.reduce((sum, share) => sum + value(share), 0) / points.length;
    expect(mean((share) => (share > 0.5 ? 1 : 0))).toBeCloseTo(1 / 4, 2);
    expect(mean((share) => share ** 2)).toBeCloseTo(1 / 6, 2);
    expect(mean((share) => share ** 3)).toBeCloseTo(1 / 10, 2);
    for (let row = 0; row < 300; row += 3) expect(points[row] + points[row + 1] + points[row + 2]).toBeCloseTo(1, 12);
  });
});

describe('no rule but the one in hindsight', () => {
  const rows = wanderingPrices(70, 4);
  const changed = rows.map((row, day) =>
    day > 40 ? row.map((price, i) => price * (1 + 0.5 * Math.sin(day * (i + 2)))) : row,
  );

  test.each(baselines.filter(({ hindsight }) => !hindsight).map((baseline) => [baseline.id, baseline] as const))(
    'looks ahead: %s',
    (_, baseline) => {
      const before = follow(baseline, pricesOf(rows), 20).decisions.slice(0, 41);
      expect(follow(baseline, pricesOf(changed), 20).decisions.slice(0, 41)).toEqual(before);
      for (const weights of before) {
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      }
    },
  );
});
