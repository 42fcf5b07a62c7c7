import { meanOfOthers, valueScaleOfOthers } from '../estimators/baselines.ts';
import { effectiveSampleSize, type ImportanceKind, importanceWeights } from '../estimators/importance.ts';
import { discountedReturns } from '../estimators/returns.ts';
import { explainedVariance, standardise } from '../estimators/statistics.ts';
import { policyGradientGradient, policyGradientLoss } from '../objectives/policy-gradient.ts';
import { valueGradient, valueLoss } from '../objectives/value.ts';
import type { Policy } from '../policy/policy.ts';
import { compatibleAdvantages, putBack } from './compatible-baseline.ts';
import type { EpisodeBatch } from './episode-batch.ts';
import { type Schedule, valueAt } from './schedule.ts';

export const reinforceReturns = ['to-go', 'full'] as const;
export const reinforceBaselines = ['none', 'constant', 'value', 'scaled-value', 'compatible'] as const;

/** Hyper-parameters of REINFORCE. */
export interface ReinforceConfig {
  /** Whole episodes behind one update, all environments together; rounded up to a multiple of their number. */
  episodes: number;
  /** What an action is credited with: the rewards after it, or all of its episode. */
  returns: (typeof reinforceReturns)[number];
  /**
   * What is taken away from the return: nothing, the mean return of the other episodes, the value function, the
   * value function times the scale that minimises the variance, or beside the value function what the action itself
   * is worth by compatible function approximation, whose mean is put back.
   */
  baseline: (typeof reinforceBaselines)[number];
  /** Gradient steps on the same episodes; from the second on their rewards are weighted by `importance`. */
  epochs: number;
  importance: ImportanceKind;
  /** Bound on the weights of `clipped` importance. */
  importanceClip: number;
  learningRate: Schedule;
  /** Discount per step. */
  gamma: number;
  /** Weight of the squared value error. */
  valueCoefficient: number;
  /** Weight of the policy's entropy. */
  entropyCoefficient: Schedule;
  /** Global norm, over actor and critic together, to which gradients are clipped. */
  maxGradientNorm: number;
  /** To mean 0 and standard deviation 1 in every batch. */
  normaliseAdvantages: boolean;
  adamEpsilon: number;
}

/** Defaults: the textbook's form with its learned baseline. */
export const reinforceDefaults: ReinforceConfig = {
  episodes: 16,
  returns: 'to-go',
  baseline: 'value',
  epochs: 1,
  importance: 'per-decision',
  importanceClip: 2,
  learningRate: 1e-3,
  gamma: 0.99,
  valueCoefficient: 0.5,
  entropyCoefficient: 0,
  maxGradientNorm: 0.5,
  normaliseAdvantages: false,
  adamEpsilon: 1e-5,
};

/** What one update did: means over its samples, and the schedules' values. */
export interface ReinforceMetrics {
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  explainedVariance: number;
  /** Of the importance weights of whole episodes in the last epoch, as a share of the episodes. */
  effectiveSamples: number;
  /** Before clipping. */
  gradientNorm: number;
  learningRate: number;
  entropyCoefficient: number;
}

/**
 * REINFORCE (Williams 1992): climbs E[sum_t grad log pi(a_t|s_t) (G_t - b(s_t))], in place.
 *
 * Episodes cut short by a time limit go on with the value of their last state where the baseline is a value function,
 * and are taken to end there where it is not. The discount weighs rewards within G_t, not the states themselves.
 *
 * @param progress share of the run's steps already taken, for the schedules
 */
export function reinforceUpdate(
  policy: Policy,
  batch: EpisodeBatch,
  config: ReinforceConfig,
  progress: number,
): ReinforceMetrics {
  const { distribution, actor, critic, model } = policy;
  const { gamma, baseline, valueCoefficient } = config;
  const { size, starts, actions, masks, values } = batch;
  const episodes = starts.length - 1;
  const learningRate = valueAt(config.learningRate, progress);
  const entropyCoefficient = valueAt(config.entropyCoefficient, progress);
  const usesValue = baseline === 'value' || baseline === 'scaled-value' || baseline === 'compatible';
  const finalValues = usesValue ? batch.finalValues : new Float64Array(episodes);

  const targets = new Float64Array(size);
  discountedReturns(batch.rewards, starts, finalValues, gamma, 'to-go', targets);

  const weights = new Float64Array(size).fill(1);
  const advantages = new Float64Array(size);
  let policyLossSum = 0;
  let valueLossSum = 0;
  let entropySum = 0;
  let normSum = 0;

  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const needed = epoch > 0 || baseline === 'scaled-value' || baseline === 'compatible';
    const scores = needed ? scoresOf(policy, batch) : undefined;
    if (epoch > 0 && scores) {
      for (let e = 0; e < episodes; e++) {
        importanceWeights(
          config.importance,
          config.importanceClip,
          scores.logRatios,
          starts[e],
          starts[e + 1],
          weights,
        );
      }
    }

    const rewards = batch.rewards.map((reward, t) => weights[t] * reward);
    const ends = finalValues.map((value, e) => weights[starts[e + 1] - 1] * value);
    discountedReturns(rewards, starts, ends, gamma, config.returns, advantages);
    const b = baselineOf(baseline, batch, advantages, scores?.squaredScores);
    for (let t = 0; t < size; t++) advantages[t] -= weights[t] * b[t];
    const compatible =
      baseline === 'compatible' && scores
        ? compatibleAdvantages(policy, batch, scores.scores, advantages, weights)
        : undefined;
    if (compatible) for (let t = 0; t < size; t++) advantages[t] -= weights[t] * compatible.values[t];
    const scale = config.normaliseAdvantages ? standardise(advantages) : 1;

    model.zeroGradients();
    for (let start = 0; start < size; start += policy.chunkRows) {
      const rows = Math.min(policy.chunkRows, size - start);
      policy.loadRows(batch.observations, start, rows);
      actor.forward(rows);
      critic.forward(rows);

      for (let row = 0; row < rows; row++) {
        const t = start + row;
        const actorAt = row * actor.outputStride;
        const criticAt = row * critic.outputStride;

        if (masks) distribution.setMask?.(masks, t * policy.maskSize);
        distribution.evaluate(actor.outputs, actorAt, actions, t * distribution.actionSize);
        const dLogProb = policyGradientGradient(advantages[t]);
        distribution.backward(dLogProb / size, -entropyCoefficient / size, actor.outputGradients, actorAt);
        if (compatible)
          putBack(distribution, compatible, t, (scale * weights[t]) / size, actor.outputGradients, actorAt);

        const value = critic.outputs[criticAt];
        critic.outputGradients[criticAt] = (valueCoefficient * valueGradient(value, targets[t])) / size;

        policyLossSum += policyGradientLoss(distribution.logProb, advantages[t]);
        valueLossSum += valueLoss(value, targets[t]);
        entropySum += distribution.entropy;
      }
      actor.backward(rows);
      critic.backward(rows);
    }
    normSum += policy.optimise(learningRate, config.maxGradientNorm, config.adamEpsilon);
  }
  distribution.setMask?.(undefined, 0);

  const passes = size * config.epochs;
  return {
    policyLoss: policyLossSum / passes,
    valueLoss: valueLossSum / passes,
    entropy: entropySum / passes,
    explainedVariance: explainedVariance(values, targets, size),
    effectiveSamples: effectiveSampleSize(finalValues.map((_, e) => weights[starts[e + 1] - 1])) / episodes,
    gradientNorm: normSum / config.epochs,
    learningRate,
    entropyCoefficient,
  };
}

/** b(s_t) of every step. */
function baselineOf(
  kind: ReinforceConfig['baseline'],
  { size, starts, values }: EpisodeBatch,
  returns: Float64Array,
  squaredScores: Float64Array | undefined,
): Float64Array {
  const b = new Float64Array(size);
  if (kind === 'value' || kind === 'compatible') b.set(values);
  if (kind === 'constant') {
    meanOfOthers(returns, starts).forEach((mean, e) => {
      b.fill(mean, starts[e], starts[e + 1]);
    });
  }
  if (kind === 'scaled-value' && squaredScores) {
    valueScaleOfOthers(returns, values, squaredScores, starts).forEach((alpha, e) => {
      for (let t = starts[e]; t < starts[e + 1]; t++) b[t] = alpha * values[t];
    });
  }
  return b;
}

/** Of every step under the policy as it is now. */
interface Scores {
  /** log pi - log mu. */
  logRatios: Float64Array;
  /** d log pi / d outputs, steps x parameterSize. */
  scores: Float64Array;
  /** Their squared lengths. */
  squaredScores: Float64Array;
}

function scoresOf(policy: Policy, batch: EpisodeBatch): Scores {
  const { distribution, actor } = policy;
  const { size, actions, masks, logProbs } = batch;
  const logRatios = new Float64Array(size);
  const { parameterSize } = distribution;
  const scores = new Float64Array(size * parameterSize);
  const squaredScores = new Float64Array(size);
  for (let start = 0; start < size; start += policy.chunkRows) {
    const rows = Math.min(policy.chunkRows, size - start);
    policy.loadRows(batch.observations, start, rows);
    actor.forward(rows);
    for (let row = 0; row < rows; row++) {
      const t = start + row;
      const at = row * actor.outputStride;
      if (masks) distribution.setMask?.(masks, t * policy.maskSize);
      distribution.evaluate(actor.outputs, at, actions, t * distribution.actionSize);
      logRatios[t] = distribution.logProb - logProbs[t];
      distribution.backward(1, 0, actor.outputGradients, at);
      for (let i = 0; i < parameterSize; i++) {
        scores[t * parameterSize + i] = actor.outputGradients[at + i];
        squaredScores[t] += actor.outputGradients[at + i] ** 2;
      }
    }
  }
  return { logRatios, scores, squaredScores };
}
