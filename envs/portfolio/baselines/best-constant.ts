import { minimiseNonNegative } from '../../../src/estimators/non-negative-quadratic.ts';
import type { Baseline, Period } from './baseline.ts';
import { relativesBetween } from './baseline.ts';

/**
 * Of all portfolios restored to the same weights at each decision, the one that ends with the most wealth before cost.
 * It is found from the very days it is judged on.
 *
 * @see Cover (1991), Universal portfolios, Mathematical Finance 1(1)
 */
export const bestConstantRebalanced: Baseline = {
  id: 'best-constant-rebalanced',
  name: 'Best constant rebalanced (hindsight)',
  hindsight: true,
  start: (period) => {
    const best = bestConstantWeights(relativesOf(period), period.prices.assets.length);
    return (_view, weights) => {
      weights[0] = 0;
      weights.set(best, 1);
    };
  },
};

/** What is left to gain in the log of final wealth, at most, when the search ends. */
const tolerance = 1e-10;
const maxRounds = 200;
/** Keeps the curvature positive definite where two assets are one. */
const ridge = 1e-12;

/**
 * The weights w on the simplex that make the mean of ln(w . x) greatest, over the rows x of `relatives`.
 *
 * With g_i = mean(x_i / (w . x)), no other weights have a final log wealth that is more than T ln(max g) greater (Jensen's
 * inequality), so the search can tell how near it is. It is Newton's method: sum w_i g_i = 1 always, so that the constraint
 * sum w = 1 may become a term -sum w of the objective, and each step is a quadratic problem over w >= 0 with the curvature
 * H = mean(x x' / (w . x)^2) and the linear term 2 g - 1, for H w = g.
 *
 * @param relatives periods x n
 */
export function bestConstantWeights(relatives: Float64Array, n: number): Float64Array {
  const periods = relatives.length / n;
  let weights = new Float64Array(n).fill(1 / n);
  const gradient = new Float64Array(n);
  const curvature = new Float64Array(n * n);
  const linear = new Float64Array(n);
  let value = meanLogGrowth(relatives, weights);
  for (let round = 0; round < maxRounds; round++) {
    differentiate(relatives, weights, gradient, curvature);
    if (periods * Math.log(Math.max(...gradient)) < tolerance) break;
    for (let i = 0; i < n; i++) linear[i] = 2 * gradient[i] - 1;
    const goal = weights.slice();
    minimiseNonNegative(curvature, linear, goal);
    const next = searchedLine(relatives, weights, goal, value);
    if (next === undefined) break;
    ({ weights, value } = next);
  }
  return weights;
}

function relativesOf({ prices, firstReturn, lastReturn, rebalanceEvery }: Period): Float64Array {
  const n = prices.assets.length;
  const periods = Math.ceil((lastReturn - firstReturn + 1) / rebalanceEvery);
  const relatives = new Float64Array(periods * n);
  for (let t = 0; t < periods; t++) {
    const from = firstReturn - 1 + t * rebalanceEvery;
    relativesBetween(prices, from, Math.min(from + rebalanceEvery, lastReturn), relatives.subarray(t * n));
  }
  return relatives;
}

function meanLogGrowth(relatives: Float64Array, weights: Float64Array): number {
  const n = weights.length;
  let sum = 0;
  for (let row = 0; row < relatives.length; row += n) {
    let growth = 0;
    for (let i = 0; i < n; i++) growth += weights[i] * relatives[row + i];
    sum += Math.log(growth);
  }
  return (sum * n) / relatives.length;
}

/** Writes g = mean(x / (w . x)) and H = mean(x x' / (w . x)^2). */
function differentiate(
  relatives: Float64Array,
  weights: Float64Array,
  gradient: Float64Array,
  curvature: Float64Array,
): void {
  const n = weights.length;
  const share = n / relatives.length;
  gradient.fill(0);
  curvature.fill(0);
  for (let row = 0; row < relatives.length; row += n) {
    let growth = 0;
    for (let i = 0; i < n; i++) growth += weights[i] * relatives[row + i];
    for (let i = 0; i < n; i++) {
      const ratio = relatives[row + i] / growth;
      gradient[i] += share * ratio;
      for (let j = 0; j <= i; j++) curvature[i * n + j] += (share * ratio * relatives[row + j]) / growth;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) curvature[j * n + i] = curvature[i * n + j];
    curvature[i * n + i] += ridge;
  }
}

/** The farthest of halved steps towards the goal that gains; `undefined` where none does. */
function searchedLine(relatives: Float64Array, weights: Float64Array, goal: Float64Array, value: number) {
  for (let step = 1; step > 1e-9; step /= 2) {
    const tried = weights.map((weight, i) => weight + step * (goal[i] - weight));
    const sum = tried.reduce((total, weight) => total + weight, 0);
    const next = tried.map((weight) => weight / sum);
    const gained = meanLogGrowth(relatives, next);
    if (gained > value) return { weights: next, value: gained };
  }
  return undefined;
}
