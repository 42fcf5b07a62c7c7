import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { upslopeCommand, upslopeJson } from '../cli-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-resume-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Columns that tell the time of day rather than what was learned. */
const CLOCK_COLUMNS = ['seconds', 'stepsPerSecond'];

function learningColumns(directory: string): string {
  const lines = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
  const kept = lines[0].split(',').map((name) => !CLOCK_COLUMNS.includes(name));
  return lines.map((line) => line.split(',').filter((_, i) => kept[i])).join('\n');
}

function policyBytes(directory: string): Record<string, string> {
  const policies = join(directory, 'policy');
  return Object.fromEntries(
    readdirSync(policies).map((name) => [name, readFileSync(join(policies, name)).toString('base64')]),
  );
}

function updatesOf(directory: string): number {
  const progress = join(directory, 'progress.csv');
  // The first line names the columns.
  return existsSync(progress) ? readFileSync(progress, 'utf8').trim().split('\n').length - 1 : 0;
}

/** Starts the command and kills it outright some time after so many more updates; false if it was done before. */
async function killed(
  directory: string,
  updates: number,
  milliseconds: number,
  args: readonly string[],
): Promise<boolean> {
  const enough = updatesOf(directory) + updates;
  const child = spawn(process.execPath, [upslopeCommand, ...args], { stdio: 'ignore' });
  const exit = new Promise<boolean>((resolve) => {
    child.on('exit', (_, signal) => resolve(signal === 'SIGKILL'));
  });
  while (child.exitCode === null && updatesOf(directory) < enough) await setTimeout(1);
  await setTimeout(milliseconds);
  child.kill('SIGKILL');
  return exit;
}

describe.each([
  // 156 updates.
  ['cartpole', 40_000, 20, []],
  // 8 updates; both normalisers, a continuous policy and an environment that truncates.
  ['pendulum', 32_000, 1, ['--set', 'policy.normaliseObservations=true', '--set', 'policy.normaliseRewards=true']],
])('%s', (scenario, steps, mostUpdates, more) => {
  const train = (directory: string): string[] => [
    'train',
    scenario,
    ...['--steps', String(steps), '--seed', '7', '--out', directory],
    ...[
      '--set',
      'checkpoint.everySteps=3000',
      '--set',
      'evaluation.everySteps=10000',
      '--set',
      'evaluation.episodes=2',
    ],
    ...more,
  ];

  test('a run killed again and again ends in the same bytes as one left alone', async () => {
    const alone = join(folder, `${scenario}-alone`);
    const broken = join(folder, `${scenario}-broken`);
    await upslopeJson(...train(alone));

    const random = new Random(5);
    let kills = 0;
    while (kills < 6) {
      const args = kills === 0 ? train(broken) : ['train', '--resume', broken];
      if (!(await killed(broken, random.integers(1, mostUpdates + 1), random.uniform(0, 20), args))) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(1);
    await upslopeJson('train', '--resume', broken);

    expect(learningColumns(broken)).toBe(learningColumns(alone));
    expect(policyBytes(broken)).toEqual(policyBytes(alone));
  }, 300_000);
});
