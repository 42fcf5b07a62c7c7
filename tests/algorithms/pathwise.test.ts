import { describe, expect, test } from '@jest/globals';
import { pathwiseDefaults, pathwiseUpdate } from '../../src/algorithms/pathwise.ts';
import type { Rollout, Tape } from '../../src/algorithms/rollout.ts';
import { Random } from '../../src/core/random.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { cart, LinearQuadraticRegulator } from '../../src/lab/problems/lqr.ts';
import type { Reparameterised } from '../../src/policy/distributions/reparameterised.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { Collector } from '../../src/training/collector.ts';
import { createTape } from '../../src/training/learners/differentiable.ts';
import { derivativeError } from '../derivatives.ts';

const GAMMA = 0.9;
const STEPS = 11;

/** Two carts, the episodes of one terminating after 4 steps, of the other cut short after 7. */
function carts(): SyncVectorEnv {
  const make = (i: number) => new LinearQuadraticRegulator(cart, i === 0 ? 4 : Infinity);
  return new SyncVectorEnv(make, 2, { maxEpisodeSteps: 7 });
}

async function experienced(policy: Policy): Promise<{ rollout: Rollout; tape: Tape }> {
  const envs = carts();
  const tape = createTape(envs.differentiable!, policy.distribution as Reparameterised, STEPS * 2);
  const options = { steps: STEPS, gamma: GAMMA, random: new Random(2), keepTails: true, tape };
  const collector = new Collector(envs, policy, options);
  envs.reset({ seed: 0 });
  return { rollout: await collector.collect(), tape };
}

function createPolicy(stateDependentStd: boolean): Policy {
  const envs = carts();
  return new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [6], stateDependentStd },
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: 3,
    random: new Random(1),
  });
}

/** What is climbed, told without any derivative: discounted rewards of each window and the value of its end, a step. */
function objective({ rewards, terminated, truncated, nextValues, size, numEnvs, steps }: Rollout): number {
  let sum = 0;
  for (let i = 0; i < numEnvs; i++) {
    let discount = 1;
    for (let t = 0; t < steps; t++) {
      const at = t * numEnvs + i;
      sum += discount * rewards[at];
      discount *= GAMMA;
      const ends = terminated[at] || truncated[at];
      if (!terminated[at] && (ends || t === steps - 1)) sum += discount * nextValues[at];
      if (ends) discount = 1;
    }
  }
  return sum / size;
}

test.each([false, true])(
  'the gradient is that of the windows lived again with the same noise, deviations from the network: %p',
  async (stateDependentStd) => {
    const policy = createPolicy(stateDependentStd);
    const { rollout, tape } = await experienced(policy);
    const config = { ...pathwiseDefaults, gamma: GAMMA, learningRate: 0, maxGradientNorm: Infinity };
    pathwiseUpdate(policy, rollout, tape, config, 0);
    // After the first step Adam's first moment is (1 - beta1) times the gradient of the loss, here of -objective.
    const { firstMoments } = policy.model.getOptimiserState();
    const tensors = policy.model.getTensors();
    const step = 2 ** -9;
    for (const [name, tensor] of Object.entries(tensors)) {
      if (name.startsWith('critic')) continue;
      for (const i of [0, Math.floor(tensor.data.length / 2), tensor.data.length - 1]) {
        const at = async (offset: number): Promise<number> => {
          const moved = Float32Array.from(tensor.data);
          moved[i] += offset;
          policy.model.setTensors({ ...tensors, [name]: { shape: tensor.shape, data: moved } });
          return objective((await experienced(policy)).rollout);
        };
        const slope = ((await at(step)) - (await at(-step))) / (2 * step);
        expect(-firstMoments[name].data[i] / 0.1).toBeCloseTo(slope, 3);
      }
    }
  },
);

test('without a future, gamma 0, it is the slope of the first reward of each window', async () => {
  const policy = createPolicy(false);
  const { rollout, tape } = await experienced(policy);
  const config = { ...pathwiseDefaults, gamma: 0, learningRate: 0, valueCoefficient: 0, maxGradientNorm: Infinity };
  pathwiseUpdate(policy, rollout, tape, config, 0);
  const { firstMoments } = policy.model.getOptimiserState();
  // r = -(x'Qx + u'Ru) gives dr/du = -0.2 u, and the last bias moves u by as much as itself.
  let slope = 0;
  for (let env = 0; env < 2; env++) {
    for (let t = 0; t < STEPS; t++) {
      const before = (t - 1) * 2 + env;
      const begins = t === 0 || rollout.terminated[before] || rollout.truncated[before];
      if (begins) slope -= (0.2 * tape.actions[t * 2 + env]) / rollout.size;
    }
  }
  const name = Object.keys(firstMoments).filter((key) => key.startsWith('actor') && key.endsWith('bias'))[1];
  expect(-firstMoments[name].data[0] / 0.1).toBeCloseTo(slope, 6);
});

describe('derivatives', () => {
  test('of a linear-quadratic step', () => {
    const env = new LinearQuadraticRegulator(cart);
    const observation = new Float32Array(2);
    const place = (state: Float64Array): void => {
      env.reset(3, observation);
      env.setState({ ...env.getState(), state: [...state] });
    };
    expect(derivativeError({ env, place, state: [0.7, -1.3], action: [0.5] })).toBeLessThan(1e-5);
  });
});
