import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { noPython, python } from '../bridge/hosts.ts';
import { upslopeJson } from '../cli-run.ts';
import { testUnless } from '../optional.ts';

const test = testUnless(noPython);
const folder = mkdtempSync(join(tmpdir(), 'upslope-bridge-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Mean deterministic returns over 20 episodes of the shipped scenario, one a seed, lowest first. */
async function returnsOf(scenario: string, seeds: readonly number[]): Promise<number[]> {
  const returns: number[] = [];
  for (const seed of seeds) {
    const directory = join(folder, `${scenario}-${seed}`);
    const where = ['--set', `environment.bridge.python=${python}`];
    await upslopeJson('train', scenario, '--seed', String(seed), '--out', directory, ...where);
    const { meanReturn } = await upslopeJson<{ meanReturn: number }>('eval', directory, '--episodes', '20');
    returns.push(meanReturn);
  }
  return returns.sort((a, b) => a - b);
}

const MINUTES = 60_000;

test(
  'Python’s CartPole-v1 is solved through the bridge within 100,000 steps on each of 3 seeds',
  async () => {
    expect((await returnsOf('gym-cartpole', [1, 2, 3]))[0]).toBeGreaterThanOrEqual(475);
  },
  15 * MINUTES,
);

test(
  'Python’s Reacher-v5 reaches -8 through the bridge within 300,000 steps, median of 3 seeds',
  async () => {
    expect((await returnsOf('gym-reacher', [1, 2, 3]))[1]).toBeGreaterThanOrEqual(-8);
  },
  25 * MINUTES,
);
