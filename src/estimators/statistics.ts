/**
 * Mean and population standard deviation (divisor n) of the entries of `values` chosen by `indices[from..to)`.
 * The deviation is 1e-8 more than it is, so that it can be divided by.
 */
export function momentsOf(
  values: Float64Array,
  indices: Int32Array,
  from: number,
  to: number,
): { mean: number; std: number } {
  const n = to - from;
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[indices[k]];
  const mean = sum / n;
  let squares = 0;
  for (let k = from; k < to; k++) squares += (values[indices[k]] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / n) + 1e-8 };
}

/**
 * Share of the variance of `targets` that `predictions` explain: 1 - Var(targets - predictions) / Var(targets).
 * 1 is perfect, 0 no better than the mean, below 0 worse; NaN where the targets do not vary.
 */
export function explainedVariance(predictions: Float64Array, targets: Float64Array, count: number): number {
  let targetMean = 0;
  let residualMean = 0;
  for (let i = 0; i < count; i++) {
    targetMean += targets[i] / count;
    residualMean += (targets[i] - predictions[i]) / count;
  }
  let targetVariance = 0;
  let residualVariance = 0;
  for (let i = 0; i < count; i++) {
    targetVariance += (targets[i] - targetMean) ** 2;
    residualVariance += (targets[i] - predictions[i] - residualMean) ** 2;
  }
  return targetVariance === 0 ? Number.NaN : 1 - residualVariance / targetVariance;
}

/** Mean and population standard deviation of a list; NaN when it is empty. */
export function meanAndStd(values: ArrayLike<number>): { mean: number; std: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / n) };
}

/** Brings a list to mean 0 and population standard deviation 1, in place; one that does not vary to 0. */
export function standardise(values: Float64Array): void {
  const { mean, std } = meanAndStd(values);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / (std + 1e-8);
}

/** The q-quantile (0 to 1) of a list by linear interpolation, as NumPy's default; NaN when it is empty. */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
