import { bootstrapIntervals, type MeanEstimate, studentMean } from './bootstrap.ts';
import { effectiveSampleSize, type ImportanceKind, importanceWeights } from './importance.ts';

/** Episodes that a policy mu has played, to be judged for another, pi. Episode e is the entries from `starts[e]` to `starts[e + 1]`. */
export interface WeighedEpisodes {
  readonly starts: Int32Array;
  readonly rewards: Float64Array;
  /** log pi(a_t|s_t) - log mu(a_t|s_t); -Infinity where pi never does what was done. */
  readonly logRatios: Float64Array;
  /** Discount per step. */
  readonly gamma: number;
}

/** What a model says of each logged step, fitted without the episode the step belongs to. */
export interface ModelValues {
  /** Q(s_t, a_t). */
  readonly taken: Float64Array;
  /** The mean of Q(s_t, a) over actions of pi. */
  readonly expected: Float64Array;
}

/** How many times each episode counts: once each, or as often as it was drawn in a resample. */
export type Counts = Float64Array;

/** A model that knows nothing: with it, doubly robust estimates are the per-decision ones. */
export function noModel({ rewards }: WeighedEpisodes): ModelValues {
  return { taken: new Float64Array(rewards.length), expected: new Float64Array(rewards.length) };
}

/** sum_t gamma^t r_t of every episode. */
export function episodeReturns({ starts, rewards, gamma }: Omit<WeighedEpisodes, 'logRatios'>): Float64Array {
  return eachEpisode(starts, (from, to) => {
    let sum = 0;
    for (let t = to - 1; t >= from; t--) sum = rewards[t] + gamma * sum;
    return sum;
  });
}

/**
 * Importance sampling of every episode: sum_t gamma^t w_t r_t, with weights as `importanceWeights` tells. The mean over
 * episodes is V(pi), unbiased unless clipped.
 *
 * @see Precup, Sutton and Singh (2000), Eligibility traces for off-policy policy evaluation
 */
export function importanceSampling(episodes: WeighedEpisodes, kind: ImportanceKind, clip = Infinity): Float64Array {
  const { starts, rewards, logRatios, gamma } = episodes;
  const weights = new Float64Array(rewards.length);
  return eachEpisode(starts, (from, to) => {
    importanceWeights(kind, clip, logRatios, from, to, weights);
    let sum = 0;
    for (let t = to - 1; t >= from; t--) sum = times(weights[t], rewards[t]) + gamma * sum;
    return sum;
  });
}

/**
 * Doubly robust estimate of every episode, from its last step to its first (Jiang and Li 2016, equation 10):
 *
 *     V_t = E_pi Q(s_t, .) + pi/mu (r_t + gamma V_t+1 - Q(s_t, a_t))
 *
 * Unbiased whatever the model says; the better it is, the less the ratios have to carry.
 */
export function doublyRobust(
  { starts, rewards, logRatios, gamma }: WeighedEpisodes,
  { taken, expected }: ModelValues,
): Float64Array {
  return eachEpisode(starts, (from, to) => {
    let value = 0;
    for (let t = to - 1; t >= from; t--) {
      value = expected[t] + times(Math.exp(logRatios[t]), rewards[t] + gamma * value - taken[t]);
    }
    return value;
  });
}

/** Self-normalised importance sampling: sum_i w_i G_i / sum_i w_i, biased towards the logged return but of bounded variance. */
export function weightedImportanceSampling(episodes: WeighedEpisodes): (counts: Counts) => number {
  const returns = episodeReturns(episodes);
  const weights = relative(finalLogWeights(episodes));
  return (counts) => {
    let above = 0;
    let below = 0;
    for (let i = 0; i < weights.length; i++) {
      above += counts[i] * weights[i] * returns[i];
      below += counts[i] * weights[i];
    }
    return above / below;
  };
}

/**
 * Doubly robust with weights that are normalised over the episodes at every step (Thomas and Brunskill 2016, equation 9):
 *
 *     sum_t gamma^t sum_i [ w_it (r_it - Q_it) + w_i,t-1 E_pi Q_it ],   w_it = product of ratios up to t / sum over i
 *
 * With `noModel` it is weighted per-decision importance sampling. An episode that has ended keeps its last weight, as if it
 * stayed where nothing more is paid: otherwise those that last would count for more.
 */
export function weightedDoublyRobust(
  episodes: WeighedEpisodes,
  { taken, expected }: ModelValues,
): (counts: Counts) => number {
  const { starts, rewards, gamma } = episodes;
  const weights = weightsByStep(episodes);
  const n = starts.length - 1;
  return (counts) => {
    let value = 0;
    let discount = 1;
    let belowBefore = 0;
    for (let i = 0; i < n; i++) belowBefore += counts[i];
    for (let t = 0; t < weights.length; t++) {
      const now = weights[t];
      const before = t === 0 ? undefined : weights[t - 1];
      let corrections = 0;
      let predictions = 0;
      let below = 0;
      for (let i = 0; i < n; i++) {
        const at = starts[i] + t;
        below += counts[i] * now[i];
        if (at >= starts[i + 1]) continue;
        corrections += counts[i] * now[i] * (rewards[at] - taken[at]);
        predictions += counts[i] * (before === undefined ? 1 : before[i]) * expected[at];
      }
      value += discount * (corrections / below + predictions / belowBefore);
      discount *= gamma;
      belowBefore = below;
    }
    return value;
  };
}

/** Log of the product of all ratios of every episode. */
export function finalLogWeights({ starts, logRatios }: WeighedEpisodes): Float64Array {
  return eachEpisode(starts, (from, to) => {
    let sum = 0;
    for (let t = from; t < to; t++) sum += logRatios[t];
    return sum;
  });
}

/** (sum w)^2 / sum w^2 by the logarithms of the weights: as many episodes of pi itself would tell as much. */
export function effectiveEpisodes(logWeights: Float64Array): number {
  return effectiveSampleSize(relative(logWeights));
}

export const offPolicyEstimators = [
  { id: 'logged', name: 'Logged return (no correction)', family: 'baseline' },
  { id: 'direct', name: 'Direct method (model alone)', family: 'baseline' },
  { id: 'is', name: 'Importance sampling', family: 'episode' },
  { id: 'wis', name: 'Weighted importance sampling', family: 'episode' },
  { id: 'pdis', name: 'Per-decision', family: 'step' },
  { id: 'wpdis', name: 'Weighted per-decision', family: 'step' },
  { id: 'clipped', name: 'Clipped per-decision', family: 'step' },
  { id: 'dr', name: 'Doubly robust', family: 'step' },
  { id: 'wdr', name: 'Weighted doubly robust', family: 'step' },
] as const;

export type OffPolicyEstimatorId = (typeof offPolicyEstimators)[number]['id'];

export interface OffPolicyEstimate extends MeanEstimate {
  id: OffPolicyEstimatorId;
  name: string;
  /**
   * Of the weights behind the estimate: those of whole episodes, or where every step has its own, the mean over steps
   * weighed by their discount. NaN where there are no weights.
   */
  effectiveEpisodes: number;
}

/**
 * Every estimate of V(pi), with 95 % intervals: Student's for means over episodes, BCa for those that are normalised.
 * Measured where failures are rare, these hold the truth more often than percentiles of resamples, and neither is the
 * better for both. None knows of a failure that the log has not seen.
 *
 * @param clip bound on the weights of the clipped one
 */
export function estimateAll(episodes: WeighedEpisodes, model: ModelValues, clip: number): OffPolicyEstimate[] {
  const { starts, gamma } = episodes;
  const [wis, wpdis, wdr] = bootstrapIntervals(starts.length - 1, [
    weightedImportanceSampling(episodes),
    weightedDoublyRobust(episodes, noModel(episodes)),
    weightedDoublyRobust(episodes, model),
  ]);
  const estimates: Record<OffPolicyEstimatorId, MeanEstimate> = {
    logged: studentMean(episodeReturns(episodes)),
    direct: studentMean(Float64Array.from(starts.subarray(0, -1), (first) => model.expected[first])),
    is: studentMean(importanceSampling(episodes, 'full')),
    wis,
    pdis: studentMean(importanceSampling(episodes, 'per-decision')),
    wpdis,
    clipped: studentMean(importanceSampling(episodes, 'clipped', clip)),
    dr: studentMean(doublyRobust(episodes, model)),
    wdr,
  };
  const sizes = {
    baseline: Number.NaN,
    episode: effectiveEpisodes(finalLogWeights(episodes)),
    step: discountedMean(stepSizes(episodes, Infinity), gamma),
  };
  const clippedSize = discountedMean(stepSizes(episodes, clip), gamma);
  return offPolicyEstimators.map(({ id, name, family }) => ({
    ...{ id, name, ...estimates[id] },
    effectiveEpisodes: id === 'clipped' ? clippedSize : sizes[family],
  }));
}

/** For every step up to the longest episode's last, the weights of all episodes up to there, in parts of the largest. */
function weightsByStep(episodes: WeighedEpisodes): Float64Array[] {
  return logWeightsByStep(episodes).map(relative);
}

function logWeightsByStep({ starts, logRatios }: WeighedEpisodes): Float64Array[] {
  const n = starts.length - 1;
  let longest = 0;
  for (let i = 0; i < n; i++) longest = Math.max(longest, starts[i + 1] - starts[i]);
  const sums = new Float64Array(n);
  return Array.from({ length: longest }, (_, t) => {
    for (let i = 0; i < n; i++) if (starts[i] + t < starts[i + 1]) sums[i] += logRatios[starts[i] + t];
    return sums.slice();
  });
}

function stepSizes(episodes: WeighedEpisodes, clip: number): number[] {
  const most = Math.log(clip);
  return logWeightsByStep(episodes).map((logs) => effectiveEpisodes(logs.map((log) => Math.min(log, most))));
}

function discountedMean(values: readonly number[], gamma: number): number {
  let above = 0;
  let below = 0;
  let discount = 1;
  for (const value of values) {
    above += discount * value;
    below += discount;
    discount *= gamma;
  }
  return above / below;
}

/** Weights of which the largest is 1, so that none overflows; all 0 where none is positive. */
function relative(logWeights: Float64Array): Float64Array {
  let largest = -Infinity;
  for (const log of logWeights) largest = Math.max(largest, log);
  return largest === -Infinity ? new Float64Array(logWeights.length) : logWeights.map((log) => Math.exp(log - largest));
}

/** A product in which 0 prevails over infinity: a reward of 0 counts for nothing, whatever its weight. */
function times(weight: number, value: number): number {
  return value === 0 || weight === 0 ? 0 : weight * value;
}

function eachEpisode(starts: Int32Array, work: (from: number, to: number) => number): Float64Array {
  const found = new Float64Array(starts.length - 1);
  for (let e = 0; e < found.length; e++) found[e] = work(starts[e], starts[e + 1]);
  return found;
}
