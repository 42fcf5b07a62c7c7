import { describe, expect, test } from '@jest/globals';
import type { EpisodeBatch } from '../../src/algorithms/episode-batch.ts';
import { type ReinforceConfig, reinforceDefaults, reinforceUpdate } from '../../src/algorithms/reinforce.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { ACTION_SPACES, collect, createPolicy, expectGradientOf } from './fixture.ts';

/** Three episodes of a random rollout, the second of them cut short. */
function episodesOf(policy: Policy): EpisodeBatch {
  const rollout = collect(policy, 23, 1);
  return { ...rollout, starts: Int32Array.of(0, 6, 15, 23), finalValues: Float64Array.of(0, 1.5, 0) };
}

const config: ReinforceConfig = {
  ...reinforceDefaults,
  learningRate: 0,
  gamma: 0.9,
  entropyCoefficient: 0.03,
  maxGradientNorm: Infinity,
};

describe.each(ACTION_SPACES)('REINFORCE, %s actions', (_, actionSpace) => {
  test.each([
    { baseline: 'none', returns: 'full' },
    { baseline: 'constant', returns: 'to-go' },
    { baseline: 'value', returns: 'to-go' },
  ] as const)('its gradient is that of the loss it reports: %o', (kind) => {
    const policy = createPolicy(actionSpace);
    const batch = episodesOf(policy);
    const loss = (): number => {
      const { policyLoss, valueLoss, entropy } = reinforceUpdate(policy, batch, { ...config, ...kind }, 0);
      return policyLoss + config.valueCoefficient * valueLoss - 0.03 * entropy;
    };
    loss();
    expectGradientOf(policy, loss);
  });
});

describe('REINFORCE', () => {
  const lossOf = (batch: EpisodeBatch, policy: Policy, more: Partial<ReinforceConfig>): number =>
    reinforceUpdate(policy, batch, { ...config, entropyCoefficient: 0, ...more }, 0).policyLoss;

  test('credits an action with what its settings say', () => {
    const policy = createPolicy(new Discrete(3));
    // One episode of two steps, cut short: rewards 1 and 2, gamma 0.9, last value 10, values 0.5 and 0.25.
    const rollout = collect(policy, 2, 1);
    const batch: EpisodeBatch = {
      ...rollout,
      starts: Int32Array.of(0, 2),
      rewards: Float64Array.of(1, 2),
      values: Float64Array.of(0.5, 0.25),
      finalValues: Float64Array.of(10),
    };
    const [first, second] = batch.logProbs;
    const mean = (a: number, b: number): number => -(first * a + second * b) / 2;
    // Without a value function the episode is over: 1 + 0.9 * 2 = 2.8 and 2.
    expect(lossOf(batch, policy, { baseline: 'none' })).toBeCloseTo(mean(2.8, 2), 5);
    expect(lossOf(batch, policy, { baseline: 'none', returns: 'full' })).toBeCloseTo(mean(2.8, 2.8), 5);
    // With one it goes on: 2 + 0.9 * 10 = 11; 1 + 0.9 * 11 = 10.9.
    expect(lossOf(batch, policy, { baseline: 'value' })).toBeCloseTo(mean(10.4, 10.75), 5);
    // A single episode has no others to learn a mean or a scale from.
    expect(lossOf(batch, policy, { baseline: 'constant' })).toBeCloseTo(mean(2.8, 2), 5);
    expect(lossOf(batch, policy, { baseline: 'scaled-value' })).toBeCloseTo(mean(10.9, 11), 5);
  });

  test('weighs episodes of an older policy by their probabilities, first epoch excepted', () => {
    const policy = createPolicy(new Discrete(3));
    const batch = episodesOf(policy);
    const older = { ...batch, logProbs: batch.logProbs.map((logProb) => logProb - Math.log(1.1)) };
    const plain = { baseline: 'none', epochs: 2 } as const;
    const effective = reinforceUpdate(policy, older, { ...config, ...plain, importance: 'full' }, 0).effectiveSamples;
    // Ratios of 1.1 a step, over episodes of 6, 9 and 8 steps.
    const weights = [6, 9, 8].map((length) => 1.1 ** length);
    const sum = weights.reduce((total, w) => total + w, 0);
    const squares = weights.reduce((total, w) => total + w * w, 0);
    expect(effective).toBeCloseTo(sum ** 2 / squares / 3, 5);

    // With a clip at 1 weights above it change nothing: both epochs have the loss of the first.
    const clipped = lossOf(older, policy, { ...plain, importance: 'clipped', importanceClip: 1 });
    expect(clipped).toBeCloseTo(lossOf(batch, policy, { baseline: 'none' }), 5);
    expect(lossOf(older, policy, { ...plain, importance: 'per-decision' })).not.toBeCloseTo(clipped, 2);
  });

  test('the same batch gives the same bytes', () => {
    const [one, other] = [1, 2].map(() => {
      const policy = createPolicy(new Discrete(3));
      const metrics = reinforceUpdate(policy, episodesOf(policy), { ...reinforceDefaults, epochs: 3 }, 0.3);
      return { metrics, tensors: policy.model.getTensors() };
    });
    expect(other).toEqual(one);
  });
});
