import { minimiseNonNegative } from '../../../src/estimators/non-negative-quadratic.ts';
import { type Baseline, fillEqually } from './baseline.ts';
import { type Moments, sampleMoments } from './moments.ts';
import { equalRiskContribution } from './risk-parity.ts';

/** Each asset in inverse proportion to the deviation of its returns. */
export const inverseVolatility = estimated('inverse-volatility', 'Inverse volatility', ({ covariance, mean }) => {
  const n = mean.length;
  return mean.map((_, i) => 1 / Math.sqrt(covariance[i * n + i]));
});

/** The long-only portfolio that would have had the least variance. Markowitz (1952). */
export const minimumVariance = estimated('minimum-variance', 'Minimum variance', ({ covariance, mean }, before) => {
  return nonNegativeMinimum(covariance, mean.map(unit), before);
});

/**
 * The long-only portfolio that would have had the greatest ratio of mean to deviation (Sharpe 1966); where no asset has
 * gained, the one of least variance.
 */
export const maximumSharpe = estimated('maximum-sharpe', 'Maximum Sharpe', ({ covariance, mean }, before) => {
  return nonNegativeMinimum(covariance, mean.some((value) => value > 0) ? mean : mean.map(unit), before);
});

/** Each asset contributes the same to the variance. Maillard, Roncalli and Teiletche (2010). */
export const riskParity = estimated('risk-parity', 'Risk parity', ({ covariance }) =>
  equalRiskContribution(covariance),
);

/**
 * A rule that holds what follows from the sample moments of the lookback, and all alike while there are none.
 *
 * @param optimise gives weights up to scale, from the moments and what it gave before
 */
function estimated(
  id: string,
  name: string,
  optimise: (moments: Moments, before: Float64Array) => Float64Array,
): Baseline {
  return {
    id,
    name,
    start: ({ prices, lookback }) => {
      let chosen: Float64Array = new Float64Array(prices.assets.length);
      return ({ day }, weights) => {
        const moments = sampleMoments(prices, day, lookback);
        if (moments === undefined) {
          fillEqually(weights);
          return;
        }
        chosen = optimise(moments, chosen);
        const sum = chosen.reduce((total, value) => total + value, 0);
        weights[0] = 0;
        for (let i = 0; i < chosen.length; i++) weights[i + 1] = chosen[i] / sum;
      };
    },
  };
}

function nonNegativeMinimum(matrix: Float64Array, linear: Float64Array, before: Float64Array): Float64Array {
  const x = before.slice();
  minimiseNonNegative(matrix, linear, x);
  return x;
}

const unit = () => 1;
