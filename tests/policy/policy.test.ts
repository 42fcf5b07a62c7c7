import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { Policy, type PolicyConfig, policyDefaults } from '../../src/policy/policy.ts';

const raw = Float32Array.of(3, -1, 0.5);

/** The same weights, whatever else. */
function policyOf(config: Partial<PolicyConfig> = {}) {
  return new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [8], ...config },
    observationSpace: new Box(-10, 10, [3]),
    actionSpace: new Discrete(2),
    maxRows: 4,
    random: new Random(5),
  });
}

describe("a policy's value", () => {
  test('is what the critic says, by hand: two layers, tanh between them', () => {
    const policy = policyOf();
    const value = policy.value(raw);
    // Weights are inputs x outputs.
    const tensors = policy.model.getTensors();
    const [w0, b0, w1, b1] = ['0.weight', '0.bias', '1.weight', '1.bias'].map((name) => tensors[`critic.${name}`].data);
    let expected = b1[0];
    for (let h = 0; h < 8; h++) {
      let sum = b0[h];
      for (let i = 0; i < 3; i++) sum += w0[i * 8 + h] * raw[i];
      expected += w1[h] * Math.tanh(sum);
    }
    expect(value).toBeCloseTo(expected, 5);
    expect(Math.abs(value)).toBeGreaterThan(0.01);
  });

  test('is in units of the reward where rewards were normalised: times the deviation of the return', () => {
    const policy = policyOf({ normaliseRewards: true });
    policy.returnMoments!.setState({ count: 100, mean: [7], variance: [9] });
    // The mean is not taken from rewards.
    expect(policy.value(raw)).toBeCloseTo(3 * policyOf().value(raw), 5);
  });

  test('is of raw observations, which are normalised as in training, and left as they were', () => {
    const policy = policyOf({ normaliseObservations: true });
    policy.observationNormaliser!.moments.setState({ count: 100, mean: [1, -1, 0], variance: [4, 1, 0.25] });
    const before = Float32Array.from(raw);
    // (3 - 1) / 2, (-1 + 1) / 1, 0.5 / 0.5.
    expect(policy.value(raw)).toBeCloseTo(policyOf().value(Float32Array.of(1, 0, 1)), 5);
    expect(raw).toEqual(before);
  });
});
