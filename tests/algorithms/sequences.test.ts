import { describe, expect, test } from '@jest/globals';
import { type PpoConfig, ppoDefaults, ppoUpdate } from '../../src/algorithms/ppo.ts';
import type { Rollout } from '../../src/algorithms/rollout.ts';
import { Sequences } from '../../src/algorithms/sequences.ts';
import { Random } from '../../src/core/random.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { ACTION_SPACES, collect, createPolicy, expectGradientOf } from './fixture.ts';

function withMemory(actionSpace: Space, maxRows = 64): Policy {
  const policy = createPolicy(actionSpace, maxRows, undefined, { network: 'gru', recurrentSize: 6 });
  // The last layer starts close to zero, and then what is remembered hardly matters.
  const tensors = policy.model.getTensors();
  const { data } = tensors['actor.head.2.weight'];
  for (let i = 0; i < data.length; i++) data[i] *= 30;
  policy.model.setTensors(tensors);
  return policy;
}

const wholeBatch: PpoConfig = {
  ...ppoDefaults,
  epochs: 1,
  minibatchSize: 1000,
  entropyCoefficient: 0.03,
  maxGradientNorm: Infinity,
  normaliseAdvantages: false,
};

describe('sequences', () => {
  test('every sample comes once, and minibatches are whole sequences of one environment in time', () => {
    const rollout = collect(withMemory(new Discrete(3)), 12, 5);
    const sequences = new Sequences(withMemory(new Discrete(3)), rollout, { sequenceLength: 4, minibatchSize: 11 });
    expect([sequences.minibatchSize, sequences.chunkSize]).toEqual([8, 64]);
    sequences.shuffle(new Random(1));
    const { order } = sequences;
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    for (let k = 0; k < 60; k += 4) {
      const [first, ...others] = order.subarray(k, k + 4);
      expect(Math.floor(first / 5) % 4).toBe(0);
      expect(others).toEqual([first + 5, first + 10, first + 15]);
    }
  });

  test('a policy without memory learns from single steps, in the order in which they are drawn', () => {
    const policy = createPolicy(new Discrete(3));
    const sequences = new Sequences(policy, collect(policy, 12, 5), { sequenceLength: 4, minibatchSize: 11 });
    const order = Int32Array.from({ length: 60 }, (_, i) => i);
    new Random(1).shuffle(order);
    sequences.shuffle(new Random(1));
    expect(sequences.order).toEqual(order);
    expect(sequences.minibatchSize).toBe(11);
  });

  test('a rollout that is no whole number of them is refused', () => {
    const policy = withMemory(new Discrete(3));
    const cut = () => new Sequences(policy, collect(policy, 12, 5), { sequenceLength: 5, minibatchSize: 10 });
    expect(cut).toThrow('algorithm.rolloutSteps must be a multiple of algorithm.sequenceLength; got 12 and 5.');
  });
});

describe.each(ACTION_SPACES)('PPO with memory, %s actions', (_, actionSpace) => {
  test.each([null, 4])('in the first minibatch every ratio is exactly 1, with sequences of %s', (sequenceLength) => {
    const policy = withMemory(actionSpace);
    const rollout = collect(policy, 12, 5);
    const metrics = ppoUpdate(policy, rollout, { ...wholeBatch, sequenceLength }, 0, new Random(3));
    expect(metrics.approxKl).toBe(0);
    expect(metrics.clipFraction).toBe(0);
    // Where the states mattered not at all, this would show nothing.
    const forgetful = collect(withMemory(actionSpace), 12, 5);
    forgetful.states.fill(0);
    const without = { ...wholeBatch, sequenceLength: 4 };
    expect(ppoUpdate(withMemory(actionSpace), forgetful, without, 0, new Random(3)).approxKl).toBeGreaterThan(1e-5);
  });

  test.each([null, 4])('its gradient through time is that of the loss it reports, with sequences of %s', (length) => {
    const config = { ...wholeBatch, sequenceLength: length, learningRate: 0, valueClipRange: 5 };
    const policy = withMemory(actionSpace);
    const rollout = collect(policy, 12, 5);
    // Ratios within the clip range and beyond, none close to its ends, where the loss has a kink.
    for (let i = 0; i < rollout.size; i++) rollout.logProbs[i] += [0.1, -0.1, 0.35, -0.35][i % 4];
    const loss = (): number => {
      const { policyLoss, valueLoss, entropy } = ppoUpdate(policy, rollout, config, 0, new Random(3));
      return policyLoss + config.valueCoefficient * valueLoss - 0.03 * entropy;
    };
    loss();
    expectGradientOf(policy, loss);
  });
});

describe('PPO with memory', () => {
  const stepped = (maxRows: number, config: PpoConfig, change: (rollout: Rollout) => void = () => {}) => {
    const policy = withMemory(new Discrete(3), maxRows);
    const rollout = collect(policy, 16, 4);
    change(rollout);
    ppoUpdate(policy, rollout, config, 0, new Random(3));
    return Object.values(policy.model.getTensors()).flatMap(({ data }) => Array.from(data));
  };
  const largestDifference = (a: readonly number[], b: readonly number[]): number =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i])));

  test('chunks of a minibatch add up to the same step', () => {
    const config = { ...wholeBatch, epochs: 3, sequenceLength: 8 };
    expect(largestDifference(stepped(9, config), stepped(64, config))).toBeLessThan(1e-5);
  });

  test('where an episode ends within a sequence, it is as if the sequence ended there', () => {
    const ending = (at: number) => (rollout: Rollout) => {
      rollout.terminated.fill(0);
      rollout.truncated.fill(0);
      for (let env = 0; env < 4; env++) rollout.truncated[at * 4 + env] = 1;
      // Whatever was remembered before is of no use then.
      const width = rollout.states.length / rollout.size;
      rollout.states.fill(0, (at + 1) * 4 * width, (at + 2) * 4 * width);
    };
    const long = { ...wholeBatch, sequenceLength: 16 };
    const short = { ...wholeBatch, sequenceLength: 8 };
    expect(largestDifference(stepped(64, long, ending(7)), stepped(64, short, ending(7)))).toBeLessThan(1e-5);
    expect(largestDifference(stepped(64, long, ending(5)), stepped(64, short, ending(5)))).toBeGreaterThan(1e-5);
  });

  test('the same seed gives the same bytes', () => {
    const config = { ...ppoDefaults, sequenceLength: 4, minibatchSize: 12 };
    expect(stepped(64, config)).toEqual(stepped(64, config));
  });
});
