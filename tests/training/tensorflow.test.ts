import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeRows } from '../../src/core/index.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine, createTensorflowEngine } from '../../src/engine/index.ts';
import '../../envs/index.ts';
import { cart, LinearQuadraticRegulator } from '../../src/lab/problems/lqr.ts';
import { loadPolicy } from '../../src/policy/artefact.ts';
import type { AlgorithmSetting } from '../../src/training/algorithm-setting.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-tensorflow-'));
afterAll(() => rmSync(folder, { recursive: true }));

const signEnvs = () => new SyncVectorEnv(() => signEnv({ lengths: [5, 9] }), 4, { name: 'Sign-v0' });
const carts = () => new SyncVectorEnv(() => new LinearQuadraticRegulator(cart), 4, { maxEpisodeSteps: 20 });
const pendulums = () => new SyncVectorEnv(() => makeRows('Pendulum-v1'), 4, { maxEpisodeSteps: 20 });

/** Whole rollouts as minibatches, and no more than a few updates: sums in another order have no time to matter. */
const algorithms: [string, AlgorithmSetting, () => SyncVectorEnv, Partial<RunSetup['policy']>?][] = [
  ['ppo', { name: 'ppo', rolloutSteps: 10, epochs: 2, minibatchSize: 40 }, signEnvs],
  [
    'ppo with memory',
    { name: 'ppo', rolloutSteps: 8, sequenceLength: 4, epochs: 2, minibatchSize: 32 },
    signEnvs,
    { network: 'gru', recurrentSize: 6 },
  ],
  ['a2c', { name: 'a2c', rolloutSteps: 10 }, signEnvs],
  ['impala', { name: 'impala', actors: 2, lag: 1, rolloutSteps: 5 }, signEnvs],
  ['reinforce', { name: 'reinforce', episodes: 4, baseline: 'value' }, signEnvs],
  ['pathwise', { name: 'pathwise', rolloutSteps: 10 }, carts],
  ['sac, continuous', { name: 'sac', batchSize: 16, learningStarts: 20, trainEvery: 10 }, pendulums],
  ['sac, discrete', { name: 'sac', batchSize: 16, learningStarts: 20, trainEvery: 10 }, signEnvs],
  [
    'sac with state-dependent noise',
    { name: 'sac', batchSize: 16, learningStarts: 20, trainEvery: 10 },
    pendulums,
    { exploration: 'state-dependent' },
  ],
];

describe.each(algorithms)('%s on the tensorflow engine', (name, algorithm, makeEnvs, policy = {}) => {
  const run = async (engine: 'tensorflow' | 'cpu', again = '') => {
    const directory = join(folder, `${name}-${engine}${again}`);
    await train({
      directory,
      totalSteps: 160,
      seed: 3,
      makeEnvs,
      makeEngine: engine === 'tensorflow' ? createTensorflowEngine : createCpuEngine,
      policy: { hidden: [8], ...policy },
      algorithm,
      evaluation: { episodes: 2, everySteps: 1000 },
    });
    const file = join(directory, 'policy', 'last.safetensors');
    const { policy: trained } = loadPolicy(file, createCpuEngine());
    const tensors = trained.model.getTensors();
    trained.model.dispose();
    return { bytes: readFileSync(file), tensors };
  };

  test('is deterministic, and learns what it learns on the kernels', async () => {
    const first = await run('tensorflow');
    expect((await run('tensorflow', '-again')).bytes.equals(first.bytes)).toBe(true);
    const { tensors } = await run('cpu');
    for (const [tensor, { data }] of Object.entries(tensors)) {
      data.forEach((weight, i) => {
        expect(Math.abs(first.tensors[tensor].data[i] - weight)).toBeLessThan(1e-4);
      });
    }
  });
});
