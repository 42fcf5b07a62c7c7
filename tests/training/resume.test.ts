import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Starts the command and kills it outright after `milliseconds`; false if it was done before. */
function killedAfter(milliseconds: number, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [upslopeCommand, ...args], { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    child.on('exit', (_, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL');
    });
  });
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
    const killed = join(folder, `${scenario}-killed`);
    await upslopeJson(...train(alone));

    const random = new Random(5);
    let interrupted = await killedAfter(random.uniform(500, 1500), train(killed));
    expect(interrupted).toBe(true);
    for (let round = 0; interrupted && round < 8; round++) {
      interrupted = await killedAfter(random.uniform(500, 2500), ['train', '--resume', killed]);
    }
    if (interrupted) await upslopeJson('train', '--resume', killed);

    expect(learningColumns(killed)).toBe(learningColumns(alone));
    expect(policyBytes(killed)).toEqual(policyBytes(alone));
  }, 300_000);
});
