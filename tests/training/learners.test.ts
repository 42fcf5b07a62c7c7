import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { AlgorithmSetting } from '../../src/training/learners/index.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-learners-'));
afterAll(() => rmSync(folder, { recursive: true }));

const algorithms: [string, AlgorithmSetting][] = [
  ['ppo that keeps an entropy', { name: 'ppo', rolloutSteps: 25, entropyIn: 'both', targetEntropy: 0.3 }],
  ['a2c', { name: 'a2c', rolloutSteps: 10, learningRate: 3e-3 }],
  ['impala', { name: 'impala', actors: 2, lag: 1, rolloutSteps: 10, learningRate: 3e-3 }],
  ['reinforce', { name: 'reinforce', episodes: 8, baseline: 'scaled-value', epochs: 2, learningRate: 3e-3 }],
];

describe.each(algorithms)('%s', (name, algorithm) => {
  const setupFor = (run: string, more: Partial<RunSetup> = {}): RunSetup => ({
    directory: join(folder, `${name}-${run}`),
    totalSteps: 1500,
    seed: 3,
    makeEnvs: () => new SyncVectorEnv(() => signEnv({ lengths: [5, 9] }), 4, { name: 'Sign-v0' }),
    policy: { hidden: [16], normaliseObservations: true, normaliseRewards: true },
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
