import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { loadPolicy } from '../../src/policy/artefact.ts';
import type { AlgorithmSetting } from '../../src/training/algorithm-setting.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { aimEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-gsde-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sac: AlgorithmSetting = { name: 'sac', gamma: 0.5, batchSize: 64, learningStarts: 100, learningRate: 3e-3 };
const algorithms: [string, AlgorithmSetting, number][] = [
  ['ppo, noise held for a rollout', { name: 'ppo', rolloutSteps: 20, gamma: 0.5, learningRate: 3e-3 }, 0],
  ['ppo, noise held for 3 steps', { name: 'ppo', rolloutSteps: 20, gamma: 0.5, learningRate: 3e-3 }, 3],
  ['reinforce', { name: 'reinforce', episodes: 8 }, 2],
  ['sac, noise held until it learns', { ...sac, trainEvery: 4, gradientSteps: 4 }, 0],
  ['sac, noise held across learning', sac, 7],
];

describe.each(algorithms)('%s', (name, algorithm, noiseSteps) => {
  const setupFor = (run: string, more: Partial<RunSetup> = {}): RunSetup => ({
    directory: join(folder, `${name}-${run}`),
    totalSteps: 1600,
    seed: 3,
    makeEnvs: () => new SyncVectorEnv(() => aimEnv(), 4, { name: 'Aim-v0' }),
    policy: { hidden: [32], activation: 'relu', exploration: 'state-dependent', noiseSteps, logStdInitial: -1 },
    algorithm,
    evaluation: { episodes: 4, everySteps: 800 },
    checkpoint: { everySteps: 400 },
    ...more,
  });
  const policyOf = (run: string): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, `${name}-${run}`, 'policy', 'last.safetensors')))
      .digest('hex');

  test('is deterministic, and goes on after a stop to the same bytes', async () => {
    await train(setupFor('whole'));
    const file = join(folder, `${name}-whole`, 'policy', 'last.safetensors');
    const { logStd } = loadPolicy(file, createCpuEngine()).policy.model.getTensors();
    // Features that are never active keep theirs.
    expect(logStd.data.filter((log) => log !== -1).length).toBeGreaterThan(8);
    const stop = new AbortController();
    const { stopped } = await train({
      ...setupFor('broken'),
      signal: stop.signal,
      onProgress: ({ steps }) => steps > 700 && stop.abort(),
    });
    expect(stopped).toBe('interrupted');
    await train(setupFor('broken', { resume: true }));
    expect(policyOf('broken')).toBe(policyOf('whole'));
    await train(setupFor('other', { seed: 4 }));
    expect(policyOf('other')).not.toBe(policyOf('whole'));
  });
});

test('what is learned is the amount of noise too: it falls where it does harm', async () => {
  const directory = join(folder, 'learns');
  const { meanReturn } = await train({
    directory,
    totalSteps: 16_000,
    seed: 1,
    makeEnvs: () => new SyncVectorEnv(() => aimEnv(), 4, { name: 'Aim-v0' }),
    policy: { hidden: [32], exploration: 'state-dependent', noiseSteps: 4, logStdInitial: -1 },
    algorithm: { name: 'ppo', rolloutSteps: 64, gamma: 0.5, learningRate: 3e-3 },
    evaluation: { episodes: 4, everySteps: 16_000 },
  });
  // Standing at 0 costs about 36 an episode.
  expect(meanReturn).toBeGreaterThan(-2);
  const [header, ...rows] = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
  const column = header.split(',').indexOf('entropy');
  const entropies = rows.map((row) => Number(row.split(',')[column]));
  expect(entropies.at(-1)!).toBeLessThan(entropies[0] - 1);
});
