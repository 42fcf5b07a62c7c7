import { sumOver } from '../core/team.ts';
import { explainedVariance, standardise } from '../estimators/statistics.ts';
import { vtrace } from '../estimators/vtrace.ts';
import { approximateKl } from '../objectives/kl.ts';
import { policyGradientGradient, policyGradientLoss } from '../objectives/policy-gradient.ts';
import { valueGradient, valueLoss } from '../objectives/value.ts';
import type { Policy } from '../policy/policy.ts';
import type { Rollout } from './rollout.ts';
import { type Schedule, valueAt } from './schedule.ts';

/** Hyper-parameters of IMPALA. */
export interface ImpalaConfig {
  /** Actors, each with environments of its own, and with a thread where environments can be made in one. */
  actors: number;
  /**
   * Updates by which the weights of actors are behind at most: while the learner learns from one rollout they take the
   * next. 0 makes everybody wait for everybody.
   */
  lag: number;
  /** Steps each environment takes between two updates. */
  rolloutSteps: number;
  learningRate: Schedule;
  /** Discount per step. */
  gamma: number;
  /** Weight of later corrections in the targets. */
  lambda: number;
  /** Bound on the ratios that decide what the targets estimate; see `vtrace` for all three. */
  rhoClip: number;
  cClip: number;
  pgRhoClip: number;
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

/** Defaults: the paper's clips, and A2C's for what they share. */
export const impalaDefaults: ImpalaConfig = {
  actors: 2,
  lag: 1,
  rolloutSteps: 16,
  learningRate: 7e-4,
  gamma: 0.99,
  lambda: 1,
  rhoClip: 1,
  cClip: 1,
  pgRhoClip: 1,
  valueCoefficient: 0.5,
  entropyCoefficient: 0,
  maxGradientNorm: 0.5,
  normaliseAdvantages: false,
  adamEpsilon: 1e-5,
};

/** What one update did: means over its samples, and the schedules' values. */
export interface ImpalaMetrics {
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  /** Of the policy that acted from the one that learns. */
  approxKl: number;
  /** Importance weights clipped to `rhoClip`: 1 where the policies are one, less the further apart they are. */
  meanRho: number;
  /** Share of samples whose ratio lay above `rhoClip`. */
  clippedRatios: number;
  explainedVariance: number;
  /** Before clipping. */
  gradientNorm: number;
  learningRate: number;
  entropyCoefficient: number;
}

/**
 * The learner of IMPALA (Espeholt et al. 2018, section 4.2): one gradient step on what older policies experienced, in
 * place, with V-trace between them and the policy as it is now. The members of a team make it on the rollouts of all.
 *
 * @param rollout with tails; its values are worked out anew
 * @param progress share of the run's steps already taken, for the schedules
 */
export function impalaUpdate(policy: Policy, rollout: Rollout, config: ImpalaConfig, progress: number): ImpalaMetrics {
  const { actor, critic, distribution, model, team } = policy;
  const { valueCoefficient } = config;
  const { size, actions, values, masks, advantages, returns: targets } = rollout;
  const learningRate = valueAt(config.learningRate, progress);
  const entropyCoefficient = valueAt(config.entropyCoefficient, progress);

  const logRatios = evaluateAnew(policy, rollout);
  vtrace(rollout, logRatios, config, advantages, targets);
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

      if (masks) distribution.setMask?.(masks, sample * policy.maskSize);
      distribution.evaluate(actor.outputs, actorAt, actions, sample * distribution.actionSize);
      const dLogProb = policyGradientGradient(advantages[sample]);
      distribution.backward(dLogProb / total, -entropyCoefficient / total, actor.outputGradients, actorAt);

      const value = critic.outputs[criticAt];
      critic.outputGradients[criticAt] = (valueCoefficient * valueGradient(value, targets[sample])) / total;

      ownPolicyLoss += policyGradientLoss(distribution.logProb, advantages[sample]);
      ownValueLoss += valueLoss(value, targets[sample]);
      ownEntropy += distribution.entropy;
    }
    actor.backward(rows);
    critic.backward(rows);
  }
  distribution.setMask?.(undefined, 0);

  const [policyLoss, criticLoss, entropy, kl, rho, clipped] = sumOver(
    team,
    ...[ownPolicyLoss, ownValueLoss, ownEntropy, ...ratioSums(logRatios, config.rhoClip)],
  );
  return {
    policyLoss: policyLoss / total,
    valueLoss: criticLoss / total,
    entropy: entropy / total,
    approxKl: kl / total,
    meanRho: rho / total,
    clippedRatios: clipped / total,
    explainedVariance: explainedVariance(values, targets, size, team),
    gradientNorm: policy.optimise(learningRate, config.maxGradientNorm, config.adamEpsilon),
    learningRate,
    entropyCoefficient,
  };
}

/** Over the samples: approximate KL divergence, clipped ratio, and 1 for those that clipping has changed. */
function ratioSums(logRatios: Float64Array, rhoClip: number): [kl: number, rho: number, clipped: number] {
  let kl = 0;
  let rho = 0;
  let clipped = 0;
  for (const logRatio of logRatios) {
    const ratio = Math.exp(logRatio);
    kl += approximateKl(ratio, logRatio);
    rho += Math.min(ratio, rhoClip);
    if (ratio > rhoClip) clipped++;
  }
  return [kl, rho, clipped];
}

/** Fills in V(s_t) and V(s_t+1) as the critic has them now; returns log pi(a_t|s_t) - log mu(a_t|s_t). */
function evaluateAnew(policy: Policy, rollout: Rollout): Float64Array {
  const { actor, critic, distribution } = policy;
  const { size, numEnvs, observations, actions, masks, logProbs, values, nextValues, tails } = rollout;
  const logRatios = new Float64Array(size);
  for (let start = 0; start < size; start += policy.chunkRows) {
    const rows = Math.min(policy.chunkRows, size - start);
    policy.loadRows(observations, start, rows);
    actor.forward(rows);
    critic.forward(rows);
    for (let row = 0; row < rows; row++) {
      const sample = start + row;
      if (masks) distribution.setMask?.(masks, sample * policy.maskSize);
      distribution.evaluate(actor.outputs, row * actor.outputStride, actions, sample * distribution.actionSize);
      logRatios[sample] = distribution.logProb - logProbs[sample];
      values[sample] = critic.outputs[row * critic.outputStride];
    }
  }
  for (let sample = 0; sample + numEnvs < size; sample++) nextValues[sample] = values[sample + numEnvs];
  if (tails === undefined) throw new Error('a rollout without tails has no next values to work out anew');
  for (let start = 0; start < tails.count; start += policy.chunkRows) {
    const rows = Math.min(policy.chunkRows, tails.count - start);
    policy.loadRows(tails.observations, start, rows);
    critic.forward(rows);
    for (let row = 0; row < rows; row++) {
      nextValues[tails.entries[start + row]] = critic.outputs[row * critic.outputStride];
    }
  }
  return logRatios;
}
