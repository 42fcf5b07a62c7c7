import { ALONE, sumOver, type Team } from '../core/team.ts';

/**
 * Share of the variance of `targets` that `predictions` explain: 1 - Var(targets - predictions) / Var(targets), over
 * those of all members of a team. 1 is perfect, 0 no better than the mean, below 0 worse; NaN where the targets do not
 * vary.
 */
export function explainedVariance(
  predictions: Float64Array,
  targets: Float64Array,
  ownCount: number,
  team: Team = ALONE,
): number {
  const [count] = sumOver(team, ownCount);
  let ownTargetMean = 0;
  let ownResidualMean = 0;
  for (let i = 0; i < ownCount; i++) {
    ownTargetMean += targets[i] / count;
    ownResidualMean += (targets[i] - predictions[i]) / count;
  }
  const [targetMean, residualMean] = sumOver(team, ownTargetMean, ownResidualMean);
  let ownTargetVariance = 0;
  let ownResidualVariance = 0;
  for (let i = 0; i < ownCount; i++) {
    ownTargetVariance += (targets[i] - targetMean) ** 2;
    ownResidualVariance += (targets[i] - predictions[i] - residualMean) ** 2;
  }
  const [targetVariance, residualVariance] = sumOver(team, ownTargetVariance, ownResidualVariance);
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

/**
 * Brings a list to mean 0 and population standard deviation 1, in place, and with it those of a team's other members;
 * what does not vary to 0.
 *
 * @returns what they were multiplied by
 */
export function standardise(values: Float64Array, team: Team = ALONE): number {
  let ownSum = 0;
  for (let i = 0; i < values.length; i++) ownSum += values[i];
  const [n, sum] = sumOver(team, values.length, ownSum);
  const mean = sum / n;
  let ownSquares = 0;
  for (let i = 0; i < values.length; i++) ownSquares += (values[i] - mean) ** 2;
  const [squares] = sumOver(team, ownSquares);
  const std = Math.sqrt(squares / n);
  const scale = 1 / (std + 1e-8);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / (std + 1e-8);
  return scale;
}

/**
 * Brings each stretch `values[starts[k]..starts[k + 1])` to mean 0 and population standard deviation 1, in place,
 * together with the same stretch of a team's other members; what does not vary to 0. One number alone has no spread to
 * divide by, and stays as it is.
 */
export function standardiseEach(values: Float64Array, starts: Int32Array, team: Team = ALONE): void {
  const stretches = starts.length - 1;
  const counts = new Float64Array(stretches);
  const sums = new Float64Array(stretches);
  const squares = new Float64Array(stretches);
  for (let k = 0; k < stretches; k++) {
    counts[k] = starts[k + 1] - starts[k];
    for (let i = starts[k]; i < starts[k + 1]; i++) sums[k] += values[i];
  }
  team.sum(counts);
  team.sum(sums);
  for (let k = 0; k < stretches; k++) {
    const mean = sums[k] / counts[k];
    for (let i = starts[k]; i < starts[k + 1]; i++) squares[k] += (values[i] - mean) ** 2;
  }
  team.sum(squares);
  for (let k = 0; k < stretches; k++) {
    if (counts[k] === 1) continue;
    const mean = sums[k] / counts[k];
    const std = Math.sqrt(squares[k] / counts[k]) + 1e-8;
    for (let i = starts[k]; i < starts[k + 1]; i++) values[i] = (values[i] - mean) / std;
  }
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
