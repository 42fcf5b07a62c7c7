import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadScenario } from '../../scenarios/load.ts';
import { prepareRun } from '../../scenarios/prepare.ts';
import { packArrays, unpackArrays } from '../../src/core/array-json.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { AlgorithmSetting } from '../../src/training/algorithm-setting.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-actors-'));
afterAll(() => rmSync(folder, { recursive: true }));

function column(directory: string, name: string): string[] {
  const [header, ...rows] = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
  const index = header.split(',').indexOf(name);
  return rows.map((row) => row.split(',')[index]);
}

/** Hash of the policy a run ended with. */
const lastPolicy = (directory: string): string =>
  createHash('sha256')
    .update(readFileSync(join(directory, 'policy', 'last.safetensors')))
    .digest('hex');

/** CartPole by IMPALA, as a scenario makes it: with both normalisers and with a reward that is shaped. */
function cartpole(name: string, more: Partial<RunSetup> = {}): RunSetup {
  const set = [
    'policy.normaliseObservations=true',
    'policy.normaliseRewards=true',
    'shaping.terms=[{ name: calm, expression: -0.01 * abs(poleVelocity) }]',
    'evaluation.episodes=2',
  ];
  const scenario = loadScenario('cartpole-impala', { set });
  const setup = prepareRun(scenario, { directory: join(folder, name), steps: 4000, seed: 5 });
  return { ...setup, ...more };
}

test('actors in threads and in turns in one thread end in the same bytes', async () => {
  await train(cartpole('threads'));
  await train(cartpole('turns', { envModule: undefined }));
  expect(lastPolicy(join(folder, 'threads'))).toBe(lastPolicy(join(folder, 'turns')));
  expect(column(join(folder, 'threads'), 'returnMean')).toEqual(column(join(folder, 'turns'), 'returnMean'));
});

test('threads that are stopped go on to the same bytes', async () => {
  const stop = new AbortController();
  const interrupted = {
    signal: stop.signal,
    onProgress: ({ steps }: { steps: number }) => steps > 1500 && stop.abort(),
  };
  expect((await train(cartpole('stopped', interrupted))).stopped).toBe('interrupted');
  await train(cartpole('stopped', { resume: true }));
  expect(lastPolicy(join(folder, 'stopped'))).toBe(lastPolicy(join(folder, 'threads')));
});

test.each([0, 1, 3])('the lag is what it is set to, and told: %d', async (lag) => {
  const directory = join(folder, `lag-${lag}`);
  await train({
    directory,
    totalSteps: 6 * 2 * 4 * 10,
    makeEnvs: () => new SyncVectorEnv(() => signEnv(), 4),
    algorithm: { name: 'impala', actors: 2, lag, rolloutSteps: 10 },
  });
  expect(column(directory, 'lag')).toEqual([0, 1, 2, 3, 4, 5].map((update) => String(Math.min(update, lag))));
});

describe('an actor whose thread', () => {
  const module = join(folder, 'failing-envs.mjs');
  writeFileSync(
    module,
    `
const dist = ${JSON.stringify(pathToFileURL(packagePath('dist')).href)};
const { SyncVectorEnv, makeRows } = await import(dist + '/src/core/index.js');
await import(dist + '/envs/index.js');
export function makeEnvs({ failAt, how }) {
  const envs = new SyncVectorEnv(() => makeRows('CartPole-v1'), 2);
  const step = envs.step.bind(envs);
  const snap = () => {
    throw new Error('the pole has snapped');
  };
  let steps = 0;
  envs.step = (actions, group) => {
    if (++steps === failAt) {
      if (how === 'throws') snap();
      if (how === 'ends') process.exit(3);
      // A timer has its turn when the thread has nothing to do.
      if (how === 'throws while idle') setTimeout(snap, 0);
      if (how === 'ends while idle') setTimeout(() => process.exit(3), 0);
    }
    return step(actions, group);
  };
  return envs;
}`,
  );

  test.each([
    ['throws', 'the pole has snapped'],
    ['throws while idle', 'the pole has snapped'],
    ['ends', 'ended by itself, with code 3'],
    ['ends while idle', 'ended by itself, with code 3'],
  ])('%s stops the run with its error, and leaves the last checkpoint as it is', async (how, message) => {
    const setup = (failAt: number): RunSetup => {
      const envModule = { module: pathToFileURL(module).href, argument: { failAt, how } };
      const waits: AlgorithmSetting = { name: 'impala', actors: 2, lag: 0, rolloutSteps: 16 };
      return cartpole(how, {
        envModule,
        numEnvs: 2,
        algorithm: waits,
        checkpoint: { everySteps: 64 },
        totalSteps: 640,
      });
    };
    await expect(train(setup(50))).rejects.toThrow(message);
    expect(readdirSync(join(folder, how, 'checkpoints')).length).toBeGreaterThan(0);
    const events = readFileSync(join(folder, how, 'events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ event: 'error', message: expect.stringContaining(message) });
    // From there it goes on.
    expect(await train({ ...setup(-1), resume: true })).toMatchObject({ stopped: 'finished', steps: 640 });
  });
});

test('typed arrays pass through JSON to the byte', () => {
  const data = {
    list: [Float64Array.of(Number.NaN, -0, Infinity, 0.1), Uint8Array.of(1, 255)],
    deep: { floats: Float32Array.of(1 / 3), nothing: null, text: 'as it is', none: undefined },
    view: new Float32Array([1, 2, 3]).subarray(1),
  };
  expect(unpackArrays(JSON.parse(JSON.stringify(packArrays(data))))).toEqual({
    ...data,
    deep: { floats: data.deep.floats, nothing: null, text: 'as it is' },
  });
});
