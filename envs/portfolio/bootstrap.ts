import { Random } from '../../src/core/random.ts';
import { quantile } from '../../src/estimators/statistics.ts';

/** An estimate with the ends of its 95 % interval. */
export interface Interval {
  low: number;
  high: number;
}

const resamples = 1000;

/** Writes one resample: `days` are rows of the series, in the order they are to be read in. */
export type Statistic = (days: Int32Array) => number;

/**
 * Percentile intervals by the stationary bootstrap: resamples of the series made of blocks that begin on a random day,
 * run on over the end to the beginning, and are as long on average as `blockLength`, with a geometric distribution.
 * Several statistics share the resamples, and so their intervals can be compared.
 *
 * @param days length of the series
 * @see Politis and Romano (1994), The stationary bootstrap, Journal of the American Statistical Association 89(428)
 */
export function stationaryBootstrap(days: number, blockLength: number, statistics: readonly Statistic[]): Interval[] {
  const random = new Random(0);
  const drawn = new Int32Array(days);
  const found = statistics.map(() => new Float64Array(resamples));
  for (let k = 0; k < resamples; k++) {
    let day = 0;
    for (let i = 0; i < days; i++) {
      const fresh = i === 0 || random.double() * blockLength < 1;
      day = fresh ? Math.floor(days * random.double()) : (day + 1) % days;
      drawn[i] = day;
    }
    statistics.forEach((statistic, s) => {
      found[s][k] = statistic(drawn);
    });
  }
  return found.map((values) => ({ low: quantile(values, 0.025), high: quantile(values, 0.975) }));
}

/**
 * The mean block length that makes the variance of the bootstrapped mean most accurate, estimated from the
 * autocovariances R(k) with a flat-top window: (2 G^2 / D)^(1/3) n^(1/3), G = sum w(k) |k| R(k), D = 2 (sum w(k) R(k))^2.
 *
 * @returns at least 1, at most min(3 sqrt n, n / 3)
 * @see Politis and White (2004), Automatic block-length selection for the dependent bootstrap, Econometric Reviews 23(1),
 *   section 3, with the D of Patton, Politis and White (2009)
 */
export function blockLengthOf(series: Float64Array): number {
  const n = series.length;
  if (series.every((value) => value === series[0])) return 1;
  const longestRun = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))));
  const mostLags = Math.min(Math.ceil(Math.sqrt(n)) + longestRun, n - 1);
  const covariances = autocovariances(series, mostLags);
  const window = Math.min(2 * insignificantFrom(covariances, n, longestRun), mostLags);
  let sum = covariances[0];
  let weighted = 0;
  for (let k = 1; k <= window; k++) {
    const weight = Math.min(1, 2 * (1 - k / window));
    sum += 2 * weight * covariances[k];
    weighted += 2 * weight * k * covariances[k];
  }
  const length = ((2 * weighted ** 2) / (2 * sum ** 2)) ** (1 / 3) * n ** (1 / 3);
  return Math.min(Math.max(length, 1), Math.ceil(Math.min(3 * Math.sqrt(n), n / 3)));
}

/** R(k) = 1/n sum of (x_t - mean)(x_(t+k) - mean), for k from 0 on. */
function autocovariances(series: Float64Array, lags: number): Float64Array {
  const n = series.length;
  const mean = series.reduce((sum, value) => sum + value, 0) / n;
  const covariances = new Float64Array(lags + 1);
  for (let k = 0; k <= lags; k++) {
    let sum = 0;
    for (let t = 0; t + k < n; t++) sum += (series[t] - mean) * (series[t + k] - mean);
    covariances[k] = sum / n;
  }
  return covariances;
}

/** The lag, 1 at least, after which a run of autocorrelations is within what noise would show. */
function insignificantFrom(covariances: Float64Array, n: number, run: number): number {
  const threshold = 2 * Math.sqrt(Math.log10(n) / n);
  const lags = covariances.length - 1;
  let within = 0;
  for (let k = 1; k <= lags; k++) {
    within = Math.abs(covariances[k] / covariances[0]) < threshold ? within + 1 : 0;
    if (within === run) return Math.max(k - run, 1);
  }
  return lags;
}
