import type { Prices } from '../prices.ts';
import { projectToSum } from '../projection.ts';
import { type Baseline, fillEqually } from './baseline.ts';

/** Closes that make up the mean or the median, and the growth that is asked for of the next period. */
const window = 5;

/** Predicts the next close to be the mean of the last ones. Li and Hoi (2012), arXiv:1206.4626: OLMAR-1. */
export const olmar: Baseline = reverting('olmar', 'OLMAR', 10, (closes, predicted) => {
  for (let i = 0; i < predicted.length; i++) {
    let sum = 0;
    for (const close of closes) sum += close[i];
    predicted[i] = sum / closes.length;
  }
});

/**
 * Predicts the next close to be the L1 median of the last ones. Huang, Zhou, Li, Hoi and Zhou (2013), Robust median
 * reversion strategy for on-line portfolio selection, IJCAI.
 */
export const rmr: Baseline = reverting('rmr', 'RMR', 5, spatialMedian);

/**
 * A rule that goes from the weights it chose last as little as it must to expect a growth of `epsilon`, if prices of the
 * next period were as predicted: w + lambda (x - mean x), lambda = max(0, (epsilon - w . x) / |x - mean x|^2), x being
 * predicted over present prices; then to the nearest point of the simplex.
 *
 * A period is the time between two decisions, and its close the price at the later one. Prices are taken in units of
 * those at the first decision, for the median of several assets together depends on their units. With fewer than
 * `window` + 1 periods behind it the last relative serves as the prediction, and with fewer than two equal weights are
 * held, as in the OLPS toolbox (Li, Sahoo and Hoi 2016, Journal of Machine Learning Research 17).
 *
 * @param predict writes the next close, from the last ones, the latest first
 */
function reverting(
  id: string,
  name: string,
  epsilon: number,
  predict: (closes: readonly Float64Array[], predicted: Float64Array) => void,
): Baseline {
  return {
    id,
    name,
    start: ({ prices, firstReturn, rebalanceEvery }) => {
      const n = prices.assets.length;
      const chosen = new Float64Array(n).fill(1 / n);
      const expected = new Float64Array(n);
      return ({ day }, weights) => {
        const periods = Math.floor(day / rebalanceEvery);
        if (periods < 2) {
          fillEqually(weights);
          return;
        }
        const close = (ago: number) => closeInUnits(prices, day - ago * rebalanceEvery, firstReturn - 1);
        const present = close(0);
        if (periods <= window) {
          const before = close(1);
          for (let i = 0; i < n; i++) expected[i] = present[i] / before[i];
        } else {
          predict([present, ...Array.from({ length: window - 1 }, (_, k) => close(k + 1))], expected);
          for (let i = 0; i < n; i++) expected[i] /= present[i];
        }
        revert(chosen, expected, epsilon);
        weights[0] = 0;
        weights.set(chosen, 1);
      };
    },
  };
}

function closeInUnits({ prices, assets }: Prices, row: number, unitRow: number): Float64Array {
  const n = assets.length;
  return Float64Array.from(assets, (_, i) => prices[row * n + i] / prices[unitRow * n + i]);
}

/** The passive-aggressive step described above, in place. */
function revert(weights: Float64Array, expected: Float64Array, epsilon: number): void {
  const n = weights.length;
  let mean = 0;
  let growth = 0;
  for (let i = 0; i < n; i++) {
    mean += expected[i] / n;
    growth += weights[i] * expected[i];
  }
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (expected[i] - mean) ** 2;
  if (growth >= epsilon || squares === 0) return;
  const lambda = (epsilon - growth) / squares;
  for (let i = 0; i < n; i++) weights[i] += lambda * (expected[i] - mean);
  projectToSum(weights, new Float64Array(n), new Float64Array(n).fill(1), 1);
}

const medianTolerance = 1e-9;
const maxRounds = 200;

/**
 * The point whose distances to the given ones have the least sum, by Weiszfeld's iteration, which at a given point itself
 * takes the shortened step that leaves it unless it is the median.
 *
 * @see Vardi and Zhang (2000), The multivariate L1-median and associated data depth, PNAS 97(4), equation 2.6
 */
export function spatialMedian(points: readonly Float64Array[], median: Float64Array): void {
  const n = median.length;
  const attraction = new Float64Array(n);
  for (let i = 0; i < n; i++) median[i] = points.reduce((sum, point) => sum + point[i], 0) / points.length;
  for (let round = 0; round < maxRounds; round++) {
    attraction.fill(0);
    let pull = 0;
    let coinciding = 0;
    for (const point of points) {
      let squares = 0;
      for (let i = 0; i < n; i++) squares += (point[i] - median[i]) ** 2;
      if (squares === 0) {
        coinciding++;
        continue;
      }
      const inverse = 1 / Math.sqrt(squares);
      pull += inverse;
      for (let i = 0; i < n; i++) attraction[i] += inverse * (point[i] - median[i]);
    }
    const strength = Math.hypot(...attraction);
    const step = strength > coinciding ? (1 - coinciding / strength) / pull : 0;
    let moved = 0;
    let size = 0;
    for (let i = 0; i < n; i++) {
      median[i] += step * attraction[i];
      moved += Math.abs(step * attraction[i]);
      size += Math.abs(median[i]);
    }
    if (moved <= medianTolerance * size) return;
  }
}
