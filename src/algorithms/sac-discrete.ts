import { sumOver } from '../core/team.ts';
import {
  entropyOf,
  expectedSoftValue,
  expectedSoftValueGradient,
  logSoftmax,
  softTarget,
} from '../objectives/soft-actor-critic.ts';
import { valueGradient, valueLoss } from '../objectives/value.ts';
import type { Policy } from '../policy/policy.ts';
import type { ReplayBatch } from './replay.ts';
import type { SacConfig, SacMetrics } from './sac.ts';
import { valueAt } from './schedule.ts';
import type { Temperature } from './temperature.ts';
import type { TwinCritics } from './twin-critics.ts';

/**
 * Share of the highest entropy, log n, that the policy is to keep by default. The paper's 0.98 keeps a policy all but
 * uniform: of two choices neither may then be taken more often than seven times in twelve.
 */
export const TARGET_ENTROPY_SHARE = 0.3;

/**
 * Soft actor-critic for discrete actions (Christodoulou 2019, "Soft actor-critic for discrete action settings"): as for
 * continuous ones, with expectations over all choices in place of samples. One gradient step, in place; the members of a
 * team make it on the batches of all.
 *
 * @param batch its observations normalised
 * @param progress share of the run's steps already taken, for the schedules
 * @param temperature in place of the entropy coefficient, see `sacTemperature`
 */
export function sacDiscreteUpdate(
  policy: Policy,
  twins: TwinCritics,
  batch: ReplayBatch,
  config: SacConfig,
  progress: number,
  temperature?: Temperature,
): SacMetrics {
  const { actor, team } = policy;
  const { size, observations, actions, rewards, terminated, nextObservations } = batch;
  const [critic1, critic2] = twins.critics;
  const [target1, target2] = twins.targets;
  const choices = policy.distribution.parameterSize;
  const stride = critic1.outputStride;
  const optimiser = {
    learningRate: valueAt(config.learningRate, progress),
    maxGradientNorm: Infinity,
    epsilon: config.adamEpsilon,
  };
  const alpha = temperature?.alpha ?? valueAt(config.entropyCoefficient, progress);
  const [total] = sumOver(team, size);
  const logProbs = new Float64Array(choices);
  const q = new Float64Array(choices);

  // Critics: Q_i(s, a) towards y = r + gamma sum_a' pi(a'|s') (min_j Q'_j(s', a') - alpha log pi(a'|s')).
  policy.loadRows(nextObservations, 0, size);
  for (let row = 0; row < size; row++) {
    twins.loadRow(twins.targets, row, nextObservations, actions, row);
    twins.loadRow(twins.critics, row, observations, actions, row);
  }
  actor.forward(size);
  target1.forward(size);
  target2.forward(size);
  critic1.forward(size);
  critic2.forward(size);
  let ownCriticLoss = 0;
  for (let row = 0; row < size; row++) {
    const at = row * stride;
    logSoftmax(actor.outputs, row * actor.outputStride, choices, logProbs);
    for (let i = 0; i < choices; i++) q[i] = Math.min(target1.outputs[at + i], target2.outputs[at + i]);
    const y = softTarget(rewards[row], config.gamma, terminated[row], expectedSoftValue(logProbs, q, alpha));
    const chosen = at + actions[row];
    const q1 = critic1.outputs[chosen];
    const q2 = critic2.outputs[chosen];
    for (let i = 0; i < choices; i++) {
      const picked = i === actions[row];
      critic1.outputGradients[at + i] = picked ? valueGradient(q1, y) / total : 0;
      critic2.outputGradients[at + i] = picked ? valueGradient(q2, y) / total : 0;
    }
    ownCriticLoss += 0.5 * (valueLoss(q1, y) + valueLoss(q2, y));
  }
  twins.model.zeroGradients();
  critic1.backward(size);
  critic2.backward(size);
  twins.model.adamStep(optimiser);

  // Actor: up sum_a pi(a|s) (min_i Q_i(s, a) - alpha log pi(a|s)), by the critics as they are now.
  policy.loadRows(observations, 0, size);
  actor.forward(size);
  critic1.forward(size);
  critic2.forward(size);
  let ownSoftValue = 0;
  let ownValue = 0;
  let ownEntropy = 0;
  for (let row = 0; row < size; row++) {
    const at = row * stride;
    const actorAt = row * actor.outputStride;
    logSoftmax(actor.outputs, actorAt, choices, logProbs);
    for (let i = 0; i < choices; i++) q[i] = Math.min(critic1.outputs[at + i], critic2.outputs[at + i]);
    const value = expectedSoftValue(logProbs, q, alpha);
    expectedSoftValueGradient(logProbs, q, alpha, value, -1 / total, actor.outputGradients, actorAt);
    const entropy = entropyOf(logProbs);
    ownSoftValue += value;
    ownValue += value - alpha * entropy;
    ownEntropy += entropy;
  }
  policy.model.zeroGradients();
  actor.backward(size);
  policy.model.adamStep(optimiser);

  const [criticLoss, softValue, actionValue, entropy] = sumOver(
    team,
    ...[ownCriticLoss, ownSoftValue, ownValue, ownEntropy],
  );
  temperature?.update(entropy / total);
  twins.moveTargets(config.tau);

  return {
    policyLoss: -softValue / total,
    criticLoss: criticLoss / total,
    actionValue: actionValue / total,
    entropy: entropy / total,
    learningRate: optimiser.learningRate,
    entropyCoefficient: alpha,
  };
}
