import { SyncVectorEnv } from '../../core/sync-vector-env.ts';
import { createCpuEngine } from '../../engine/wasm/engine.ts';
import { type PolicyConfig, policyDefaults } from '../../policy/policy.ts';
import type { AlgorithmSetting } from '../../training/algorithm-setting.ts';
import type { Learner } from '../../training/learner.ts';
import { createLearner } from '../../training/learners/index.ts';
import { cart, endlessCost, episodeCost, type LinearPolicy, LinearQuadraticRegulator } from './lqr.ts';
import { VectorMoments } from './vector-moments.ts';

/** Carts at once. */
export const ENVS = 16;

/** Weights from position and velocity with which every method starts: they hold the cart, at twice the cost there has to be. */
export const FIRST = Float32Array.of(-0.5, -0.8);

/** What comes of training: after each update the steps taken, the exact cost of the mean action, and its gain. */
export interface LinearTraining {
  steps: number[];
  costs: number[];
  gains: number[][][];
}

/** Trains a linear controller of the cart by an algorithm, for so many steps of all carts together. */
export async function trainLinear(
  algorithm: AlgorithmSetting,
  { seed, budget, gamma }: { seed: number; budget: number; gamma: number },
): Promise<LinearTraining> {
  const makeEnvs = () => new SyncVectorEnv(() => new LinearQuadraticRegulator(cart), ENVS, { maxEpisodeSteps: 100 });
  const learner = await open(algorithm, seed, makeEnvs, {
    // Actions without bounds, with SAC too: the optimum is linear then.
    distribution: 'gaussian',
    logStdInitial: -1,
    // Suits critics of values. The pathwise gradient differentiates rewards as they are, SAC weighs entropy against them.
    normaliseRewards: algorithm.name !== 'pathwise' && algorithm.name !== 'sac',
  });
  const found: LinearTraining = { steps: [], costs: [], gains: [] };
  for (let taken = 0; taken < budget; ) {
    taken += (await learner.learn(taken / budget)).steps;
    const controller = controllerOf(learner);
    found.steps.push(taken);
    found.costs.push(endlessCost(cart, controller, gamma));
    found.gains.push(controller.gain);
  }
  await learner.close();
  return found;
}

export interface GradientCheck {
  /** Of the mean of many gradients from the exact one, in standard errors, the largest of three weights. */
  off: number;
  /** Standard deviation of one gradient. */
  spread: number;
}

/** One update after the other, without a step, on whole episodes of `horizon` steps: its gradients against the exact one. */
export async function checkGradient(
  algorithm: AlgorithmSetting,
  seed: number,
  { horizon, deviation, rounds }: { horizon: number; deviation: number; rounds: number },
): Promise<GradientCheck> {
  const makeEnvs = () => new SyncVectorEnv(() => new LinearQuadraticRegulator(cart, horizon), ENVS);
  const learner = await open(algorithm, seed, makeEnvs, { logStdInitial: Math.log(deviation) });
  const { model } = learner.policy;
  const truth = exactGradient([...FIRST, 0], deviation, horizon).map((slope) => slope / horizon);

  const moments = new VectorMoments(truth.length);
  let before = truth.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    await learner.learn(0);
    // The learning rate is 0: Adam only gathers its first moment, 0.9 of the one before and 0.1 of the gradient.
    const { firstMoments } = model.getOptimiserState();
    const now = [...firstMoments['actor.0.weight'].data, ...firstMoments['actor.0.bias'].data];
    moments.add(now.map((value, i) => (value - 0.9 * before[i]) / 0.1));
    before = now;
  }
  await learner.close();
  return { off: moments.largestDeviation(truth), spread: Math.sqrt(moments.totalVariance) };
}

/** A learner whose policy is linear, and begins at `FIRST`. */
async function open(
  algorithm: AlgorithmSetting,
  seed: number,
  makeEnvs: () => SyncVectorEnv,
  policy: Partial<PolicyConfig>,
): Promise<Learner> {
  const learner = await createLearner(algorithm, {
    seed,
    engine: createCpuEngine(),
    policy: { ...policyDefaults, hidden: [], criticHidden: [64, 64], ...policy },
    openEnvs: async () => makeEnvs(),
    maxRows: ENVS,
  });
  const { model } = learner.policy;
  const tensors = model.getTensors();
  model.setTensors({ ...tensors, 'actor.0.weight': { ...tensors['actor.0.weight'], data: FIRST } });
  await learner.start();
  return learner;
}

/** A linear policy's mean action as a controller. */
function controllerOf({ policy }: Learner): LinearPolicy {
  const tensors = policy.model.getTensors();
  return {
    gain: [[...tensors['actor.0.weight'].data].map((weight) => -weight)],
    bias: [...tensors['actor.0.bias'].data],
    deviation: 0,
  };
}

/** d cost / d [weights, bias], by differences of the exact cost. */
function exactGradient(parameters: readonly number[], deviation: number, horizon: number): number[] {
  const cost = ([position, velocity, bias]: readonly number[]): number =>
    episodeCost(cart, { gain: [[-position, -velocity]], bias: [bias], deviation }, horizon);
  return parameters.map((_, i) => {
    const moved = (by: number) => parameters.map((value, k) => (k === i ? value + by : value));
    return (cost(moved(1e-5)) - cost(moved(-1e-5))) / 2e-5;
  });
}
