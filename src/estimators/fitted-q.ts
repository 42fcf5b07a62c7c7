import type { ModelValues } from './off-policy-evaluation.ts';

/** What a linear model of Q sees of logged steps. */
export interface QFeatures {
  readonly size: number;
  /** Writes phi(s_t, a_t) of logged step t. */
  taken(t: number, phi: Float64Array): void;
  /** Writes the mean of phi(s_t, a) over actions of the policy that is judged. */
  expected(t: number, phi: Float64Array): void;
}

/** The steps a model is fitted on. Episode e is the entries from `starts[e]` to `starts[e + 1]`; nothing follows its last. */
export interface FitLog {
  readonly starts: Int32Array;
  readonly rewards: Float64Array;
  readonly gamma: number;
}

/** Share of the features' mean square that is added to it: keeps what the log hardly tells near 0. */
const RIDGE = 1e-3;

/**
 * Q of the judged policy as a linear function of features, Q(s, a) = w phi(s, a): the fixed point that fitted Q evaluation
 * goes to, in which w phi best fits r + gamma E_pi w phi(s', .), found by solving for it (LSTD-Q, Lagoudakis and Parr 2003):
 *
 *     [ sum_t phi_t (phi_t - gamma E_pi phi_t+1)' ] w = sum_t phi_t r_t
 *
 * Cross-fitted: the steps of an episode are judged by a model that was fitted on the other folds alone, as the correction of
 * a doubly robust estimate is unbiased only where the model knows nothing of the episode it corrects.
 *
 * @param folds parts into which episodes are dealt in turn; fewer where there are fewer episodes
 */
export function crossFittedQ(log: FitLog, features: QFeatures, folds: number): ModelValues {
  const { starts, rewards } = log;
  const n = starts.length - 1;
  const parts = Math.max(1, Math.min(folds, n));
  const systems = Array.from({ length: parts }, (_, fold) => systemOf(log, features, fold, parts));
  const taken = new Float64Array(rewards.length);
  const expected = new Float64Array(rewards.length);
  const phi = new Float64Array(features.size);
  for (let fold = 0; fold < parts; fold++) {
    const others = parts === 1 ? systems : systems.filter((_, other) => other !== fold);
    const weights = solve(others, features.size);
    for (let e = fold; e < n; e += parts) {
      for (let t = starts[e]; t < starts[e + 1]; t++) {
        features.taken(t, phi);
        taken[t] = dot(weights, phi);
        features.expected(t, phi);
        expected[t] = dot(weights, phi);
      }
    }
  }
  return { taken, expected };
}

interface System {
  /** size x size, row by row. */
  matrix: Float64Array;
  target: Float64Array;
  /** Sum of the squares of each feature. */
  squares: Float64Array;
}

function systemOf({ starts, rewards, gamma }: FitLog, features: QFeatures, fold: number, folds: number): System {
  const { size } = features;
  const matrix = new Float64Array(size * size);
  const target = new Float64Array(size);
  const squares = new Float64Array(size);
  const phi = new Float64Array(size);
  const next = new Float64Array(size);
  const difference = new Float64Array(size);
  for (let e = fold; e + 1 < starts.length; e += folds) {
    for (let t = starts[e]; t < starts[e + 1]; t++) {
      features.taken(t, phi);
      if (t + 1 < starts[e + 1]) features.expected(t + 1, next);
      else next.fill(0);
      for (let j = 0; j < size; j++) difference[j] = phi[j] - gamma * next[j];
      for (let i = 0; i < size; i++) {
        const x = phi[i];
        if (x === 0) continue;
        for (let j = 0; j < size; j++) matrix[i * size + j] += x * difference[j];
        target[i] += x * rewards[t];
        squares[i] += x * x;
      }
    }
  }
  return { matrix, target, squares };
}

/** The sum of the systems with a ridge, by Gaussian elimination with partial pivoting. */
function solve(systems: readonly System[], size: number): Float64Array {
  const a = new Float64Array(size * size);
  const w = new Float64Array(size);
  let ridge = 0;
  for (const { matrix, target, squares } of systems) {
    for (let k = 0; k < a.length; k++) a[k] += matrix[k];
    for (let i = 0; i < size; i++) {
      w[i] += target[i];
      ridge += (RIDGE * squares[i]) / size;
    }
  }
  for (let i = 0; i < size; i++) a[i * size + i] += ridge || 1;
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(a[i * size + k]) > Math.abs(a[pivot * size + k])) pivot = i;
    if (pivot !== k) {
      for (let j = k; j < size; j++) [a[k * size + j], a[pivot * size + j]] = [a[pivot * size + j], a[k * size + j]];
      [w[k], w[pivot]] = [w[pivot], w[k]];
    }
    for (let i = k + 1; i < size; i++) {
      const factor = a[i * size + k] / a[k * size + k];
      if (factor === 0) continue;
      for (let j = k; j < size; j++) a[i * size + j] -= factor * a[k * size + j];
      w[i] -= factor * w[k];
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) w[i] -= a[i * size + j] * w[j];
    w[i] /= a[i * size + i];
  }
  return w;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
