import { UserError } from '../core/errors.ts';
import { type CompatibleAdvantages, compatibleOfOthers } from '../estimators/control-variates.ts';
import type { Distribution } from '../policy/distributions/distribution.ts';
import { type KnownInformation, knowsInformation } from '../policy/distributions/known-information.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpisodeBatch } from './episode-batch.ts';

/** Parts into which episodes are dealt: what is learned from the others is used on each. */
const FOLDS = 8;
/** Of the mean of the diagonal: enough for redundant logits and for few episodes. */
const RIDGE = 1e-2;
/** Unknowns of the regression, outputs times observed numbers and one: its matrix has their square. */
const MOST_UNKNOWNS = 1000;

/** @throws UserError for a policy whose actions the compatible baseline is not worked out for */
export function requireCompatible({ distribution, observationSize, config }: Policy): void {
  const unknowns = distribution.parameterSize * (observationSize + 1);
  if (!knowsInformation(distribution)) {
    throw new UserError(
      "The baseline 'compatible' needs a policy distribution whose information is known in closed form: 'categorical', " +
        "'gaussian', 'squashed-gaussian' or 'softmax-gaussian', without state-dependent exploration; got " +
        `'${config.distribution}', exploration '${config.exploration}'. Use the baseline 'value'.`,
    );
  }
  if (unknowns > MOST_UNKNOWNS) {
    throw new UserError(
      `The baseline 'compatible' would solve for ${unknowns} numbers, ${distribution.parameterSize} outputs times ` +
        `${observationSize + 1}; expected at most ${MOST_UNKNOWNS}. Use the baseline 'value'.`,
    );
  }
}

/**
 * What actions are worth beyond the state, by their scores and the observation: compatible with a policy linear in what is
 * observed, a control variate for any other. Learned from other episodes than those it is used on.
 *
 * @param scores d log pi / d outputs, steps x parameterSize
 * @param advantages what baselines of the state left of the returns, importance weights included
 */
export function compatibleAdvantages(
  { distribution, observationSize }: Policy,
  { size, starts, observations }: EpisodeBatch,
  scores: Float64Array,
  advantages: Float64Array,
  weights: Float64Array,
): CompatibleAdvantages {
  const featureSize = observationSize + 1;
  const features = new Float64Array(size * featureSize);
  for (let t = 0; t < size; t++) {
    for (let i = 0; i < observationSize; i++) features[t * featureSize + i] = observations[t * observationSize + i];
    features[t * featureSize + observationSize] = 1;
  }
  const outputSize = distribution.parameterSize;
  const targets = advantages.map((value, t) => (weights[t] === 0 ? 0 : value / weights[t]));
  const folds = Math.min(starts.length - 1, FOLDS);
  return compatibleOfOthers({ starts, scores, outputSize, features, featureSize, targets, weights }, folds, RIDGE);
}

/**
 * Adds to dLoss/dOutputs of step t the mean of what was taken away from its score, F(s) slopes. `slopes` are used up.
 *
 * @param distribution after `evaluate` of that step
 */
export function putBack(
  distribution: Distribution,
  { slopes }: CompatibleAdvantages,
  t: number,
  weight: number,
  gradients: Float32Array,
  at: number,
): void {
  const n = distribution.parameterSize;
  const mean = slopes.subarray(t * n, (t + 1) * n);
  (distribution as KnownInformation).information(mean, mean);
  for (let i = 0; i < n; i++) gradients[at + i] -= weight * mean[i];
}
