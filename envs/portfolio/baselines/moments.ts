import type { Prices } from '../prices.ts';

/** Mean and covariance of daily returns. */
export interface Moments {
  readonly mean: Float64Array;
  /** assets x assets, symmetric and positive definite. */
  readonly covariance: Float64Array;
}

/**
 * The variance of a tenth of a millionth a day, added to every asset's: nothing where prices move, and it keeps the
 * covariance positive definite where one stands still, two go together, or assets outnumber the days.
 */
const leastVariance = 1e-14;

/**
 * Sample moments (divisor days - 1) of the simple returns of the `lookback` days up to `day`, or of all there are.
 *
 * @param day row of the last close known
 * @returns undefined where there are fewer than two returns
 */
export function sampleMoments({ prices, assets }: Prices, day: number, lookback: number): Moments | undefined {
  const n = assets.length;
  const days = Math.min(lookback, day);
  if (days < 2) return undefined;
  const deviations = new Float64Array(days * n);
  const mean = new Float64Array(n);
  const first = day - days + 1;
  for (let t = 0; t < days; t++) {
    const row = (first + t) * n;
    for (let i = 0; i < n; i++) {
      const change = prices[row + i] / prices[row - n + i] - 1;
      deviations[t * n + i] = change;
      mean[i] += change;
    }
  }
  for (let i = 0; i < n; i++) mean[i] /= days;
  for (let t = 0; t < days; t++) for (let i = 0; i < n; i++) deviations[t * n + i] -= mean[i];

  const covariance = new Float64Array(n * n);
  for (let t = 0; t < days; t++) {
    for (let i = 0; i < n; i++) {
      const deviation = deviations[t * n + i];
      for (let j = 0; j <= i; j++) covariance[i * n + j] += deviation * deviations[t * n + j];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      covariance[i * n + j] /= days - 1;
      covariance[j * n + i] = covariance[i * n + j];
    }
    covariance[i * n + i] += leastVariance;
  }
  return { mean, covariance };
}
