import type { Random } from '../core/random.ts';
import { sumOver } from '../core/team.ts';
import { softTarget, softValue } from '../objectives/soft-actor-critic.ts';
import { valueGradient, valueLoss } from '../objectives/value.ts';
import type { Reparameterised } from '../policy/distributions/reparameterised.ts';
import type { Policy } from '../policy/policy.ts';
import type { ReplayBatch } from './replay.ts';
import { type Schedule, valueAt } from './schedule.ts';
import { Temperature } from './temperature.ts';
import type { TwinCritics } from './twin-critics.ts';

/** Hyper-parameters of soft actor-critic, for continuous and for discrete actions. */
export interface SacConfig {
  /** Of actor, critics and temperature. */
  learningRate: Schedule;
  /** Discount per step. */
  gamma: number;
  /** How far the target networks follow the critics at every gradient step. */
  tau: number;
  /** Transitions behind one gradient step. */
  batchSize: number;
  /** Transitions kept. */
  bufferSize: number;
  /** Environment steps, all environments together, with random actions and without learning. */
  learningStarts: number;
  /** Steps each environment takes between two rounds of learning. */
  trainEvery: number;
  /** Gradient steps in a round of learning. */
  gradientSteps: number;
  /** Price of entropy; with a target entropy where it starts from. */
  entropyCoefficient: Schedule;
  /**
   * Entropy (nats) that the coefficient is moved to keep; `null` leaves it to its schedule. `auto` is minus the number of
   * action components, for discrete actions a share of the highest entropy there is.
   */
  targetEntropy: number | 'auto' | null;
  adamEpsilon: number;
}

/** Defaults: those of the paper as Stable-Baselines3 has them. */
export const sacDefaults: SacConfig = {
  learningRate: 3e-4,
  gamma: 0.99,
  tau: 0.005,
  batchSize: 256,
  bufferSize: 1_000_000,
  learningStarts: 100,
  trainEvery: 1,
  gradientSteps: 1,
  entropyCoefficient: 1,
  targetEntropy: 'auto',
  adamEpsilon: 1e-8,
};

/** What one gradient step did: means over its batch, and the schedules' values. */
export interface SacMetrics {
  policyLoss: number;
  /** Squared error of one critic, mean of both. */
  criticLoss: number;
  /** The lower critic's value of the policy's actions. */
  actionValue: number;
  entropy: number;
  learningRate: number;
  entropyCoefficient: number;
}

/** What tunes the entropy coefficient, and belongs to a run's checkpoint; `undefined` where nothing does. */
export function sacTemperature(config: SacConfig, automaticTarget: number): Temperature | undefined {
  const { targetEntropy, entropyCoefficient, learningRate } = config;
  if (targetEntropy === null) return undefined;
  return new Temperature({
    initial: valueAt(entropyCoefficient, 0) || 1,
    target: targetEntropy === 'auto' ? automaticTarget : targetEntropy,
    learningRate: valueAt(learningRate, 0),
  });
}

/**
 * Soft actor-critic for continuous actions (Haarnoja et al. 2018, "Soft actor-critic algorithms and applications",
 * algorithm 1): one gradient step of critics, actor and temperature on a batch from the replay buffer, in place. The
 * members of a team make it on the batches of all.
 *
 * @param batch its observations normalised
 * @param progress share of the run's steps already taken, for the schedules
 * @param random draws the policy's actions
 * @param temperature in place of the entropy coefficient, see `sacTemperature`
 */
export function sacUpdate(
  policy: Policy,
  twins: TwinCritics,
  batch: ReplayBatch,
  config: SacConfig,
  progress: number,
  random: Random,
  temperature?: Temperature,
): SacMetrics {
  const { actor, team } = policy;
  const distribution = policy.distribution as Reparameterised;
  const { size, observations, actions, rewards, terminated, nextObservations } = batch;
  const { noiseSize, actionSize, environmentActionSize } = distribution;
  const [critic1, critic2] = twins.critics;
  const [target1, target2] = twins.targets;
  const optimiser = {
    learningRate: valueAt(config.learningRate, progress),
    maxGradientNorm: Infinity,
    epsilon: config.adamEpsilon,
  };
  const alpha = temperature?.alpha ?? valueAt(config.entropyCoefficient, progress);

  const [total] = sumOver(team, size);
  const noise = new Float32Array(size * noiseSize);
  const stored = new Float32Array(actionSize);
  const policyActions = new Float32Array(size * environmentActionSize);
  const logProbs = new Float64Array(size);
  /** a ~ pi(.|s) for every row of states, as f(parameters, noise). */
  const act = (states: Float32Array): void => {
    for (let i = 0; i < noise.length; i++) noise[i] = random.normal();
    policy.loadRows(states, 0, size);
    actor.forward(size);
    for (let row = 0; row < size; row++) {
      distribution.transform(actor.outputs, row * actor.outputStride, noise, row * noiseSize, stored, 0);
      distribution.toEnvironment(stored, 0, policyActions, row * environmentActionSize);
      logProbs[row] = distribution.logProb;
    }
  };

  // Critics: Q_i(s, a) towards y = r + gamma (min_j Q'_j(s', a') - alpha log pi(a'|s')), with a' ~ pi(.|s').
  act(nextObservations);
  for (let row = 0; row < size; row++) {
    twins.loadRow(twins.targets, row, nextObservations, policyActions, row);
    twins.loadRow(twins.critics, row, observations, actions, row);
  }
  target1.forward(size);
  target2.forward(size);
  critic1.forward(size);
  critic2.forward(size);
  let ownCriticLoss = 0;
  for (let row = 0; row < size; row++) {
    const at = row * critic1.outputStride;
    const nextQ = Math.min(target1.outputs[at], target2.outputs[at]);
    const y = softTarget(rewards[row], config.gamma, terminated[row], softValue(nextQ, logProbs[row], alpha));
    const q1 = critic1.outputs[at];
    const q2 = critic2.outputs[at];
    critic1.outputGradients[at] = valueGradient(q1, y) / total;
    critic2.outputGradients[at] = valueGradient(q2, y) / total;
    ownCriticLoss += 0.5 * (valueLoss(q1, y) + valueLoss(q2, y));
  }
  twins.model.zeroGradients();
  critic1.backward(size);
  critic2.backward(size);
  twins.model.adamStep(optimiser);

  // Actor: up E[min_i Q_i(s, a) - alpha log pi(a|s)], with a = f(s, noise), through the critics as they are now.
  act(observations);
  for (let row = 0; row < size; row++) twins.loadRow(twins.critics, row, observations, policyActions, row);
  critic1.forward(size);
  critic2.forward(size);
  let ownValue = 0;
  let ownLogProb = 0;
  for (let row = 0; row < size; row++) {
    const at = row * critic1.outputStride;
    const q1 = critic1.outputs[at];
    const q2 = critic2.outputs[at];
    critic1.outputGradients[at] = q1 <= q2 ? -1 / total : 0;
    critic2.outputGradients[at] = q1 <= q2 ? 0 : -1 / total;
    ownValue += Math.min(q1, q2);
    ownLogProb += logProbs[row];
  }
  critic1.backward(size, true, false);
  critic2.backward(size, true, false);
  const dAction = new Float32Array(environmentActionSize);
  policy.model.zeroGradients();
  for (let row = 0; row < size; row++) {
    const at = row * actor.outputStride;
    twins.actionGradient(row, dAction);
    distribution.transform(actor.outputs, at, noise, row * noiseSize, stored, 0);
    distribution.backwardPath(dAction, 0, alpha / total, actor.outputGradients, at);
  }
  actor.backward(size);
  policy.model.adamStep(optimiser);
  distribution.project?.();

  const [criticLoss, value, logProb] = sumOver(team, ownCriticLoss, ownValue, ownLogProb);
  temperature?.update(-logProb / total);
  twins.moveTargets(config.tau);

  return {
    policyLoss: (alpha * logProb - value) / total,
    criticLoss: criticLoss / total,
    actionValue: value / total,
    entropy: -logProb / total,
    learningRate: optimiser.learningRate,
    entropyCoefficient: alpha,
  };
}
