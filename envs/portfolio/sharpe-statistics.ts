import { normalCdf, normalQuantile } from '../../src/estimators/normal.ts';

/**
 * The probability that the true Sharpe ratio is above `threshold`, from its estimate and the skewness and kurtosis of
 * the returns, which widen its error: Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - skew SR + (kurtosis - 1) SR^2 / 4)).
 *
 * @param returns n, at least three
 * @param threshold SR*, per period as the returns are, not per year
 * @see Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier, Journal of Risk 15(2), equation 11
 */
export function probabilisticSharpe(returns: Float64Array, threshold = 0): number {
  const n = returns.length;
  const { sharpe, skewness, kurtosis } = shapeOf(returns);
  const error = Math.sqrt(1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe);
  return normalCdf(((sharpe - threshold) * Math.sqrt(n - 1)) / error);
}

/**
 * The probability that the true Sharpe ratio is above zero when this is the best of several tried: that it is above what
 * the best of so many worthless ones would be expected to show.
 *
 * @param trials number of independent strategies tried, at least 2
 * @param variance of the trials' Sharpe ratios, per period; by default that of estimates of a ratio of zero, 1 / n
 * @see Bailey and Lopez de Prado (2014), The deflated Sharpe ratio, Journal of Portfolio Management 40(5), equations 1, 2
 */
export function deflatedSharpe(returns: Float64Array, trials: number, variance = 1 / returns.length): number {
  return probabilisticSharpe(returns, Math.sqrt(variance) * expectedMaximum(trials));
}

/** Of so many draws from the standard normal distribution, approximately: equation 1 there. */
export function expectedMaximum(trials: number): number {
  const high = normalQuantile(1 - 1 / trials);
  const higher = normalQuantile(1 - 1 / (trials * Math.E));
  return (1 - eulerMascheroni) * high + eulerMascheroni * higher;
}

const eulerMascheroni = 0.5772156649015329;

/**
 * Sharpe ratio per period, and the standardised third and fourth moments (divisor n throughout for these); zero, and those
 * of the normal distribution, for returns that never vary.
 */
function shapeOf(returns: Float64Array) {
  const n = returns.length;
  let mean = 0;
  for (const change of returns) mean += change / n;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (const change of returns) {
    const deviation = change - mean;
    second += deviation ** 2 / n;
    third += deviation ** 3 / n;
    fourth += deviation ** 4 / n;
  }
  if (second === 0) return { sharpe: 0, skewness: 0, kurtosis: 3 };
  return {
    sharpe: mean / Math.sqrt((second * n) / (n - 1)),
    skewness: third / second ** 1.5,
    kurtosis: fourth / second ** 2,
  };
}
