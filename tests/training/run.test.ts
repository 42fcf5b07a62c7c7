import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { loadPolicy } from '../../src/policy/artefact.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const makeEnvs = (): SyncVectorEnv => new SyncVectorEnv(() => signEnv({ lengths: [5, 9] }), 4, { name: 'Sign-v0' });

function setupFor(name: string, more: Partial<RunSetup> = {}): RunSetup {
  return {
    directory: join(folder, name),
    totalSteps: 4000,
    makeEnvs,
    policy: { hidden: [16], normaliseObservations: true, normaliseRewards: true },
    algorithm: { rolloutSteps: 50, learningRate: 3e-3 },
    evaluation: { episodes: 4, everySteps: 1000 },
    checkpoint: { everySteps: 200 },
    ...more,
  };
}

describe('a run', () => {
  test('learns, and leaves a policy that acts as well by itself', async () => {
    const setup = setupFor('learns', { scenario: { name: 'sign', config: { note: 'as given' } } });
    const { meanReturn, steps, stopped } = await train(setup);
    expect([steps, stopped]).toEqual([4000, 'finished']);
    // The best possible: every step of the first episode of each environment.
    expect(meanReturn).toBe(5);

    const { policy, scenario } = loadPolicy(join(setup.directory, 'policy', 'last.safetensors'), createCpuEngine());
    expect(scenario).toEqual({ note: 'as given' });
    expect((await evaluate(policy, makeEnvs(), 4, 0)).meanReturn).toBe(meanReturn);
  });

  test('records every update in its progress file, with the signals of the environment', async () => {
    const { directory } = setupFor('learns');
    const [header, ...rows] = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
    expect(header.split(',')).toEqual(expect.arrayContaining(['steps', 'returnMean', 'approxKl', 'signal/step']));
    expect(rows.length).toBe(20);
    const events = readFileSync(join(directory, 'events.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(0)).toMatchObject({ event: 'start', step: 0 });
    expect(events.at(-1)).toMatchObject({ event: 'finished', step: 4000 });
  });

  test('refuses a directory that holds a run already, and leaves it alone', async () => {
    const { directory } = setupFor('learns');
    const before = readFileSync(join(directory, 'progress.csv'), 'utf8');
    await expect(train(setupFor('learns'))).rejects.toThrow(/already holds a run.*--resume/s);
    expect(readFileSync(join(directory, 'progress.csv'), 'utf8')).toBe(before);
  });

  test('stopped by a signal it resumes to the same policy as one left alone', async () => {
    const stop = new AbortController();
    const setup = setupFor('stopped');
    const interrupted = await train({
      ...setup,
      signal: stop.signal,
      onProgress: ({ update }) => update === 7 && stop.abort(),
    });
    expect(interrupted.stopped).toBe('interrupted');
    expect(interrupted.steps).toBe(1400);
    await train({ ...setup, resume: true });
    const bytes = (name: string): Buffer => readFileSync(join(folder, name, 'policy', 'last.safetensors'));
    await train(setupFor('alone'));
    expect(bytes('stopped').equals(bytes('alone'))).toBe(true);
  });

  test('in progress is not joined by a second, and settings that do not fit leave nothing behind', async () => {
    const setup = setupFor('busy');
    let joined: Promise<unknown> | undefined;
    await train({
      ...setup,
      onProgress: () => {
        joined ??= train({ ...setup, resume: true }).catch((error) => error.message);
      },
    });
    expect(await joined).toMatch(/busy is in progress in process \d+/);

    const unfit = setupFor('unfit', { policy: { distribution: 'gaussian' } });
    await expect(train(unfit)).rejects.toThrow(/'gaussian' does not fit/);
    expect(existsSync(unfit.directory)).toBe(false);
  });

  test('passes over a damaged checkpoint, to the same policy', async () => {
    const stop = new AbortController();
    const setup = setupFor('damaged');
    await train({ ...setup, signal: stop.signal, onProgress: ({ update }) => update === 7 && stop.abort() });
    truncateSync(join(setup.directory, 'checkpoints', '1400.safetensors'), 1000);
    await train({ ...setup, resume: true });
    const bytes = (name: string): Buffer => readFileSync(join(folder, name, 'policy', 'last.safetensors'));
    expect(bytes('damaged').equals(bytes('alone'))).toBe(true);
    expect(readFileSync(join(setup.directory, 'events.jsonl'), 'utf8')).toMatch(/1400.safetensors is not a readable/);
  });

  test('that diverges names the update and keeps the checkpoint before it', async () => {
    // The learning rate starts at 0, so the first update is harmless and the second is not.
    const setup = setupFor('diverges', { algorithm: { rolloutSteps: 50, learningRate: { from: 0, to: 1e38 } } });
    await expect(train(setup)).rejects.toThrow(
      /diverged: \w+ is \S+ after update 2 \(step 400\).*checkpoint.*learningRate/s,
    );
    expect(readdirSync(join(setup.directory, 'checkpoints'))).toEqual(['200.safetensors']);
  });

  test('whose environment gives NaN names environment, step and field, and keeps its checkpoints', async () => {
    const setup = setupFor('spoilt', {
      makeEnvs: () => new SyncVectorEnv((i) => signEnv(i === 2 ? { spoil: 120 } : {}), 4, { name: 'Sign-v0' }),
      makeEvaluationEnvs: makeEnvs,
    });
    await expect(train(setup)).rejects.toThrow(/Sign-v0.*observation.*NaN/s);
    expect(readdirSync(join(setup.directory, 'checkpoints')).sort()).toEqual(['200.safetensors', '400.safetensors']);
    const last = readFileSync(join(setup.directory, 'events.jsonl'), 'utf8').trim().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ event: 'error' });
  });

  test('cannot start where a file stands in the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(train(setupFor('file/run'))).rejects.toThrow(/cannot create .*a part of this path is a file/);
  });

  test('cannot start where no folder can be made', async () => {
    // On Linux the folder exists but takes none; elsewhere it does not exist, and the root may not be written.
    await expect(train({ ...setupFor('nowhere'), directory: '/proc/upslope' })).rejects.toThrow(/cannot create \/proc/);
  });
});
