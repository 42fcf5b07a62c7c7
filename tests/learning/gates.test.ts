import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { upslopeJson } from '../cli-run.ts';
import { median, returnsOf } from './scores.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-learning-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MINUTES = 60_000;

test(
  'CartPole-v1 is solved within 100,000 steps on each of 5 seeds',
  async () => {
    expect((await returnsOf('cartpole', 100_000, [1, 2, 3, 4, 5]))[0]).toBeGreaterThanOrEqual(475);
  },
  10 * MINUTES,
);

test.each([
  ['cartpole-reinforce', 200_000],
  ['cartpole-a2c', 400_000],
  ['cartpole-impala', 400_000],
])(
  'CartPole-v1 by %s reaches 475 within %d steps, median of 3 seeds',
  async (scenario, steps) => {
    expect(median(await returnsOf(scenario, steps, [1, 2, 3]))).toBeGreaterThanOrEqual(475);
  },
  600_000,
);

test(
  'Acrobot-v1 reaches -90 within 200,000 steps, median of 3 seeds',
  async () => {
    expect(median(await returnsOf('acrobot', 200_000, [1, 2, 3]))).toBeGreaterThanOrEqual(-90);
  },
  10 * MINUTES,
);

test(
  'Pendulum-v1 reaches -250 within 200,000 steps, median of 5 seeds',
  async () => {
    expect(median(await returnsOf('pendulum', 200_000, [1, 2, 3, 4, 5]))).toBeGreaterThanOrEqual(-250);
  },
  10 * MINUTES,
);

test(
  'ArmReach-v0 is solved within 100,000 steps on each of 3 seeds',
  async () => {
    for (const seed of [1, 2, 3]) {
      const directory = join(folder, `arm-reach-${seed}`);
      const args = ['--steps', '100000', '--seed', String(seed), '--threads', '1', '--out', directory];
      await upslopeJson('train', 'arm-reach', ...args);
      const { successLast } = await upslopeJson<{ successLast: number }>('eval', directory);
      expect(successLast).toBeGreaterThanOrEqual(0.95);
    }
  },
  10 * MINUTES,
);

test(
  'Reacher-v0 reaches -6 within 250,000 steps, median of 3 seeds',
  async () => {
    expect(median(await returnsOf('reacher', 250_000, [1, 2, 3]))).toBeGreaterThanOrEqual(-6);
  },
  10 * MINUTES,
);

test(
  'the planar arm by its own derivatives reaches -8.5 within 300,000 steps, median of 3 seeds: more than computed torque',
  async () => {
    expect(median(await returnsOf('planar-reach-pathwise', 300_000, [1, 2, 3]))).toBeGreaterThanOrEqual(-8.5);
  },
  10 * MINUTES,
);
