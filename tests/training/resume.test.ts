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

/** Starts the command and kills it outright some time after its run began; false if it was done before. */
async function killed(directory: string, milliseconds: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [upslopeCommand, ...args], { stdio: 'ignore' });
  const exit = new Promise<boolean>((resolve) => {
    child.on('exit', (_, signal) => resolve(signal === 'SIGKILL'));
  });
  while (child.exitCode === null && !existsSync(join(directory, 'config.json'))) await setTimeout(10);
  await setTimeout(milliseconds);
  child.kill('SIGKILL');
  return exit;
}

describe.each([
  ['cartpole', 40_000, []],
  // Both normalisers, a continuous policy and an environment that truncates.
  ['pendulum', 32_000, ['--set', 'policy.normaliseObservations=true', '--set', 'policy.normaliseRewards=true']],
])('%s', (scenario, steps, more) => {
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

    // Start-up alone takes several hundred milliseconds of each round.
    const random = new Random(5);
    let kills = 0;
    while (kills < 6) {
      const args = kills === 0 ? train(broken) : ['train', '--resume', broken];
      if (!(await killed(broken, random.uniform(50, 900), args))) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(1);
    await upslopeJson('train', '--resume', broken);

    expect(learningColumns(broken)).toBe(learningColumns(alone));
    expect(policyBytes(broken)).toEqual(policyBytes(alone));
  }, 300_000);
});
