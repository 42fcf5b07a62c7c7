import { describe, expect, test } from '@jest/globals';
import { type PpoConfig, ppoDefaults, ppoUpdate } from '../../src/algorithms/ppo.ts';
import { createRollout, type Rollout } from '../../src/algorithms/rollout.ts';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import { createWasmEngine } from '../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';

const OBSERVATION_SIZE = 3;
const engine = createWasmEngine();

function createPolicy(actionSpace: Space, maxRows = 16): Policy {
  return new Policy(engine, {
    config: { ...policyDefaults, hidden: [9, 5] },
    observationSpace: new Box(-Infinity, Infinity, [OBSERVATION_SIZE]),
    actionSpace,
    maxRows,
    random: new Random(1),
  });
}

/** A rollout of random observations and rewards under the policy itself, truncated and terminated here and there. */
function collect(policy: Policy, steps: number, numEnvs: number): Rollout {
  const random = new Random(2);
  const { distribution, actor, critic } = policy;
  const rollout = createRollout({
    steps,
    numEnvs,
    observationSize: OBSERVATION_SIZE,
    actionSize: distribution.actionSize,
    maskSize: 0,
  });
  for (let i = 0; i < rollout.observations.length; i++) rollout.observations[i] = random.normal();
  for (let t = 0; t < steps; t++) {
    for (let i = 0; i < numEnvs; i++) policy.loadRow(rollout.observations, t * numEnvs + i, i);
    actor.forward(numEnvs);
    critic.forward(numEnvs);
    for (let i = 0; i < numEnvs; i++) {
      const at = t * numEnvs + i;
      const actionAt = at * distribution.actionSize;
      distribution.sample(actor.outputs, i * actor.outputStride, random, rollout.actions, actionAt);
      distribution.evaluate(actor.outputs, i * actor.outputStride, rollout.actions, actionAt);
      rollout.logProbs[at] = distribution.logProb;
      rollout.values[at] = critic.outputs[i * critic.outputStride];
      rollout.nextValues[at] = random.normal();
      rollout.rewards[at] = random.normal();
      rollout.terminated[at] = random.double() < 0.1 ? 1 : 0;
      rollout.truncated[at] = random.double() < 0.1 ? 1 : 0;
    }
  }
  return rollout;
}

const ACTION_SPACES: [string, Space][] = [
  ['discrete', new Discrete(3)],
  ['continuous', new Box(-1, 1, [2])],
];

describe.each(ACTION_SPACES)('PPO, %s actions', (_, actionSpace) => {
  const wholeBatch: PpoConfig = {
    ...ppoDefaults,
    epochs: 1,
    minibatchSize: 1000,
    entropyCoefficient: 0.03,
    maxGradientNorm: Infinity,
    normaliseAdvantages: false,
  };

  test('in the first minibatch every ratio is exactly 1, whatever the batch sizes of collecting and learning', () => {
    const policy = createPolicy(actionSpace);
    const rollout = collect(policy, 13, 5);
    const metrics = ppoUpdate(policy, rollout, wholeBatch, 0, new Random(3));
    expect(metrics.approxKl).toBe(0);
    expect(metrics.clipFraction).toBe(0);
    const meanAdvantage = rollout.advantages.reduce((sum, a) => sum + a, 0) / rollout.size;
    expect(metrics.policyLoss).toBeCloseTo(-meanAdvantage, 12);
  });

  test('its gradient is that of the loss it reports', () => {
    const config = { ...wholeBatch, learningRate: 0, valueClipRange: 5 };
    const policy = createPolicy(actionSpace);
    const rollout = collect(policy, 13, 5);
    // An older collecting policy, so that ratios differ from 1 and some are clipped.
    const older = new Random(4);
    for (let i = 0; i < rollout.size; i++) rollout.logProbs[i] += 0.2 * older.normal();

    const loss = (): number => {
      const { policyLoss, valueLoss, entropy } = ppoUpdate(policy, rollout, config, 0, new Random(3));
      return policyLoss + config.valueCoefficient * valueLoss - 0.03 * entropy;
    };
    loss();
    // After the first step Adam's first moment is (1 - beta1) times the gradient.
    const { firstMoments } = policy.model.getOptimiserState();
    const tensors = policy.model.getTensors();
    const step = 2 ** -8;
    for (const [name, tensor] of Object.entries(tensors)) {
      for (const i of [0, Math.floor(tensor.data.length / 2), tensor.data.length - 1]) {
        const at = (offset: number): number => {
          const moved = Float32Array.from(tensor.data);
          moved[i] += offset;
          policy.model.setTensors({ ...tensors, [name]: { shape: tensor.shape, data: moved } });
          return loss();
        };
        const slope = (at(step) - at(-step)) / (2 * step);
        expect(Math.abs(firstMoments[name].data[i] / 0.1 - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
      }
    }
  });

  test('chunks of a minibatch add up to the same step', () => {
    const stepped = [4, 64].map((maxRows) => {
      const policy = createPolicy(actionSpace, maxRows);
      const rollout = collect(policy, 16, 4);
      ppoUpdate(policy, rollout, { ...wholeBatch, epochs: 3 }, 0, new Random(3));
      return policy.model.getTensors();
    });
    for (const [name, tensor] of Object.entries(stepped[0])) {
      tensor.data.forEach((weight, i) => {
        expect(weight).toBeCloseTo(stepped[1][name].data[i], 5);
      });
    }
  });

  test('the same seed gives the same bytes', () => {
    const [one, other] = [1, 2].map(() => {
      const policy = createPolicy(actionSpace);
      const metrics = ppoUpdate(
        policy,
        collect(policy, 16, 4),
        { ...ppoDefaults, minibatchSize: 10 },
        0.3,
        new Random(3),
      );
      return { metrics, tensors: policy.model.getTensors() };
    });
    expect(other).toEqual(one);
  });
});

describe('PPO', () => {
  test('stops an update whose policy has moved too far', () => {
    const config = { ...ppoDefaults, learningRate: 0.05, minibatchSize: 8, epochs: 20 };
    const klOf = (targetKl: number | null): number => {
      const policy = createPolicy(new Discrete(3));
      return ppoUpdate(policy, collect(policy, 16, 4), { ...config, targetKl }, 0, new Random(3)).approxKl;
    };
    expect(klOf(0.01)).toBeLessThan(klOf(null) / 3);
  });

  test('schedules run in a straight line over the whole run', () => {
    const policy = createPolicy(new Discrete(3));
    const config = {
      ...ppoDefaults,
      epochs: 1,
      learningRate: { from: 1e-3, to: 0 },
      clipRange: { from: 0.3, to: 0.1 },
    };
    const metrics = ppoUpdate(policy, collect(policy, 4, 4), config, 0.75, new Random(3));
    expect(metrics.learningRate).toBeCloseTo(2.5e-4, 12);
    expect(metrics.clipRange).toBeCloseTo(0.15, 12);
  });

  test('the entropy bonus flattens a policy that nothing else moves', () => {
    const policy = createPolicy(new Discrete(3));
    const rollout = collect(policy, 32, 4);
    rollout.rewards.fill(0);
    rollout.nextValues.fill(0);
    rollout.values.fill(0);
    const config = { ...ppoDefaults, entropyCoefficient: 1, learningRate: 0.01, valueCoefficient: 0 };
    const before = ppoUpdate(policy, rollout, { ...config, epochs: 1, minibatchSize: 128 }, 0, new Random(3)).entropy;
    const after = ppoUpdate(policy, rollout, { ...config, epochs: 30 }, 0, new Random(3)).entropy;
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeCloseTo(Math.log(3), 3);
  });
});
