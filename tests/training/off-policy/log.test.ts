import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../src/core/random.ts';
import { SyncVectorEnv } from '../../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../../src/policy/policy.ts';
import { cutToHorizon } from '../../../src/training/off-policy/episode-log.ts';
import { readEpisodeLog } from '../../../src/training/off-policy/read-log.ts';
import { recordEpisodes } from '../../../src/training/off-policy/record.ts';
import { episodeLogCsv, episodeLogJsonLines } from '../../../src/training/off-policy/write-log.ts';
import { signEnv } from '../toy-env.ts';

const shape = { observationSize: 2, actionSize: 1, choices: [2], maskSize: 2 };
const continuous = { observationSize: 2, actionSize: 1, choices: undefined, maskSize: 0 };

const header = 'episode,step,observation_0,observation_1,action,reward,terminated,truncated,propensity';
const csv = (...rows: string[]) => [header, ...rows].join('\n');
const good = ['a,0,0.5,1,0,1,0,0,0.5', 'a,1,0.25,2,1,-1.5,1,0,0.25', 'b,0,-1,0,1,2,false,true,1'];

describe('a log as a table', () => {
  test('is read as it stands', () => {
    const log = readEpisodeLog(csv(...good), shape, 'log.csv');
    expect(Array.from(log.starts)).toEqual([0, 2, 3]);
    expect(Array.from(log.observations)).toEqual([0.5, 1, 0.25, 2, -1, 0]);
    expect(Array.from(log.actions)).toEqual([0, 1, 1]);
    expect(Array.from(log.rewards)).toEqual([1, -1.5, 2]);
    expect(Array.from(log.logProbs)).toEqual([Math.log(0.5), Math.log(0.25), 0]);
    expect([Array.from(log.terminated), Array.from(log.truncated)]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test('may have its columns in any order, and others beside them', () => {
    const swapped = 'logProb,note,truncated,terminated,reward,action_0,observation_1,observation_0,step,episode';
    const log = readEpisodeLog(`${swapped}\n-0.5,calm,1,0,3,1,7,6,0,x\n`, shape, 'log.csv');
    expect(Array.from(log.observations)).toEqual([6, 7]);
    expect(Array.from(log.logProbs)).toEqual([-0.5]);
  });

  test.each([
    [csv('a,0,0.5,x,0,1,0,0,0.5'), "log.csv, line 2, column observation_1: expected a number, but found 'x'"],
    [csv('a,0,NaN,1,0,1,0,0,0.5'), "line 2, column observation_0: expected a number, but found 'NaN'"],
    [csv(good[0], 'a,1,0.5,1,0,,0,0,0.5'), 'line 3, column reward: expected a number, but found nothing'],
    [csv(good[0], 'a,1,0.5,1,0,1'), 'line 3: expected 9 cells as in the header, but there are 6'],
    [csv('a,0,0.5,1,2,1,0,0,0.5'), 'line 2, action: expected a choice from 0 to 1, but found 2'],
    [csv('a,0,0.5,1,0.5,1,0,0,0.5'), 'line 2, action: expected a choice from 0 to 1, but found 0.5'],
    [csv('a,0,0.5,1,0,1,2,0,0.5'), 'column terminated: expected 0 or 1'],
    [csv('a,0,0.5,1,0,1,0,0,0'), 'column propensity: an action of probability 0 cannot have been taken'],
    [csv('a,0,0.5,1,0,1,0,0,1.5'), 'expected a probability, above 0 and at most 1, but found 1.5'],
    [csv('a,0,0.5,1,0,1,0,0,-0.5'), 'expected a probability, above 0 and at most 1, but found -0.5'],
    [csv('a,1,0.5,1,0,1,0,0,0.5'), 'line 2, column step: episode a begins with step 1. Expected 0'],
    [csv(good[0], 'a,2,0.5,1,0,1,0,0,0.5'), 'line 3, column step: expected step 1 of episode a, but found 2'],
    [csv(good[0], good[2], 'a,1,0.5,1,0,1,0,0,0.5'), 'line 4: episode a was interrupted by another'],
    [csv(good[0], good[1], 'a,2,0.5,1,0,1,0,0,0.5'), 'line 4: episode a goes on after it was terminated'],
    [csv(), 'has a header but no steps'],
    ['', 'log.csv is empty. Expected a header'],
    [header.replace(',propensity', ''), "there is no column 'logProb' or 'propensity'"],
    [`${header},logProb`, "both 'logProb' and 'propensity'"],
    [header.replace('reward', 'return'), "there is no column 'reward'; found episode, step"],
    [
      header.replace(',observation_1', ''),
      'the policy has 2 observation numbers, so expected observation_0, observation_1',
    ],
    [
      header.replace('observation_1', 'observation_1,observation_2'),
      'but found observation_0, observation_1, observation_2',
    ],
    [header.replace('observation_1', 'observation_2'), "there is no column 'observation_1'"],
    [`${header},reward`, "the column 'reward' is there twice"],
    [`${csv('a,0,0.5,1,0,1,0,0,0.1').replace('propensity', 'logProb')}`, 'a choice cannot have log-probability 0.1'],
  ])('that cannot be is refused: %#', (text, message) => {
    expect(() => readEpisodeLog(text, shape, 'log.csv')).toThrow(message);
  });

  test('of continuous actions may hold any density above 0', () => {
    const log = readEpisodeLog(csv('a,0,0.5,1,0.75,1,0,1,2.5'), continuous, 'log.csv');
    expect(log.logProbs[0]).toBeCloseTo(Math.log(2.5), 12);
    expect(log.actions[0]).toBe(0.75);
    expect(() => readEpisodeLog(csv('a,0,0.5,1,0.75,1,0,1,-1'), continuous, 'log.csv')).toThrow('expected a density');
  });

  test('tells which choices were allowed', () => {
    const masked = csv('a,0,0.5,1,1,1,0,1,1').replace('propensity', 'propensity,mask_0,mask_1');
    expect(Array.from(readEpisodeLog(`${masked},0,1`, shape, 'log.csv').masks ?? [])).toEqual([0, 1]);
    expect(() => readEpisodeLog(`${masked},1,0`, shape, 'log.csv')).toThrow('its mask does not allow it');
  });
});

describe('a log as JSON lines', () => {
  const line = (fields: object) =>
    JSON.stringify({
      ...{ episode: 7, step: 0, observation: [1, 2], action: 1, reward: 0.5, terminated: false, truncated: true },
      ...{ logProb: -0.25, ...fields },
    });

  test('is read as it stands', () => {
    const log = readEpisodeLog(`${line({})}\n${line({ episode: 8, action: [0] })}\n\n`, shape, 'log.jsonl');
    expect(Array.from(log.actions)).toEqual([1, 0]);
    expect(Array.from(log.truncated)).toEqual([1, 1]);
  });

  test.each([
    [line({ reward: null }), 'log.jsonl, line 1, field reward: expected a number, but found null'],
    [line({ observation: [1, '2'] }), 'field observation: expected a number, but found "2"'],
    [line({ observation: [1] }), 'line 1, observation: expected 2 numbers as the policy has, but found 1'],
    [line({ step: undefined }), "line 1: there is no field 'step'"],
    [line({ logProb: undefined }), "there is no field 'logProb' or 'propensity'"],
    [line({ logProb: 0.25 }), 'a choice cannot have log-probability 0.25'],
    [`${line({})}\n{"episode"`, 'line 2: expected a JSON object on each line'],
    [`${line({})}\n${line({ episode: 8, mask: [1, 1] })}`, 'line 2, mask: expected 0 numbers'],
  ])('that cannot be is refused: %#', (text, message) => {
    expect(() => readEpisodeLog(text, shape, 'log.jsonl')).toThrow(message);
  });
});

describe('recorded episodes', () => {
  const envs = () => new SyncVectorEnv(() => signEnv({ lengths: [3, 5], terminates: true }), 3, { name: 'Sign-v0' });
  const policyOf = () => {
    const { observationSpace, actionSpace } = envs();
    const config = { ...policyDefaults, hidden: [8], normaliseObservations: true };
    return new Policy(createCpuEngine(), { config, observationSpace, actionSpace, maxRows: 4, random: new Random(1) });
  };

  test('are whole, as many as asked for, and the same each time', async () => {
    const log = await recordEpisodes(policyOf(), envs(), 7, 3, new Random(3));
    // The first environment plays three episodes, the others two each.
    expect(Array.from(log.starts)).toEqual([0, 3, 8, 11, 14, 19, 22, 27]);
    expect(Array.from(log.terminated)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    // The environment pays 1 for telling the sign of what it shows.
    const right = Array.from(log.rewards, (_, t) => (log.actions[t] === (log.observations[2 * t] > 0 ? 1 : 0) ? 1 : 0));
    expect(Array.from(log.rewards)).toEqual(right);
    expect(new Set(log.actions)).toEqual(new Set([0, 1]));
    expect(await recordEpisodes(policyOf(), envs(), 7, 3, new Random(3))).toEqual(log);
  });

  test('are the same again after they were written and read', async () => {
    const log = await recordEpisodes(policyOf(), envs(), 5, 3, new Random(3));
    for (const text of [episodeLogCsv(log), episodeLogJsonLines(log)]) {
      expect(readEpisodeLog(text, shape, 'log')).toEqual(log);
    }
  });

  test('are cut where a horizon ends', async () => {
    const log = await recordEpisodes(policyOf(), envs(), 3, 3, new Random(3));
    expect(cutToHorizon(log, 5)).toEqual(log);
    const cut = cutToHorizon(log, 2);
    expect(Array.from(cut.starts)).toEqual([0, 2, 4, 6]);
    expect(Array.from(cut.terminated)).toEqual([0, 0, 0]);
    expect(Array.from(cut.truncated)).toEqual([1, 1, 1]);
    const kept = [0, 1, 3, 4, 6, 7];
    expect(Array.from(cut.rewards)).toEqual(kept.map((t) => log.rewards[t]));
    expect(Array.from(cut.observations)).toEqual(
      kept.flatMap((t) => [log.observations[2 * t], log.observations[2 * t + 1]]),
    );
  });
});
