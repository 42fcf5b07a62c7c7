import { describe, expect, test } from '@jest/globals';
import { type A2cConfig, a2cDefaults, a2cUpdate } from '../../src/algorithms/a2c.ts';
import { ppoDefaults, ppoUpdate } from '../../src/algorithms/ppo.ts';
import { Random } from '../../src/core/random.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import { ACTION_SPACES, collect, createPolicy, expectGradientOf } from './fixture.ts';

const config: A2cConfig = {
  ...a2cDefaults,
  learningRate: 0,
  lambda: 0.8,
  entropyCoefficient: 0.03,
  maxGradientNorm: Infinity,
};

describe.each(ACTION_SPACES)('A2C, %s actions', (_, actionSpace) => {
  test('its gradient is that of the loss it reports', () => {
    const policy = createPolicy(actionSpace);
    const rollout = collect(policy, 13, 5);
    const loss = (): number => {
      const { policyLoss, valueLoss, entropy } = a2cUpdate(policy, rollout, config, 0);
      return policyLoss + config.valueCoefficient * valueLoss - 0.03 * entropy;
    };
    loss();
    expectGradientOf(policy, loss);
  });

  test('is the first step of PPO, whose ratio is then 1', () => {
    const shared = { gamma: 0.95, lambda: 0.8, learningRate: 1e-3, maxGradientNorm: 0.5, entropyCoefficient: 0.01 };
    const a2c = createPolicy(actionSpace);
    a2cUpdate(a2c, collect(a2c, 8, 4), { ...a2cDefaults, ...shared }, 0);
    const ppo = createPolicy(actionSpace);
    const onePass = { ...ppoDefaults, ...shared, epochs: 1, minibatchSize: 32, normaliseAdvantages: false };
    ppoUpdate(ppo, collect(ppo, 8, 4), onePass, 0, new Random(3));
    const expected = ppo.model.getTensors();
    for (const [name, { data }] of Object.entries(a2c.model.getTensors())) {
      data.forEach((weight, i) => {
        expect(weight).toBeCloseTo(expected[name].data[i], 6);
      });
    }
  });
});

test('advantages can be brought to mean 0 and deviation 1', () => {
  const policy = createPolicy(new Discrete(3));
  const rollout = collect(policy, 16, 4);
  a2cUpdate(policy, rollout, { ...config, normaliseAdvantages: true }, 0);
  const mean = rollout.advantages.reduce((sum, a) => sum + a, 0) / rollout.size;
  const variance = rollout.advantages.reduce((sum, a) => sum + (a - mean) ** 2, 0) / rollout.size;
  expect(mean).toBeCloseTo(0, 10);
  expect(variance).toBeCloseTo(1, 6);
});
