import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../src/core/random.ts';
import { Box } from '../../../src/core/spaces/box.ts';
import { Discrete } from '../../../src/core/spaces/discrete.ts';
import { MultiDiscrete } from '../../../src/core/spaces/multi-discrete.ts';
import type { Space } from '../../../src/core/spaces/space.ts';
import { SyncVectorEnv } from '../../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../../src/policy/policy.ts';
import type { EpisodeLog } from '../../../src/training/off-policy/episode-log.ts';
import { evaluateOffPolicy } from '../../../src/training/off-policy/judge.ts';
import { policyOnLog } from '../../../src/training/off-policy/policy-on-log.ts';
import { recordEpisodes } from '../../../src/training/off-policy/record.ts';
import { signEnv } from '../toy-env.ts';

const engine = createCpuEngine();
const settings = { gamma: 0.9, horizon: Infinity, clip: 10, folds: 3, deterministic: false, seed: 0 };

function policyFor(actionSpace: Space, seed = 1): Policy {
  return new Policy(engine, {
    config: { ...policyDefaults, hidden: [6] },
    observationSpace: new Box(-Infinity, Infinity, [2]),
    actionSpace,
    maxRows: 7,
    random: new Random(seed),
  });
}

/** Episodes of 4 steps with normal observations, played by the policy; paid for the sum of the action. */
function play(policy: Policy, episodes: number): EpisodeLog {
  const random = new Random(5);
  const steps = 4 * episodes;
  const { distribution, actor } = policy;
  const { actionSize } = distribution;
  const observations = Float32Array.from({ length: 2 * steps }, () => random.normal());
  const actions = new Float32Array(steps * actionSize);
  const logProbs = new Float64Array(steps);
  const rewards = new Float64Array(steps);
  for (let t = 0; t < steps; t++) {
    policy.loadRows(observations, t, 1);
    actor.forward(1);
    distribution.sample(actor.outputs, 0, random, actions, t * actionSize);
    distribution.evaluate(actor.outputs, 0, actions, t * actionSize);
    logProbs[t] = distribution.logProb;
    for (let i = 0; i < actionSize; i++) rewards[t] += actions[t * actionSize + i];
  }
  return {
    starts: Int32Array.from({ length: episodes + 1 }, (_, e) => 4 * e),
    ...{ observations, actions, logProbs, rewards },
    terminated: new Uint8Array(episodes),
    truncated: new Uint8Array(episodes).fill(1),
  };
}

const spaces: [string, Space][] = [
  ['one choice', new Discrete(3)],
  ['several choices', new MultiDiscrete([2, 3])],
  ['continuous', new Box(-10, 10, [2])],
];

describe.each(spaces)('%s', (_, space) => {
  const policy = policyFor(space);
  const log = play(policy, 40);

  test('a policy has its own log as it is', () => {
    const { estimates, meanWeight, episodes, steps, warnings } = evaluateOffPolicy(policy, log, settings);
    expect({ episodes, steps, warnings }).toEqual({ episodes: 40, steps: 160, warnings: [] });
    const find = (wanted: string) => estimates.find(({ id }) => id === wanted)!;
    for (const [id, like] of [
      ...['is', 'pdis', 'clipped'].map((id) => [id, 'logged']),
      // Their intervals are of another kind.
      ['wis', 'wpdis'],
      ['wpdis', 'wis'],
    ]) {
      const { mean, low, high, effectiveEpisodes } = find(id);
      expect(mean).toBeCloseTo(find('logged').mean, 5);
      expect([low, high].map((end) => Math.round(1e4 * end))).toEqual(
        [find(like).low, find(like).high].map((end) => Math.round(1e4 * end)),
      );
      expect(effectiveEpisodes).toBeCloseTo(40, 4);
    }
    expect(meanWeight.mean).toBeCloseTo(1, 5);
  });

  test('the model tells what another policy is paid on average, where it can hold the truth', () => {
    // Without a future the reward is all there is to know, and it is linear in the action.
    const other = policyFor(space, 2);
    const { estimates } = evaluateOffPolicy(other, log, { ...settings, gamma: 0 });
    const { distribution, actor } = other;
    const random = new Random(9);
    const action = new Float32Array(distribution.actionSize);
    const draws = 500;
    let mean = 0;
    for (let e = 0; e < 40; e++) {
      other.loadRows(log.observations, 4 * e, 1);
      actor.forward(1);
      for (let k = 0; k < draws; k++) {
        distribution.sample(actor.outputs, 0, random, action, 0);
        for (const x of action) mean += x / draws / 40;
      }
    }
    const spread = space.type === 'box' ? 0.25 : 0.05;
    for (const id of ['direct', 'dr', 'wdr']) {
      const found = estimates.find((estimate) => estimate.id === id)!.mean;
      expect(Math.abs(found - mean)).toBeLessThan(spread);
    }
  });
});

describe('what makes estimates doubtful is told', () => {
  const policy = policyFor(new Discrete(3));
  const log = play(policy, 40);
  const warningsOf = (changed: Partial<EpisodeLog>, more = {}) =>
    evaluateOffPolicy(policy, { ...log, ...changed }, { ...settings, ...more }).warnings.join('\n');

  test.each([
    [
      'probabilities that are not those of the log',
      { logProbs: log.logProbs.map((x) => x - 0.1) },
      /weights average .* where 1 is expected/,
    ],
    [
      'a policy far from that of the log',
      { logProbs: log.logProbs.map((x, t) => x - (t % 7)) },
      /40 episodes count for 5\.\d+, and step by step for 8/,
    ],
    ['episodes that break off', { truncated: new Uint8Array(40) }, /40 of 40 episodes break off/],
    [
      'few episodes',
      { starts: Int32Array.of(0, 80, 160), truncated: new Uint8Array(2).fill(1), terminated: new Uint8Array(2) },
      /are 2 episodes only/,
    ],
    [
      'episodes of different lengths',
      { starts: log.starts.map((at, e) => at + (e === 1 ? 2 : 0)) },
      /different steps, 2 to 6/,
    ],
  ])('%s', (_, changed, warning) => {
    expect(warningsOf(changed)).toMatch(warning);
  });

  test('a log that never does what the policy does', () => {
    const best = new Float32Array(1);
    // The opposite of the most likely choice, wherever it was taken.
    const actions = log.actions.map((chosen, t) => {
      policy.actDeterministically(log.observations.subarray(2 * t, 2 * t + 2), 1, best);
      return best[0] === chosen ? (chosen + 1) % 3 : chosen;
    });
    expect(warningsOf({ actions }, { deterministic: true })).toMatch(/In every episode the log does something/);
  });
});

test('the deterministic policy of choices is judged by the steps that agree with it', () => {
  const policy = policyFor(new Discrete(3));
  const log = play(policy, 40);
  const { logProbs } = policyOnLog(policy, log, true, new Random(0));
  const best = new Float32Array(1);
  const expected = Array.from(log.actions, (action, t) => {
    policy.actDeterministically(log.observations.subarray(2 * t, 2 * t + 2), 1, best);
    return best[0] === action ? 0 : -Infinity;
  });
  expect(new Set(expected)).toEqual(new Set([0, -Infinity]));
  expect(Array.from(logProbs)).toEqual(expected);
});

test('that of continuous actions is refused', () => {
  const policy = policyFor(new Box(-1, 1, [2]));
  expect(() => evaluateOffPolicy(policy, play(policy, 3), { ...settings, deterministic: true })).toThrow(
    'without --deterministic',
  );
});

test('actions on the bounds are told to have been cut', () => {
  const policy = policyFor(new Box(-1, 1, [2]));
  const log = play(policy, 40);
  const cut = { ...log, actions: log.actions.map((x) => Math.min(Math.max(x, -1), 1)) };
  expect(evaluateOffPolicy(policy, log, settings).warnings).toEqual([]);
  expect(evaluateOffPolicy(policy, cut, settings).warnings.join()).toMatch(
    /% of the action numbers lie exactly on a bound/,
  );
});

test('a policy with memory is asked about each episode from its beginning', async () => {
  const envs = () => new SyncVectorEnv(() => signEnv({ lengths: [3, 9, 5] }), 3, { name: 'Sign-v0' });
  const { observationSpace, actionSpace } = envs();
  const config = {
    ...policyDefaults,
    network: 'gru',
    hidden: [6],
    recurrentSize: 5,
    normaliseObservations: true,
  } as const;
  // Rows that episodes do not fit into: what is remembered must be carried from pass to pass.
  const policy = new Policy(engine, { config, observationSpace, actionSpace, maxRows: 4, random: new Random(1) });
  const log = await recordEpisodes(policy, envs(), 9, 3, new Random(3));
  const { logProbs } = policyOnLog(policy, log, false, new Random(0));
  for (let t = 0; t < logProbs.length; t++) expect(logProbs[t]).toBeCloseTo(log.logProbs[t], 5);
  // It does remember: the same steps in another order are other episodes.
  const { starts, observations } = log;
  const swapped = observations.slice();
  swapped.set(observations.subarray(2 * starts[1], 2 * starts[1] + 2), 2 * starts[1] + 2);
  swapped.set(observations.subarray(2 * starts[1] + 2, 2 * starts[1] + 4), 2 * starts[1]);
  const other = policyOnLog(policy, { ...log, observations: swapped }, false, new Random(0)).logProbs;
  expect(other[starts[1] + 2]).not.toBe(logProbs[starts[1] + 2]);
  expect(other[starts[2]]).toBeCloseTo(logProbs[starts[2]], 6);
});
