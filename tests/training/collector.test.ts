import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { getNormaliserState } from '../../src/policy/artefact.ts';
import { Policy, type PolicyConfig, policyDefaults } from '../../src/policy/policy.ts';
import { Collector } from '../../src/training/collector.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { signEnv } from './toy-env.ts';

const engine = createCpuEngine();

function policyFor(envs: SyncVectorEnv, config: Partial<PolicyConfig> = {}): Policy {
  return new Policy(engine, {
    config: { ...policyDefaults, hidden: [8], ...config },
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: 8,
    random: new Random(1),
  });
}

function valueAt(policy: Policy, observation: readonly number[]): number {
  const row = Float32Array.from(observation);
  policy.normalise(row, 1, row);
  policy.loadRows(row, 0, 1);
  policy.critic.forward(1);
  return policy.critic.outputs[0];
}

describe('collector', () => {
  test('a truncated step bootstraps from its own last observation, other steps from the next', async () => {
    const envs = new SyncVectorEnv(() => signEnv({ lengths: [3] }), 2);
    const policy = policyFor(envs);
    const collector = new Collector(envs, policy, { steps: 7, gamma: 0.9, random: new Random(2) });
    envs.reset({ seed: 0 });
    const lastSeen: number[][] = [];
    const step = envs.step.bind(envs);
    envs.step = (actions) => {
      step(actions);
      const ended = envs.truncated[0] === 1;
      const rows = ended ? envs.finalObservations : envs.observations;
      lastSeen.push([rows[0], rows[1]]);
    };
    const rollout = await collector.collect();
    expect([...rollout.truncated].filter((_, k) => k % 2 === 0)).toEqual([0, 0, 1, 0, 0, 1, 0]);
    for (let t = 0; t < 7; t++) expect(rollout.nextValues[2 * t]).toBe(valueAt(policy, lastSeen[t]));
    // The last observation of an episode of three steps, not the first of the next.
    expect(lastSeen[2][1]).toBe(3);
  });

  test('counts returns and lengths of whole episodes, across rollouts', async () => {
    const envs = new SyncVectorEnv(() => signEnv({ lengths: [5], terminates: true }), 1);
    const collector = new Collector(envs, policyFor(envs), { steps: 4, gamma: 0.9, random: new Random(2) });
    envs.reset({ seed: 0 });
    let reward = 0;
    for (let round = 0; round < 5; round++) {
      const { rewards } = await collector.collect();
      reward += rewards.reduce((sum, r) => sum + r, 0);
    }
    expect(collector.episodes.finished).toBe(4);
    expect(collector.episodes.summary().lengthMean).toBe(5);
    expect(collector.episodes.summary().returnMean).toBeCloseTo(reward / 4, 12);
  });

  test('publishes the mean of each signal over the rollout', async () => {
    const envs = new SyncVectorEnv(() => signEnv({ lengths: [4] }), 2);
    const collector = new Collector(envs, policyFor(envs), { steps: 8, gamma: 0.9, random: new Random(2) });
    envs.reset({ seed: 0 });
    await collector.collect();
    expect(collector.signalMeans[0]).toBeCloseTo(2.5, 12);
  });
});

describe('evaluation', () => {
  test('every environment contributes its share, so that short episodes are not favoured', async () => {
    // One environment plays episodes of 2 steps, the other of 50.
    const envs = new SyncVectorEnv((i) => signEnv({ lengths: [i === 0 ? 2 : 50] }), 2);
    const { lengths, episodes } = await evaluate(policyFor(envs), envs, 5, 0);
    expect(episodes).toBe(5);
    expect(lengths.sort((a, b) => a - b)).toEqual([2, 2, 2, 50, 50]);
  });

  test('leaves the normalisers as they are', async () => {
    const envs = new SyncVectorEnv(() => signEnv(), 2);
    const policy = policyFor(envs, { normaliseObservations: true, normaliseRewards: true });
    const before = getNormaliserState(policy);
    await evaluate(policy, envs, 4, 0);
    expect(getNormaliserState(policy)).toEqual(before);
    expect(before.observations).toBeDefined();
  });
});
