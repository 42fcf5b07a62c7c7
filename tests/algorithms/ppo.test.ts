import { describe, expect, test } from '@jest/globals';
import { type PpoConfig, ppoDefaults, ppoTemperature, ppoUpdate } from '../../src/algorithms/ppo.ts';
import { Random } from '../../src/core/random.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import { ACTION_SPACES, collect, createPolicy, expectGradientOf } from './fixture.ts';

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
    expectGradientOf(policy, loss);
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

  test('paid in the reward, entropy is -alpha log pi of each action, before advantages are estimated', () => {
    const rollout = collect(createPolicy(new Discrete(3)), 4, 1);
    const plain = Float64Array.from(rollout.rewards);
    const config: PpoConfig = { ...ppoDefaults, entropyCoefficient: 0.5, entropyIn: 'reward', lambda: 0, gamma: 0 };
    ppoUpdate(createPolicy(new Discrete(3)), rollout, config, 0, new Random(3));
    for (let t = 0; t < 4; t++) {
      const soft = plain[t] - 0.5 * rollout.logProbs[t];
      expect(rollout.returns[t]).toBeCloseTo(soft, 12);
    }
  });

  test('a target entropy is reached and kept where rewards pull away from it', () => {
    const policy = createPolicy(new Discrete(3));
    const config: PpoConfig = {
      ...ppoDefaults,
      epochs: 4,
      minibatchSize: 128,
      learningRate: 0.01,
      entropyCoefficient: 0.1,
      targetEntropy: 0.6,
    };
    const temperature = ppoTemperature(config);
    let entropy = 0;
    for (let update = 0; update < 400; update++) {
      const rollout = collect(policy, 32, 4);
      // One choice is better than the others everywhere.
      for (let t = 0; t < rollout.size; t++) rollout.rewards[t] = rollout.actions[t] === 1 ? 1 : 0;
      rollout.terminated.fill(1);
      entropy = ppoUpdate(policy, rollout, config, 0, new Random(3), temperature).entropy;
    }
    expect(entropy).toBeGreaterThan(0.5);
    expect(entropy).toBeLessThan(0.7);
  });
});
