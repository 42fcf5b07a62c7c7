import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadScenario } from '../../scenarios/load.ts';
import { prepareRun } from '../../scenarios/prepare.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { readRunConfig } from '../../src/training/run-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a run came to: its policy, and what it told of every update but the time. */
function outcomeOf(name: string): { policy: string; progress: string[][] } {
  const directory = join(folder, name);
  const rows = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
  const policy = createHash('sha256').update(readFileSync(join(directory, 'policy', 'last.safetensors')));
  return {
    policy: policy.digest('hex'),
    progress: rows.map((row) => row.split(',').filter((_, column) => column !== 2 && column !== 3)),
  };
}

function eventsOf(name: string): { event: string; text?: string; message?: string }[] {
  const lines = readFileSync(join(folder, name, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** A scenario by so many threads, with both normalisers and with a reward that is shaped. */
function setupFor(name: string, scenarioName: string, set: string[], more: Partial<RunSetup> = {}): RunSetup {
  const common = ['policy.normaliseObservations=true', 'policy.normaliseRewards=true', 'evaluation.episodes=2'];
  const scenario = loadScenario(scenarioName, { set: [...common, ...set] });
  return { ...prepareRun(scenario, { directory: join(folder, name), seed: 5, steps: 2000 }), ...more };
}

const shaped = 'shaping.terms=[{ name: calm, expression: -0.01 * abs(poleVelocity) }]';
const cases: [string, string, string[], number][] = [
  // Seven environments and minibatches that do not come out even.
  ['ppo', 'cartpole', [shaped, 'environment.numEnvs=7', 'algorithm.rolloutSteps=30', 'algorithm.epochs=3'], 2],
  [
    'ppo that keeps an entropy and stops early',
    'cartpole',
    ['algorithm.targetEntropy=0.3', 'algorithm.targetKl=0.001'],
    3,
  ],
  ['a2c', 'cartpole-a2c', [shaped, 'algorithm.normaliseAdvantages=true'], 2],
  ['ppo with memory', 'recall-cue', ['algorithm.rolloutSteps=16', 'algorithm.sequenceLength=8'], 2],
];

describe.each(cases)('%s', (name, scenario, set, threads) => {
  test(`by ${threads} threads is deterministic, and goes on after a stop to the same bytes`, async () => {
    const whole = await train(setupFor(`${name}-whole`, scenario, set, { threads }));
    expect(whole).toMatchObject({ threads, stopped: 'finished' });
    expect(readRunConfig(whole.runDirectory).threads).toBe(threads);
    const stop = new AbortController();
    const { stopped } = await train(
      setupFor(`${name}-broken`, scenario, set, {
        threads,
        signal: stop.signal,
        onProgress: ({ steps }) => steps > 900 && stop.abort(),
      }),
    );
    expect(stopped).toBe('interrupted');
    // It has as many threads as before, whatever is asked for.
    await train(setupFor(`${name}-broken`, scenario, set, { threads: 1, resume: true }));
    expect(outcomeOf(`${name}-broken`)).toEqual(outcomeOf(`${name}-whole`));
    await train(setupFor(`${name}-alone`, scenario, set));
    expect(outcomeOf(`${name}-alone`).policy).not.toBe(outcomeOf(`${name}-whole`).policy);
  });
});

test('more threads than environments are said to be, and reduced', async () => {
  const notes: string[] = [];
  const set = ['environment.numEnvs=2', 'algorithm.rolloutSteps=32'];
  const setup = setupFor('reduced', 'cartpole', set, {
    threads: 5,
    totalSteps: 64,
    onNote: (text) => notes.push(text),
  });
  expect((await train(setup)).threads).toBe(2);
  expect(notes).toEqual([expect.stringMatching(/2 threads in place of 5: .* 2 environments/)]);
  expect(eventsOf('reduced')).toContainEqual(expect.objectContaining({ event: 'note', text: notes[0] }));
});

test('an algorithm of one thread says so, and a short run does not start others by itself', async () => {
  const notes: string[] = [];
  const more = { totalSteps: 64, onNote: (text: string) => notes.push(text) };
  const reinforce = setupFor('reinforce', 'cartpole-reinforce', ['algorithm.episodes=1'], { ...more, threads: 2 });
  expect((await train(reinforce)).threads).toBe(1);
  expect(notes).toEqual([expect.stringContaining('reinforce')]);
  const set = ['environment.numEnvs=2', 'algorithm.rolloutSteps=32'];
  expect((await train(setupFor('short', 'cartpole', set, { ...more, threads: 'auto' }))).threads).toBe(1);
});

describe('a thread that', () => {
  const module = join(folder, 'envs.mjs');
  writeFileSync(
    module,
    `
const dist = ${JSON.stringify(pathToFileURL(packagePath('dist')).href)};
const { SyncVectorEnv, makeRows } = await import(dist + '/src/core/index.js');
await import(dist + '/envs/index.js');
export function makeEnvs({ failAt, how }, numEnvs) {
  const envs = new SyncVectorEnv(() => makeRows('CartPole-v1'), numEnvs);
  // The first of two threads has one, the second has two.
  if (numEnvs !== 1) return envs;
  if (failAt === 0) throw new Error('no poles left');
  const step = envs.step.bind(envs);
  let steps = 0;
  envs.step = (actions, group) => {
    if (++steps > failAt && how === 'throws') throw new Error('the pole has snapped');
    if (steps > failAt && how === 'exits') process.exit(3);
    return step(actions, group);
  };
  return envs;
}`,
  );
  const setup = (name: string, argument: unknown): RunSetup =>
    setupFor(name, 'cartpole', ['algorithm.rolloutSteps=16', 'environment.numEnvs=3'], {
      threads: 2,
      checkpoint: { everySteps: 96 },
      envModule: { module: pathToFileURL(module).href, argument },
    });

  test.each([
    ['throws', 'the pole has snapped'],
    ['exits', 'ended by itself, with code 3'],
  ])('%s stops the run with its error, and leaves the last checkpoint as it is', async (how, message) => {
    await expect(train(setup(how, { failAt: 60, how }))).rejects.toThrow(message);
    const checkpoints = readdirSync(join(folder, how, 'checkpoints'));
    expect(checkpoints.length).toBeGreaterThan(0);
    expect(eventsOf(how).at(-1)).toMatchObject({ event: 'error', message: expect.stringContaining(message) });
    // From there it goes on.
    const rest = await train({ ...setup(how, { failAt: 1e9 }), resume: true });
    expect(rest.stopped).toBe('finished');
  });

  test('cannot make its environments leaves no run behind', async () => {
    await expect(train(setup('unmade', { failAt: 0 }))).rejects.toThrow('no poles left');
    expect(readdirSync(folder)).not.toContain('unmade');
  });
});
