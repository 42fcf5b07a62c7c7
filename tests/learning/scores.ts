import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { upslopeJson } from '../cli-run.ts';

/** Trains the shipped scenario once a seed; mean deterministic returns over 20 fresh episodes, lowest first. */
export async function returnsOf(scenario: string, steps: number, seeds: readonly number[]): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'upslope-learning-'));
  try {
    const returns: number[] = [];
    for (const seed of seeds) {
      const directory = join(folder, String(seed));
      const what = ['--steps', String(steps), '--seed', String(seed), '--threads', '1', '--out', directory];
      await upslopeJson('train', scenario, ...what);
      const { meanReturn } = await upslopeJson<{ meanReturn: number }>('eval', directory, '--episodes', '20');
      returns.push(meanReturn);
    }
    return returns.sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)];
}
