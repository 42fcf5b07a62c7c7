import type { Random } from '../core/random.ts';
import { sumOver } from '../core/team.ts';
import { gae } from '../estimators/gae.ts';
import { explainedVariance, standardiseEach } from '../estimators/statistics.ts';
import { payForEntropy } from '../objectives/entropy.ts';
import { approximateKl } from '../objectives/kl.ts';
import { ppoClipGradient, ppoClipLoss } from '../objectives/ppo-clip.ts';
import { clippedValue, clippedValueGradient, valueLoss } from '../objectives/value.ts';
import type { Policy } from '../policy/policy.ts';
import type { Rollout } from './rollout.ts';
import { type Schedule, valueAt } from './schedule.ts';
import { Sequences } from './sequences.ts';
import { Temperature } from './temperature.ts';

export const entropyPlaces = ['loss', 'reward', 'both'] as const;

/** Hyper-parameters of PPO. */
export interface PpoConfig {
  /** Steps each environment takes between two updates. */
  rolloutSteps: number;
  /** Passes over the rollout in one update. */
  epochs: number;
  /** Samples behind one optimiser step; the last minibatch of an epoch may be smaller. */
  minibatchSize: number;
  /**
   * For policies with memory: the rollout is cut into sequences of so many steps of an environment, of which minibatches
   * consist, and through which gradients flow back. `null` for the whole rollout.
   */
  sequenceLength: number | null;
  learningRate: Schedule;
  /** Discount per step. */
  gamma: number;
  /** GAE's trade between bias (0) and variance (1). */
  lambda: number;
  /** The probability ratio gains nothing by leaving [1 - clipRange, 1 + clipRange]. */
  clipRange: Schedule;
  /** Moves of the value estimate beyond this gain nothing either; `null` for no such clip. */
  valueClipRange: Schedule | null;
  /** Weight of the squared value error. */
  valueCoefficient: number;
  /** Weight of the policy's entropy, and with a target entropy where it starts from. */
  entropyCoefficient: Schedule;
  /**
   * Where entropy counts: `loss` rewards the policy for being random where it is, `reward` pays for entropy like for
   * anything else, so that the policy also goes where it can be random later (maximum-entropy reinforcement learning),
   * `both` does both.
   */
  entropyIn: (typeof entropyPlaces)[number];
  /** Entropy (nats) that the coefficient is moved to keep; `null` leaves it to its schedule. */
  targetEntropy: number | null;
  /** Global norm, over actor and critic together, to which gradients are clipped. */
  maxGradientNorm: number;
  /** Stops an update once a minibatch's approximate KL divergence exceeds 1.5 times this; `null` for never. */
  targetKl: number | null;
  /** To mean 0 and standard deviation 1 in every minibatch. */
  normaliseAdvantages: boolean;
  adamEpsilon: number;
}

/**
 * Defaults: those on which Stable-Baselines3, CleanRL and the PPO paper's code agree, and where they differ
 * Stable-Baselines3's. No value clipping and no entropy bonus, as neither helps on average (Andrychowicz et al. 2021).
 */
export const ppoDefaults: PpoConfig = {
  rolloutSteps: 256,
  epochs: 10,
  minibatchSize: 64,
  sequenceLength: null,
  learningRate: 3e-4,
  gamma: 0.99,
  lambda: 0.95,
  clipRange: 0.2,
  valueClipRange: null,
  valueCoefficient: 0.5,
  entropyCoefficient: 0,
  entropyIn: 'loss',
  targetEntropy: null,
  maxGradientNorm: 0.5,
  targetKl: null,
  normaliseAdvantages: true,
  adamEpsilon: 1e-5,
};

/** What one update did: means over its minibatches, and the schedules' values. */
export interface PpoMetrics {
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  approxKl: number;
  /** Share of samples whose ratio lay outside the clip range. */
  clipFraction: number;
  explainedVariance: number;
  /** Before clipping. */
  gradientNorm: number;
  learningRate: number;
  clipRange: number;
  entropyCoefficient: number;
}

/** What tunes the entropy coefficient, and belongs to a run's checkpoint; `undefined` where nothing does. */
export function ppoTemperature({
  entropyCoefficient,
  targetEntropy,
  learningRate,
}: PpoConfig): Temperature | undefined {
  if (targetEntropy === null) return undefined;
  const initial = valueAt(entropyCoefficient, 0) || 1;
  return new Temperature({ initial, target: targetEntropy, learningRate: valueAt(learningRate, 0) });
}

/**
 * Proximal policy optimisation with clipping (Schulman et al. 2017, algorithm 1): fits the policy to a rollout, in
 * place, and tells what happened. The members of a team fit one policy to the rollouts of all.
 *
 * @param progress share of the run's steps already taken, for the schedules
 * @param random shuffles the minibatches
 * @param temperature in place of the entropy coefficient, see `ppoTemperature`
 */
export function ppoUpdate(
  policy: Policy,
  rollout: Rollout,
  config: PpoConfig,
  progress: number,
  random: Random,
  temperature?: Temperature,
): PpoMetrics {
  const { actor, critic, distribution, model, team } = policy;
  const { valueCoefficient, maxGradientNorm, targetKl } = config;
  const { size, actions, logProbs, values, masks, returns } = rollout;
  const learningRate = valueAt(config.learningRate, progress);
  const clipRange = valueAt(config.clipRange, progress);
  const alpha = temperature?.alpha ?? valueAt(config.entropyCoefficient, progress);
  const entropyCoefficient = config.entropyIn === 'reward' ? 0 : alpha;
  const valueClipRange = config.valueClipRange === null ? Infinity : valueAt(config.valueClipRange, progress);

  if (config.entropyIn !== 'loss') payForEntropy(rollout.rewards, logProbs, alpha);
  gae(rollout, config.gamma, config.lambda, rollout.advantages, returns);

  const sequences = new Sequences(policy, rollout, config);
  const { order, starts, advantages, total, minibatchSize, chunkSize } = sequences;
  let steps = 0;
  let ownSamples = 0;
  let ownPolicyLoss = 0;
  let ownValueLoss = 0;
  let ownEntropy = 0;
  let ownKl = 0;
  let ownClipped = 0;
  let normSum = 0;

  epochs: for (let epoch = 0; epoch < config.epochs; epoch++) {
    sequences.shuffle(random);
    if (config.normaliseAdvantages) standardiseEach(advantages, starts, team);
    for (let minibatch = 0; minibatch < starts.length - 1; minibatch++) {
      const perSample = 1 / Math.min(minibatchSize, total - minibatch * minibatchSize);
      const [from, to] = [starts[minibatch], starts[minibatch + 1]];
      let minibatchKl = 0;

      model.zeroGradients();
      // Chunks that fit the cache add up to the minibatch's gradient.
      for (let start = from; start < to; start += chunkSize) {
        const rows = Math.min(chunkSize, to - start);
        sequences.load(start, rows);
        actor.forward(rows);
        critic.forward(rows);

        for (let row = 0; row < rows; row++) {
          const entry = order[start + row];
          const actorAt = row * actor.outputStride;
          const criticAt = row * critic.outputStride;
          const advantage = advantages[start + row];

          if (masks) distribution.setMask?.(masks, entry * policy.maskSize);
          distribution.evaluate(actor.outputs, actorAt, actions, entry * distribution.actionSize);
          const logRatio = distribution.logProb - logProbs[entry];
          const ratio = Math.exp(logRatio);
          const dLogProb = ppoClipGradient(ratio, advantage, clipRange);
          distribution.backward(dLogProb * perSample, -entropyCoefficient * perSample, actor.outputGradients, actorAt);

          const value = critic.outputs[criticAt];
          const dValue = clippedValueGradient(value, values[entry], returns[entry], valueClipRange);
          critic.outputGradients[criticAt] = valueCoefficient * dValue * perSample;

          ownPolicyLoss += ppoClipLoss(ratio, advantage, clipRange);
          ownValueLoss += valueLoss(clippedValue(value, values[entry], valueClipRange), returns[entry]);
          ownEntropy += distribution.entropy;
          minibatchKl += approximateKl(ratio, logRatio);
          if (Math.abs(ratio - 1) > clipRange) ownClipped++;
        }
        actor.backward(rows);
        critic.backward(rows);
      }
      ownSamples += to - from;
      ownKl += minibatchKl;
      if (targetKl !== null && sumOver(team, minibatchKl)[0] * perSample > 1.5 * targetKl) break epochs;
      normSum += policy.optimise(learningRate, maxGradientNorm, config.adamEpsilon);
      steps++;
    }
  }
  distribution.setMask?.(undefined, 0);
  const [samples, policyLoss, criticLoss, entropy, kl, clipped] = sumOver(
    team,
    ...[ownSamples, ownPolicyLoss, ownValueLoss, ownEntropy, ownKl, ownClipped],
  );
  temperature?.update(entropy / samples);

  return {
    policyLoss: policyLoss / samples,
    valueLoss: criticLoss / samples,
    entropy: entropy / samples,
    approxKl: kl / samples,
    clipFraction: clipped / samples,
    explainedVariance: explainedVariance(values, returns, size, team),
    gradientNorm: normSum / Math.max(steps, 1),
    learningRate,
    clipRange,
    entropyCoefficient: alpha,
  };
}
