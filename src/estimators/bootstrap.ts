import { Random } from '../core/random.ts';
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

/**
 * As `bootstrapMean`, of estimates that need not be means, such as ratios of sums, from `n` independent items, all of them in
 * the same resamples. Those that leave an estimate undefined, 0 / 0, are left out.
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
  counts.fill(1);
  return statistics.map((statistic, which) => ({
    mean: statistic(counts),
    low: quantile(found[which], 0.025),
    high: quantile(found[which], 0.975),
  }));
}
