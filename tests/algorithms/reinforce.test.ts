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

function logProbsOf(policy: Policy, observations: Float32Array, actions: Float32Array): Float64Array {
  const { actor, distribution } = policy;
  policy.loadRows(observations, 0, actions.length);
  actor.forward(actions.length);
  return Float64Array.from(actions, (_, t) => {
    distribution.evaluate(actor.outputs, t * actor.outputStride, actions, t);
    return distribution.logProb;
  });
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

  test('what is put back for a compatible baseline keeps the mean: every batch of three episodes enumerated', () => {
    const space = new Discrete(3);
    // Episodes of one step, each from an observation of its own: 27 batches, each with its probability.
    const drawn = collect(createPolicy(space), 3, 1);
    const mean = (
      baseline: ReinforceConfig['baseline'],
      more: Partial<ReinforceConfig> = {},
    ): Map<string, number[]> => {
      const sums = new Map<string, number[]>();
      for (let n = 0; n < 27; n++) {
        const policy = createPolicy(space);
        const actions = Float32Array.of(n % 3, Math.floor(n / 3) % 3, Math.floor(n / 9));
        const logProbs = logProbsOf(policy, drawn.observations, actions);
        const batch: EpisodeBatch = {
          ...drawn,
          actions,
          logProbs,
          rewards: Float64Array.from(actions, (action, t) => [1, -2, 4][action] + t * action),
          starts: Int32Array.of(0, 1, 2, 3),
          finalValues: new Float64Array(3),
        };
        reinforceUpdate(policy, batch, { ...config, entropyCoefficient: 0, valueCoefficient: 0, baseline, ...more }, 0);
        const probability = Math.exp(logProbs[0] + logProbs[1] + logProbs[2]);
        for (const [name, { data }] of Object.entries(policy.model.getOptimiserState().firstMoments)) {
          const sum = sums.get(name) ?? new Array<number>(data.length).fill(0);
          sums.set(
            name,
            sum.map((value, i) => value + probability * data[i]),
          );
        }
      }
      return sums;
    };
    const plain = mean('none');
    const compatible = mean('compatible');
    let size = 0;
    for (const [name, values] of plain) {
      values.forEach((value, i) => {
        expect(compatible.get(name)?.[i]).toBeCloseTo(value, 6);
        size = Math.max(size, Math.abs(value));
      });
    }
    expect(size).toBeGreaterThan(0.01);
  });

  test('a compatible baseline from no other episodes is the value function', () => {
    const policy = createPolicy(new Discrete(3));
    const batch = { ...episodesOf(policy), starts: Int32Array.of(0, 23), finalValues: Float64Array.of(0) };
    expect(lossOf(batch, policy, { baseline: 'compatible' })).toBe(lossOf(batch, policy, { baseline: 'value' }));
    // From others it is not.
    const several = episodesOf(policy);
    expect(lossOf(several, policy, { baseline: 'compatible' })).not.toBeCloseTo(
      lossOf(several, policy, { baseline: 'value' }),
      3,
    );
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
