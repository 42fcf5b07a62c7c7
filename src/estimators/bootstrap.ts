import { Random } from '../core/random.ts';
import { normalCdf, normalQuantile, studentQuantile } from './normal.ts';
import { quantile } from './statistics.ts';

/** A mean and the ends of its 95 % interval. */
export interface MeanEstimate {
  mean: number;
  low: number;
  high: number;
}

const resamples = 1000;

/**
 * The mean of independent values with a 95 % interval: percentiles of the means of 1000 resamples with a fixed seed. All
 * NaN where there is no value.
 *
 * @see Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7(1)
 */
export function bootstrapMean(values: Float64Array): MeanEstimate {
  const n = values.length;
  if (n === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  const random = new Random(0);
  const means = new Float64Array(resamples);
  for (let k = 0; k < resamples; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(n * random.double())];
    means[k] = sum / n;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** Works an estimate out from items that count so many times each. */
export type BootstrapStatistic = (counts: Float64Array) => number;

/** Parts that are left out one after the other, to see how an estimate leans. */
const jackknifeParts = 200;

/**
 * Estimates that need not be means, such as ratios of sums, from `n` independent items, with 95 % intervals: percentiles
 * of 1000 resamples with a fixed seed, the same for all, moved by how far the resamples are off the estimate and by how
 * much its spread changes with its value (BCa). Resamples that leave an estimate undefined, 0 / 0, are left out.
 *
 * @see Efron (1987), Better bootstrap confidence intervals, Journal of the American Statistical Association 82(397)
 */
export function bootstrapIntervals(n: number, statistics: readonly BootstrapStatistic[]): MeanEstimate[] {
  const random = new Random(0);
  const counts = new Float64Array(n);
  const found: number[][] = statistics.map(() => []);
  for (let k = 0; k < resamples; k++) {
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[Math.floor(n * random.double())]++;
    statistics.forEach((statistic, which) => {
      const value = statistic(counts);
      if (!Number.isNaN(value)) found[which].push(value);
    });
  }
  return statistics.map((statistic, which) => {
    const mean = statistic(counts.fill(1));
    const values = found[which];
    const bias = biasOf(values, mean);
    const acceleration = accelerationOf(statistic, n);
    // Of the resamples, those below the end of the interval.
    const shareBelow = (probability: number): number => {
      const z = bias + normalQuantile(probability);
      return normalCdf(bias + z / (1 - acceleration * z));
    };
    return { mean, low: quantile(values, shareBelow(0.025)), high: quantile(values, shareBelow(0.975)) };
  });
}

/** The median's distance from the estimate, in deviations of a normal distribution; 0 where all are on one side. */
function biasOf(values: readonly number[], estimate: number): number {
  let below = 0;
  for (const value of values) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const share = below / values.length;
  return share > 0 && share < 1 ? normalQuantile(share) : 0;
}

/** A sixth of the skewness of what the items do to the estimate, by leaving out one part of them after the other. */
function accelerationOf(statistic: BootstrapStatistic, n: number): number {
  const parts = Math.min(n, jackknifeParts);
  const counts = new Float64Array(n).fill(1);
  const without = new Float64Array(parts);
  for (let part = 0; part < parts; part++) {
    for (let i = part; i < n; i += parts) counts[i] = 0;
    without[part] = statistic(counts);
    for (let i = part; i < n; i += parts) counts[i] = 1;
  }
  const mean = without.reduce((sum, value) => sum + value, 0) / parts;
  let squares = 0;
  let cubes = 0;
  for (const value of without) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  const acceleration = cubes / (6 * squares ** 1.5);
  // Nothing leans where nothing varies, or where without some part there is no estimate.
  return Number.isFinite(acceleration) ? acceleration : 0;
}

/** The mean of independent values with Student's 95 % interval; no interval from less than two. */
export function studentMean(values: Float64Array): MeanEstimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = n < 2 ? Number.NaN : studentQuantile(0.975, n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}
