import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { upslopeJson } from '../cli-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-recurrent-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Share of right answers to 1000 questions after the shipped scenario, one a seed. */
async function correctOf(network: string): Promise<number[]> {
  const shares: number[] = [];
  for (const seed of [1, 2, 3]) {
    const directory = join(folder, `${network}-${seed}`);
    const args = ['--threads', '1', '--seed', String(seed), '--set', `policy.network=${network}`, '--out', directory];
    await upslopeJson('train', 'recall-cue', ...args);
    shares.push((await upslopeJson<{ correct: number }>('eval', directory)).correct);
  }
  return shares;
}

test('a policy that remembers recalls the cue on each of 3 seeds', async () => {
  expect(Math.min(...(await correctOf('gru')))).toBeGreaterThanOrEqual(0.95);
}, 600_000);

test('the same policy without memory stays at chance, a quarter', async () => {
  // The standard deviation of a share of 1000 is 0.014.
  expect(Math.max(...(await correctOf('mlp')))).toBeLessThan(0.3);
}, 600_000);
