import { describe, expect, test } from '@jest/globals';
import { createReplayBatch, ReplayBuffer } from '../../src/algorithms/replay.ts';
import { Random } from '../../src/core/random.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { ReplayCollector } from '../../src/training/replay-collector.ts';
import { signEnv } from './toy-env.ts';

function prepare(terminates: boolean) {
  const envs = new SyncVectorEnv(() => signEnv({ lengths: [3], terminates }), 2);
  const policy = new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [8], normaliseObservations: true, normaliseRewards: true },
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: 8,
    random: new Random(1),
    hasCritic: false,
  });
  const buffer = new ReplayBuffer(100, { observationSize: 2, actionSize: 1 });
  const collector = new ReplayCollector(envs, policy, { buffer, gamma: 0.9, random: new Random(2) });
  envs.reset({ seed: 0 });
  return { envs, policy, buffer, collector };
}

describe('replay collector', () => {
  test.each([true, false])(
    'an end is followed by its own last observation, episodes that terminate: %p',
    async (terminates) => {
      const { buffer, collector } = prepare(terminates);
      for (let t = 0; t < 7; t++) await collector.step(t < 3);
      const { observations, nextObservations, terminated, rewards, actions } = buffer.getTensors();
      const stepOf = (rows: Float32Array, k: number) => rows[2 * k + 1];
      expect(buffer.size).toBe(14);
      for (let t = 0; t < 7; t++) {
        const k = 2 * t;
        // Raw, whatever the normaliser: the second number counts the steps of an episode.
        expect(stepOf(observations.data, k)).toBe(t % 3);
        expect(stepOf(nextObservations.data, k)).toBe((t % 3) + 1);
        expect(terminated.data[k]).toBe(terminates && t % 3 === 2 ? 1 : 0);
        const shown = observations.data[2 * k];
        expect(rewards.data[k]).toBe(actions.data[k] === (shown > 0 ? 1 : 0) ? 1 : 0);
      }
      expect(collector.episodes.finished).toBe(4);
      expect(collector.episodes.summary().lengthMean).toBe(3);
    },
  );

  test('measures what it sees for the normalisers, the first observations included', async () => {
    const { envs, policy, buffer, collector } = prepare(false);
    for (let t = 0; t < 20; t++) await collector.step(true);
    const { data } = buffer.getTensors().observations;
    const mean = (i: number) => data.reduce((sum, x, k) => sum + (k % 2 === i ? x : 0), 0) / (data.length / 2);
    const { moments } = policy.observationNormaliser!;
    for (const i of [0, 1]) expect(moments.mean[i]).toBeCloseTo(mean(i), 4);
    expect(policy.returnMoments!.count).toBeCloseTo(40, 2);
    // Steps 1, 2, 3, 1, 2, 3, ...: 20 of them in each environment.
    expect(envs.signalNames).toEqual(['step']);
    expect(collector.signalMeans[0]).toBeCloseTo((6 * 6 + 1 + 2) / 20, 12);
    collector.restartMeans();
    await collector.step(true);
    expect(collector.signalMeans[0]).toBe(3);
  });

  test('goes on from its state as if never stopped', async () => {
    const whole = prepare(false);
    const first = prepare(false);
    for (let t = 0; t < 8; t++) for (const { collector } of [whole, first]) await collector.step(true);
    const second = prepare(true);
    await second.collector.setState(JSON.parse(JSON.stringify(first.collector.getState())));
    expect(second.collector.getState()).toEqual(whole.collector.getState());
    const batch = createReplayBatch(4, whole.buffer.shape);
    whole.buffer.sample(new Random(3), batch);
    expect(batch.rewards.every((reward) => reward === 0 || reward === 1)).toBe(true);
  });
});
