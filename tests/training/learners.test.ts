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

const sac: AlgorithmSetting = {
  name: 'sac',
  batchSize: 16,
  // Full, and gone round before the stop.
  bufferSize: 400,
  learningStarts: 50,
  trainEvery: 4,
  learningRate: 3e-3,
};
const impala: AlgorithmSetting = { name: 'impala', actors: 2, lag: 1, rolloutSteps: 10, learningRate: 3e-3 };

const algorithms: [string, AlgorithmSetting, () => SyncVectorEnv, number?][] = [
  ['ppo that keeps an entropy', { name: 'ppo', rolloutSteps: 25, entropyIn: 'both', targetEntropy: 0.3 }, signEnvs],
  ['a2c', { name: 'a2c', rolloutSteps: 10, learningRate: 3e-3 }, signEnvs],
  ['impala', impala, signEnvs],
  ['reinforce', { name: 'reinforce', episodes: 8, baseline: 'scaled-value', epochs: 2, learningRate: 3e-3 }, signEnvs],
  ['pathwise', { name: 'pathwise', rolloutSteps: 15, learningRate: 3e-3 }, carts],
  ['sac', sac, signEnvs],
  // Environments that stay in this thread, and other threads that learn from what happens in them.
  ['ppo by two threads', { name: 'ppo', rolloutSteps: 25, entropyIn: 'both', targetEntropy: 0.3 }, signEnvs, 2],
  ['impala by three threads', impala, signEnvs, 3],
  ['sac by two threads', sac, signEnvs, 2],
];

describe.each(algorithms)('%s', (name, algorithm, makeEnvs, threads = 1) => {
  const setupFor = (run: string, more: Partial<RunSetup> = {}): RunSetup => ({
    directory: join(folder, `${name}-${run}`),
    totalSteps: 1500,
    seed: 3,
    makeEnvs,
    numEnvs: 4,
    threads,
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

test('a compatible baseline is refused where the information of the policy is not known', async () => {
  const setup: RunSetup = { directory: join(folder, 'uninformed'), totalSteps: 10, makeEnvs: carts };
  const algorithm = { name: 'reinforce', baseline: 'compatible' } as const;
  await expect(train({ ...setup, algorithm, policy: { distribution: 'dirichlet' } })).rejects.toThrow(
    /'compatible'.*'gaussian'.*'dirichlet'/,
  );
});
