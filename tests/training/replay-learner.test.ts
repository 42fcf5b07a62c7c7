import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import { MultiDiscrete } from '../../src/core/spaces/multi-discrete.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { loadPolicy } from '../../src/policy/artefact.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { aimEnv, signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Observations that need to be normalised. */
const largeAimEnv = () => aimEnv({ unit: 100 });

function setupFor(name: string, more: Partial<RunSetup> = {}): RunSetup {
  return {
    directory: join(folder, name),
    totalSteps: 1200,
    seed: 5,
    makeEnvs: () => new SyncVectorEnv(largeAimEnv, 2, { name: 'Aim-v0' }),
    policy: { hidden: [32, 32], activation: 'relu', normaliseObservations: true, normaliseRewards: true },
    algorithm: { name: 'sac', gamma: 0.5, batchSize: 64, bufferSize: 1000, learningStarts: 100, learningRate: 3e-3 },
    evaluation: { episodes: 4, everySteps: 600 },
    checkpoint: { everySteps: 300 },
    ...more,
  };
}

function hashOf(name: string): string {
  const file = join(folder, name, 'policy', 'last.safetensors');
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

describe('soft actor-critic at work', () => {
  test('learns continuous actions, and leaves a policy that acts as well by itself but knows no values', async () => {
    const setup = setupFor('learns');
    const { meanReturn, steps } = await train(setup);
    expect(steps).toBe(1200);
    // Standing at 0 costs about 36 an episode.
    expect(meanReturn).toBeGreaterThan(-4);

    const { policy } = loadPolicy(join(setup.directory, 'policy', 'last.safetensors'), createCpuEngine());
    expect((await evaluate(policy, new SyncVectorEnv(largeAimEnv, 2), 4, 5)).meanReturn).toBe(meanReturn);
    expect(policy.config.distribution).toBe('squashed-gaussian');
    expect(policy.hasCritic).toBe(false);
    expect(() => policy.value(Float32Array.of(1))).toThrow(/no value function.*ppo or a2c/s);
  });

  test('is deterministic, and goes on after a stop to the same bytes, the buffer included', async () => {
    const stop = new AbortController();
    const interrupted = await train(
      setupFor('broken', { signal: stop.signal, onProgress: ({ steps }) => steps >= 1100 && stop.abort() }),
    );
    expect([interrupted.stopped, interrupted.steps]).toEqual(['interrupted', 1100]);
    await train(setupFor('broken', { resume: true }));
    expect(hashOf('broken')).toBe(hashOf('learns'));
    await train(setupFor('other', { seed: 6 }));
    expect(hashOf('other')).not.toBe(hashOf('learns'));
  });

  test('until learning starts, nothing is reported and the policy stands still', async () => {
    const setup = setupFor('waits', { totalSteps: 200, algorithm: { name: 'sac', learningStarts: 150, batchSize: 8 } });
    await train(setup);
    const [header, ...rows] = readFileSync(join(setup.directory, 'progress.csv'), 'utf8').trim().split('\n');
    const column = header.split(',').indexOf('criticLoss');
    expect(rows.map((row) => row.split(',')[column] === '')).toEqual([true, false]);
  });

  test('what it cannot do is told before anything is written', async () => {
    const spaced = (space: Space, actionMask?: Uint8Array): RowEnv => ({
      ...signEnv(),
      actionSpace: space,
      ...(actionMask && { actionMask }),
    });
    const refused = (make: () => RowEnv, policy: RunSetup['policy'], message: RegExp): Promise<void> =>
      expect(train(setupFor('refused', { makeEnvs: () => new SyncVectorEnv(make, 1), policy }))).rejects.toThrow(
        message,
      );
    await refused(() => spaced(new MultiDiscrete([2, 3])), {}, /Box or a Discrete space.*ppo or a2c/s);
    await refused(() => spaced(new Discrete(2), Uint8Array.of(1, 0)), {}, /masked/);
    await refused(largeAimEnv, { network: 'per-item' }, /'mlp'; got 'per-item'/);
    await refused(largeAimEnv, { distribution: 'dirichlet' }, /differentiable.*'dirichlet'/s);
    await refused(() => spaced(new Box(0, Infinity, [1])), {}, /finite bounds/);
  });
});
