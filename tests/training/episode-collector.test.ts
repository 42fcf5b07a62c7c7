import { expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { EpisodeCollector } from '../../src/training/episode-collector.ts';
import { signEnv } from './toy-env.ts';

function collectorFor(envs: SyncVectorEnv, episodes: number): { collector: EpisodeCollector; policy: Policy } {
  const policy = new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [8] },
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: 8,
    random: new Random(1),
  });
  return { policy, collector: new EpisodeCollector(envs, policy, { episodes, gamma: 0.9, random: new Random(2) }) };
}

/** The second number an environment shows is the step of its episode. */
const stepsShown = (observations: Float32Array): number[] => [...observations].filter((_, k) => k % 2 === 1);

test('every environment plays the same number of whole episodes, and is heard until its last has ended', async () => {
  // Episodes of 2 and 4 steps in turn in the first environment, of 3 in the second; resets count as episodes.
  const envs = new SyncVectorEnv((i) => signEnv({ lengths: i === 0 ? [2, 4] : [3] }), 2);
  envs.reset({ seed: 0 });
  const { collector } = collectorFor(envs, 4);
  const { batch, steps } = await collector.collect();
  expect([...batch.starts]).toEqual([0, 4, 6, 9, 12]);
  expect(stepsShown(batch.observations)).toEqual([0, 1, 2, 3, 0, 1, 0, 1, 2, 0, 1, 2]);
  expect(batch.size).toBe(12);
  // Both have taken the six steps which the first needs for its two episodes.
  expect(steps).toBe(12);
  expect(collector.episodes.finished).toBe(4);
});

test('an episode cut short ends with the value of its last observation, one that ended with nothing', async () => {
  const envs = new SyncVectorEnv((i) => signEnv({ lengths: [3], terminates: i === 1 }), 2);
  const { collector, policy } = collectorFor(envs, 2);
  let last: Float32Array | undefined;
  const step = envs.step.bind(envs);
  envs.step = (actions) => {
    step(actions);
    if (envs.truncated[0]) last = envs.finalObservations.slice(0, 2);
  };
  const { batch } = await collector.collect();
  expect(batch.finalValues[0]).toBe(policy.value(last!));
  expect(batch.finalValues[1]).toBe(0);
});
