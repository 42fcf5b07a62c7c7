/**
 * How rewards seen under one policy count for another:
 * - `full`: each by the ratio of the probabilities of the whole episode, unbiased and of the highest variance;
 * - `per-decision`: each by that of the actions up to it, as later ones cannot have caused it (Precup, Sutton and
 *   Singh 2000): unbiased too, of less variance;
 * - `clipped`: as per-decision, with products cut at a bound: biased, of bounded variance (Ionides 2008).
 */
export const importanceKinds = ['full', 'per-decision', 'clipped'] as const;
export type ImportanceKind = (typeof importanceKinds)[number];

/**
 * Weights of the rewards of one episode, entries `from` to `to` of `weights`, by the log-ratios
 * log pi(a_t|s_t) - log mu(a_t|s_t) at the same places.
 *
 * @param clip bound on the weights of `clipped`
 */
export function importanceWeights(
  kind: ImportanceKind,
  clip: number,
  logRatios: Float64Array,
  from: number,
  to: number,
  weights: Float64Array,
): void {
  let logProduct = 0;
  for (let t = from; t < to; t++) {
    logProduct += logRatios[t];
    weights[t] = kind === 'clipped' ? Math.min(Math.exp(logProduct), clip) : Math.exp(logProduct);
  }
  if (kind === 'full') weights.fill(weights[to - 1], from, to);
}

/**
 * Of so many weighted samples, as many unweighted ones would be as good (Kish 1965): (sum w)^2 / sum w^2.
 * 0 where no weight is positive.
 */
export function effectiveSampleSize(weights: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i];
    squares += weights[i] ** 2;
  }
  return squares === 0 ? 0 : sum ** 2 / squares;
}
