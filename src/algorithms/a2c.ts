import { sumOver } from '../core/team.ts';
import { gae } from '../estimators/gae.ts';
import { explainedVariance, standardise } from '../estimators/statistics.ts';
import { policyGradientGradient, policyGradientLoss } from '../objectives/policy-gradient.ts';
import { valueGradient, valueLoss } from '../objectives/value.ts';
import type { Policy } from '../policy/policy.ts';
import type { Rollout } from './rollout.ts';
import { type Schedule, valueAt } from './schedule.ts';

/** Hyper-parameters of A2C. */
export interface A2cConfig {
  /** Steps each environment takes between two updates. */
  rolloutSteps: number;
  learningRate: Schedule;
  /** Discount per step. */
  gamma: number;
  /** GAE's trade between bias (0) and variance (1). */
  lambda: number;
  /** Weight of the squared value error. */
  valueCoefficient: number;
  /** Weight of the policy's entropy. */
  entropyCoefficient: Schedule;
  /** Global norm, over actor and critic together, to which gradients are clipped. */
  maxGradientNorm: number;
  /** To mean 0 and standard deviation 1 in every rollout. */
  normaliseAdvantages: boolean;
  adamEpsilon: number;
}

/** Defaults: those of the paper, with Adam in place of RMSProp and the rate that suits it. */
export const a2cDefaults: A2cConfig = {
  rolloutSteps: 16,
  learningRate: 7e-4,
  gamma: 0.99,
  lambda: 1,
  valueCoefficient: 0.5,
  entropyCoefficient: 0,
  maxGradientNorm: 0.5,
  normaliseAdvantages: false,
  adamEpsilon: 1e-5,
};

/** What one update did: means over its samples, and the schedules' values. */
export interface A2cMetrics {
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  explainedVariance: number;
  /** Before clipping. */
  gradientNorm: number;
  learningRate: number;
  entropyCoefficient: number;
}

/**
 * Advantage actor-critic (Mnih et al. 2016, algorithm S3, with all environments in step): one gradient step on a
 * rollout, in place, with advantages by GAE. The members of a team make it on the rollouts of all.
 *
 * @param progress share of the run's steps already taken, for the schedules
 */
export function a2cUpdate(policy: Policy, rollout: Rollout, config: A2cConfig, progress: number): A2cMetrics {
  const { actor, critic, distribution, model, team } = policy;
  const { valueCoefficient } = config;
  const { size, actions, values, masks, advantages, returns } = rollout;
  const learningRate = valueAt(config.learningRate, progress);
  const entropyCoefficient = valueAt(config.entropyCoefficient, progress);

  gae(rollout, config.gamma, config.lambda, advantages, returns);
  if (config.normaliseAdvantages) standardise(advantages, team);

  const [total] = sumOver(team, size);
  let ownPolicyLoss = 0;
  let ownValueLoss = 0;
  let ownEntropy = 0;
  model.zeroGradients();
  for (let start = 0; start < size; start += policy.chunkRows) {
    const rows = Math.min(policy.chunkRows, size - start);
    policy.loadRows(rollout.observations, start, rows);
    actor.forward(rows);
    critic.forward(rows);

    for (let row = 0; row < rows; row++) {
      const sample = start + row;
      const actorAt = row * actor.outputStride;
      const criticAt = row * critic.outputStride;
      const advantage = advantages[sample];

      if (masks) distribution.setMask?.(masks, sample * policy.maskSize);
      distribution.evaluate(actor.outputs, actorAt, actions, sample * distribution.actionSize);
      const dLogProb = policyGradientGradient(advantage);
      distribution.backward(dLogProb / total, -entropyCoefficient / total, actor.outputGradients, actorAt);

      const value = critic.outputs[criticAt];
      critic.outputGradients[criticAt] = (valueCoefficient * valueGradient(value, returns[sample])) / total;

      ownPolicyLoss += policyGradientLoss(distribution.logProb, advantage);
      ownValueLoss += valueLoss(value, returns[sample]);
      ownEntropy += distribution.entropy;
    }
    actor.backward(rows);
    critic.backward(rows);
  }
  distribution.setMask?.(undefined, 0);

  const [policyLoss, criticLoss, entropy] = sumOver(team, ownPolicyLoss, ownValueLoss, ownEntropy);
  return {
    policyLoss: policyLoss / total,
    valueLoss: criticLoss / total,
    entropy: entropy / total,
    explainedVariance: explainedVariance(values, returns, size, team),
    gradientNorm: policy.optimise(learningRate, config.maxGradientNorm, config.adamEpsilon),
    learningRate,
    entropyCoefficient,
  };
}
