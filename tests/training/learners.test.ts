import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { cart, LinearQuadraticRegulator } from '../../src/lab/problems/lqr.ts';
import type { AlgorithmSetting } from '../../src/training/algorithm-setting.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-learners-'));
afterAll(() => rmSync(folder, { recursive: true }));

const signEnvs = () => new SyncVectorEnv(() => signEnv({ lengths: [5, 9] }), 4, { name: 'Sign-v0' });
const carts = () => new SyncVectorEnv(() => new LinearQuadraticRegulator(cart), 4, { maxEpisodeSteps: 20 });

const algorithms: [string, AlgorithmSetting, () => SyncVectorEnv][] = [
  ['ppo that keeps an entropy', { name: 'ppo', rolloutSteps: 25, entropyIn: 'both', targetEntropy: 0.3 }, signEnvs],
  ['a2c', { name: 'a2c', rolloutSteps: 10, learningRate: 3e-3 }, signEnvs],
  ['impala', { name: 'impala', actors: 2, lag: 1, rolloutSteps: 10, learningRate: 3e-3 }, signEnvs],
  ['reinforce', { name: 'reinforce', episodes: 8, baseline: 'scaled-value', epochs: 2, learningRate: 3e-3 }, signEnvs],
  ['pathwise', { name: 'pathwise', rolloutSteps: 15, learningRate: 3e-3 }, carts],
  // A buffer that is full and goes round before the stop.
  [
    'sac',
    { name: 'sac', batchSize: 16, bufferSize: 400, learningStarts: 50, trainEvery: 4, learningRate: 3e-3 },
    signEnvs,
  ],
];

describe.each(algorithms)('%s', (name, algorithm, makeEnvs) => {
  const setupFor = (run: string, more: Partial<RunSetup> = {}): RunSetup => ({
    directory: join(folder, `${name}-${run}`),
    totalSteps: 1500,
    seed: 3,
    makeEnvs,
    policy: { hidden: [16], normaliseObservations: true, normaliseRewards: name !== 'pathwise' },
    algorithm,
    evaluation: { episodes: 4, everySteps: 500 },
    checkpoint: { everySteps: 300 },
    ...more,
  });
  const outcomeOf = (run: string): { policy: string; progress: string[][] } => {
    const directory = join(folder, `${name}-${run}`);
    const rows = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
    return {
      policy: createHash('sha256')
        .update(readFileSync(join(directory, 'policy', 'last.safetensors')))
        .digest('hex'),
      // Without the columns that tell the time.
      progress: rows.map((row) => row.split(',').filter((_, column) => column !== 2 && column !== 3)),
    };
  };

  test('is deterministic, and goes on after a stop to the same bytes', async () => {
    await train(setupFor('whole'));
    const stop = new AbortController();
    const { stopped } = await train({
      ...setupFor('broken'),
      signal: stop.signal,
      onProgress: ({ steps }) => steps > 700 && stop.abort(),
    });
    expect(stopped).toBe('interrupted');
    await train(setupFor('broken', { resume: true }));
    expect(outcomeOf('broken')).toEqual(outcomeOf('whole'));
    await train(setupFor('other', { seed: 4 }));
    expect(outcomeOf('other').policy).not.toBe(outcomeOf('whole').policy);
  });
});

test('what cannot be differentiated is refused by the pathwise gradient, with what can', async () => {
  const setup: RunSetup = { directory: join(folder, 'refused'), totalSteps: 10, makeEnvs: signEnvs };
  await expect(train({ ...setup, algorithm: { name: 'pathwise' } })).rejects.toThrow(
    /cannot be differentiated.*upslope\/LQR-v0/,
  );
  const scaled = { ...setup, makeEnvs: carts, policy: { normaliseRewards: true } };
  await expect(train({ ...scaled, algorithm: { name: 'pathwise' } })).rejects.toThrow(/normaliseRewards/);
});
