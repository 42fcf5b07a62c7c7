import { gae } from '../estimators/gae.ts';
import { explainedVariance } from '../estimators/statistics.ts';
import { valueGradient, valueLoss } from '../objectives/value.ts';
import type { Reparameterised } from '../policy/distributions/reparameterised.ts';
import type { Policy } from '../policy/policy.ts';
import type { Rollout, Tape } from './rollout.ts';
import { type Schedule, valueAt } from './schedule.ts';

/** Hyper-parameters of the pathwise gradient. */
export interface PathwiseConfig {
  /** Steps through which gradients flow back; beyond them the value function stands in. */
  rolloutSteps: number;
  learningRate: Schedule;
  /** Discount per step. */
  gamma: number;
  /** GAE's trade between bias (0) and variance (1), for the targets of the value function. */
  lambda: number;
  /** Weight of the squared value error. */
  valueCoefficient: number;
  /** Weight of the policy's entropy, paid like a reward. */
  entropyCoefficient: Schedule;
  /** Global norm, over actor and critic together, to which gradients are clipped. */
  maxGradientNorm: number;
  adamEpsilon: number;
}

/** Defaults: the window of SHAC, and A2C's for what they share. */
export const pathwiseDefaults: PathwiseConfig = {
  rolloutSteps: 32,
  learningRate: 2e-3,
  gamma: 0.99,
  lambda: 0.95,
  valueCoefficient: 0.5,
  entropyCoefficient: 0,
  maxGradientNorm: 1,
  adamEpsilon: 1e-5,
};

/** What one update did: means over its samples, and the schedules' values. */
export interface PathwiseMetrics {
  /** Discounted return of a window, its end included, a step. */
  windowReturn: number;
  valueLoss: number;
  entropy: number;
  explainedVariance: number;
  /** Before clipping. */
  gradientNorm: number;
  learningRate: number;
  entropyCoefficient: number;
}

/**
 * The reparameterised gradient through the environment itself (Heess et al. 2015, SVG(infinity); with windows that end
 * in the value function Xu et al. 2022, SHAC): with actions a = f(policy(s), noise) the return of a window
 *
 *     J = sum_t gamma^t r(s_t, a_t) + gamma^h V(s_h)
 *
 * is a smooth function of the policy's weights, and is climbed along dJ/ds, carried backwards from step to step:
 *
 *     dJ/da_t = dr/da + gamma ds'/da^T dJ/ds_t+1
 *     dJ/ds_t = dr/ds + gamma ds'/ds^T dJ/ds_t+1 + da/ds^T dJ/da_t
 *
 * One step, in place. A window begins anew with an episode; one cut short ends in V of its last state, one that
 * terminated in nothing.
 *
 * @param rollout with tails, its rewards as the environments gave them
 * @param progress share of the run's steps already taken, for the schedules
 */
export function pathwiseUpdate(
  policy: Policy,
  rollout: Rollout,
  tape: Tape,
  config: PathwiseConfig,
  progress: number,
): PathwiseMetrics {
  const { actor, model } = policy;
  const distribution = policy.distribution as Reparameterised;
  const { gamma } = config;
  const { steps, numEnvs, size, actions, values, rewards, advantages, returns } = rollout;
  const { stateSize } = tape.derivatives[0];
  const { noiseSize, environmentActionSize, actionSize } = distribution;
  const learningRate = valueAt(config.learningRate, progress);
  const entropyCoefficient = valueAt(config.entropyCoefficient, progress);

  gae(rollout, gamma, config.lambda, advantages, returns);
  const ends = endGradients(policy, rollout, tape);
  const discounts = windowDiscounts(rollout, gamma);

  // dJ/ds of the state after the step at hand, counted from there, for every environment.
  const dState = new Float64Array(numEnvs * stateSize);
  const dAction = new Float32Array(environmentActionSize);
  const dObservation = new Float32Array(policy.observationSize);
  let entropySum = 0;

  model.zeroGradients();
  for (let t = steps - 1; t >= 0; t--) {
    for (let start = 0; start < numEnvs; start += policy.chunkRows) {
      const rows = Math.min(policy.chunkRows, numEnvs - start);
      policy.loadRows(rollout.observations, t * numEnvs + start, rows);
      actor.forward(rows);

      for (let row = 0; row < rows; row++) {
        const env = start + row;
        const at = t * numEnvs + env;
        const actorAt = row * actor.outputStride;
        followEnd(rollout, at, ends, dState, env, stateSize);
        for (let k = 0; k < stateSize; k++) dState[env * stateSize + k] *= gamma;
        tape.derivatives[env].backwardStep(
          tape.states,
          at * stateSize,
          tape.actions,
          at * environmentActionSize,
          1,
          dState,
          env * stateSize,
          dState,
          env * stateSize,
          dAction,
          0,
        );

        const weight = discounts[at] / size;
        for (let k = 0; k < environmentActionSize; k++) dAction[k] *= -weight;
        distribution.transform(actor.outputs, actorAt, tape.noises, at * noiseSize, actions, at * actionSize);
        distribution.backwardPath(dAction, 0, entropyCoefficient * weight, actor.outputGradients, actorAt);
        entropySum -= distribution.logProb;
      }
      actor.backward(rows, true);

      for (let row = 0; row < rows; row++) {
        const env = start + row;
        const at = t * numEnvs + env;
        // Without a discount to undo (gamma 0) nothing is carried back either.
        const toReturn = discounts[at] === 0 ? 0 : -size / discounts[at];
        const from = row * actor.inputStride;
        for (let k = 0; k < dObservation.length; k++) dObservation[k] = actor.inputGradients[from + k] * toReturn;
        policy.observationNormaliser?.backward(rollout.observations, at * dObservation.length, dObservation, 1);
        const { derivatives, states } = tape;
        derivatives[env].backwardObservation(states, at * stateSize, dObservation, 0, dState, env * stateSize);
      }
    }
  }
  const valueLossSum = fitValues(policy, rollout, config.valueCoefficient);

  return {
    windowReturn: rewards.reduce((sum, reward, at) => sum + discounts[at] * reward, 0) / size,
    valueLoss: valueLossSum / size,
    entropy: entropySum / size,
    explainedVariance: explainedVariance(values, returns, size),
    gradientNorm: policy.optimise(learningRate, config.maxGradientNorm, config.adamEpsilon),
    learningRate,
    entropyCoefficient,
  };
}

/** dV/ds where windows end, by the entry of their last step: entries x stateSize. */
interface EndGradients {
  /** Row of each entry in `gradients`; -1 for steps that end no window. */
  rows: Int32Array;
  gradients: Float64Array;
}

function endGradients(policy: Policy, { size, tails }: Rollout, tape: Tape): EndGradients {
  if (tails === undefined) throw new Error('a rollout without tails has no ends to differentiate');
  const { critic, observationSize } = policy;
  const { stateSize } = tape.derivatives[0];
  const rowsByEntry = new Int32Array(size).fill(-1);
  const gradients = new Float64Array(tails.count * stateSize);
  const dObservation = new Float32Array(observationSize);
  const numEnvs = tape.derivatives.length;
  for (let start = 0; start < tails.count; start += policy.chunkRows) {
    const rows = Math.min(policy.chunkRows, tails.count - start);
    policy.loadRows(tails.observations, start, rows);
    critic.forward(rows);
    for (let row = 0; row < rows; row++) critic.outputGradients[row * critic.outputStride] = 1;
    critic.backward(rows, true, false);
    for (let row = 0; row < rows; row++) {
      const k = start + row;
      const env = tails.entries[k] % numEnvs;
      const from = row * critic.inputStride;
      for (let i = 0; i < observationSize; i++) dObservation[i] = critic.inputGradients[from + i];
      policy.observationNormaliser?.backward(tails.observations, k * observationSize, dObservation, 1);
      const { derivatives, tailStates } = tape;
      derivatives[env].backwardObservation(tailStates, k * stateSize, dObservation, 0, gradients, k * stateSize);
      rowsByEntry[tails.entries[k]] = k;
    }
  }
  return { rows: rowsByEntry, gradients };
}

/** Puts the end of a window in place of what follows a step, where one ends with it. */
function followEnd(
  { terminated }: Rollout,
  at: number,
  { rows, gradients }: EndGradients,
  dState: Float64Array,
  env: number,
  stateSize: number,
): void {
  const row = rows[at];
  if (row < 0 && !terminated[at]) return;
  for (let k = 0; k < stateSize; k++) dState[env * stateSize + k] = row < 0 ? 0 : gradients[row * stateSize + k];
}

/** gamma to the steps since the window began, or the episode within it. */
function windowDiscounts({ steps, numEnvs, terminated, truncated }: Rollout, gamma: number): Float64Array {
  const discounts = new Float64Array(steps * numEnvs).fill(1);
  for (let at = numEnvs; at < discounts.length; at++) {
    const before = at - numEnvs;
    if (!terminated[before] && !truncated[before]) discounts[at] = gamma * discounts[before];
  }
  return discounts;
}

/** Adds the critic's gradient towards the lambda-returns; returns the sum of its losses. */
function fitValues(policy: Policy, { size, observations, returns }: Rollout, coefficient: number): number {
  const { critic } = policy;
  let lossSum = 0;
  for (let start = 0; start < size; start += policy.chunkRows) {
    const rows = Math.min(policy.chunkRows, size - start);
    policy.loadRows(observations, start, rows);
    critic.forward(rows);
    for (let row = 0; row < rows; row++) {
      const at = row * critic.outputStride;
      const value = critic.outputs[at];
      critic.outputGradients[at] = (coefficient * valueGradient(value, returns[start + row])) / size;
      lossSum += valueLoss(value, returns[start + row]);
    }
    critic.backward(rows);
  }
  return lossSum;
}
