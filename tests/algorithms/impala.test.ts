import { expect, test } from '@jest/globals';
import { a2cDefaults, a2cUpdate } from '../../src/algorithms/a2c.ts';
import { impalaDefaults, impalaUpdate } from '../../src/algorithms/impala.ts';
import type { Rollout } from '../../src/algorithms/rollout.ts';
import { Random } from '../../src/core/random.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { Collector } from '../../src/training/collector.ts';
import { signEnv } from '../training/toy-env.ts';
import { createPolicy } from './fixture.ts';

/** Episodes of five steps that end in the first environment and are cut short in the second, with a policy's own actions. */
async function collected(): Promise<{ policy: Policy; rollout: Rollout }> {
  const envs = new SyncVectorEnv((i) => signEnv({ terminates: i === 0 }), 2);
  const policy = createPolicy(envs.actionSpace, 8, envs.observationSpace);
  const collector = new Collector(envs, policy, { steps: 13, gamma: 0.9, random: new Random(2), keepTails: true });
  envs.reset({ seed: 0 });
  return { policy, rollout: await collector.collect() };
}

const shared = { gamma: 0.9, lambda: 1, learningRate: 1e-3, entropyCoefficient: 0.01 };

test('on what the policy itself experienced, with unit clips, it takes the step of A2C', async () => {
  const [one, other] = [await collected(), await collected()];
  const { approxKl, meanRho, clippedRatios, ...metrics } = impalaUpdate(
    one.policy,
    one.rollout,
    { ...impalaDefaults, ...shared },
    0,
  );
  const expected = a2cUpdate(other.policy, other.rollout, { ...a2cDefaults, ...shared }, 0);
  expect(approxKl).toBe(0);
  expect(meanRho).toBe(1);
  expect(clippedRatios).toBe(0);
  for (const [name, value] of Object.entries(metrics)) expect(value).toBeCloseTo(expected[name as 'entropy'], 6);
  const tensors = other.policy.model.getTensors();
  for (const [name, { data }] of Object.entries(one.policy.model.getTensors())) {
    data.forEach((weight, i) => {
      expect(weight).toBeCloseTo(tensors[name].data[i], 6);
    });
  }
});

test('values are worked out anew with the weights as they are, those after a cut from the last state of its own', async () => {
  const { policy, rollout } = await collected();
  const tensors = policy.model.getTensors();
  const moved = tensors['critic.0.weight'].data.map((weight, i) => weight + 0.1 * Math.sin(i));
  policy.model.setTensors({ ...tensors, 'critic.0.weight': { ...tensors['critic.0.weight'], data: moved } });
  const before = rollout.nextValues.slice();
  impalaUpdate(policy, rollout, { ...impalaDefaults, ...shared, learningRate: 0 }, 0);

  const { observations, tails, truncated, terminated, values, nextValues, numEnvs, size } = rollout;
  const observation = (rows: Float32Array, row: number): Float32Array => rows.slice(2 * row, 2 * row + 2);
  for (let at = 0; at < size; at++) expect(values[at]).toBe(policy.value(observation(observations, at)));
  // Cut after 5 and 10 steps in the second environment; both go on at the end of the rollout.
  expect([...tails!.entries.slice(0, tails!.count)].sort((a, b) => a - b)).toEqual([9, 19, 24, 25]);
  for (let k = 0; k < tails!.count; k++) {
    const entry = tails!.entries[k];
    expect(nextValues[entry]).toBe(policy.value(observation(tails!.observations, k)));
    expect(nextValues[entry]).not.toBe(before[entry]);
  }
  for (let at = 0; at + numEnvs < size; at++) {
    if (!truncated[at] && !terminated[at]) expect(nextValues[at]).toBe(values[at + numEnvs]);
  }
});

test('tells how far the acting policy is behind', async () => {
  const { policy, rollout } = await collected();
  // As if the first half of the actions had been half as likely, and the others twice: ratios of 2 and of 1/2.
  for (let at = 0; at < rollout.size; at++) rollout.logProbs[at] -= (at < rollout.size / 2 ? 1 : -1) * Math.log(2);
  const config = { ...impalaDefaults, ...shared, learningRate: 0 };
  const { approxKl, meanRho, clippedRatios } = impalaUpdate(policy, rollout, config, 0);
  expect(clippedRatios).toBe(0.5);
  // Half of them clipped to 1.
  expect(meanRho).toBeCloseTo((1 + 0.5) / 2, 6);
  // (ratio - 1) - log ratio
  expect(approxKl).toBeCloseTo((1 - Math.log(2) + (-0.5 + Math.log(2))) / 2, 6);
  expect(impalaUpdate(policy, rollout, { ...config, rhoClip: 1.5 }, 0).meanRho).toBeCloseTo((1.5 + 0.5) / 2, 6);
});
