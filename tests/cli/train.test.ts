import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Outcome, upslopeCommand, upslopeIn, upslopeJson } from '../cli-run.ts';

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'upslope-train-'));
afterAll(() => rmSync(folder, { recursive: true }));

const upslope = upslopeIn(folder);

const few = ['--steps', '2000', '--set', 'evaluation.episodes=3'];

describe('a run', () => {
  const directory = join(folder, 'run');
  let trained: Outcome;

  beforeAll(() => {
    const shaping = 'shaping.terms=[{ name: centre, weight: 0.5, expression: "-abs(cartPosition)" }]';
    trained = upslope('train', 'cartpole', ...few, '--seed', '5', '--out', directory, '--set', shaping, '--json');
  });

  test('tells its outcome on the last line, and nothing else anywhere', () => {
    expect({ status: trained.status, stderr: trained.stderr }).toEqual({ status: 0, stderr: '' });
    const lines = trained.stdout.trim().split('\n');
    expect(lines).toHaveLength(1);
    const outcome = JSON.parse(lines[0]);
    expect(outcome).toMatchObject({
      stopped: 'finished',
      runDirectory: directory,
      report: join(directory, 'report.html'),
    });
    // Whole rollouts of 8 x 32 steps.
    expect(outcome.steps).toBe(2048);
    expect(outcome.meanReturn).toBeGreaterThan(8);
    expect(outcome.stepsPerSecond).toBeCloseTo(outcome.steps / outcome.seconds, 0);
  });

  test('leaves the resolved scenario, the policies, checkpoints, metrics and a report', () => {
    const { scenario, seed, totalSteps } = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));
    expect({ seed, totalSteps }).toEqual({ seed: 5, totalSteps: 2000 });
    expect(scenario).toMatchObject({ name: 'cartpole', evaluation: { episodes: 3 }, shaping: { reward: 1 } });
    for (const file of ['policy/best.safetensors', 'policy/last.safetensors', 'events.jsonl', 'report.html']) {
      expect(existsSync(join(directory, file))).toBe(true);
    }
    expect(readdirSync(join(directory, 'checkpoints'))).toContain('2048.safetensors');
  });

  test('logs each shaping term on its own', () => {
    const [header, ...rows] = readFileSync(join(directory, 'progress.csv'), 'utf8').trim().split('\n');
    const column = (name: string) => rows.map((row) => Number(row.split(',')[header.split(',').indexOf(name)]));
    expect(new Set(column('signal/reward/raw'))).toEqual(new Set([1]));
    for (const mean of column('signal/shaping/centre')) expect(mean).toBeLessThan(0);
  });

  test('is evaluated by eval, the same each time', async () => {
    const evaluate = () => upslopeJson<Record<string, number>>('eval', directory, '--episodes', '4');
    const outcome = await evaluate();
    expect(Object.keys(outcome)).toEqual(['episodes', 'meanReturn', 'stdReturn']);
    expect(outcome.episodes).toBe(4);
    // CartPole's own reward is a whole number an episode, which the shaped one is not.
    expect(outcome.meanReturn * 4).toBeCloseTo(Math.round(outcome.meanReturn * 4), 9);
    expect(await evaluate()).toEqual(outcome);
    expect(upslope('eval', directory, '--policy', 'last').stdout).toMatch(/^cartpole, last policy: mean return [\d.]+/);
  });

  test('has its report written anew by report', () => {
    const file = join(directory, 'report.html');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, 'lost');
    expect(upslope('report', directory)).toEqual({ status: 0, stdout: `${file}\n`, stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(before).toContain('shaping/centre');
  });

  test('is not overwritten by another', () => {
    const { status, stderr } = upslope('train', 'cartpole', ...few, '--out', directory);
    expect(status).toBe(1);
    expect(stderr).toContain(`already holds a run`);
    expect(stderr).toContain(`--resume ${directory}`);
  });

  test('can be taken further, and keeps the new length', async () => {
    const further = await upslopeJson<{ steps: number }>('train', '--resume', directory, '--steps', '3000');
    expect(further.steps).toBe(3072);
    expect((await upslopeJson<{ steps: number }>('train', '--resume', directory)).steps).toBe(3072);
  });
});

test('without --json words and a report path are printed, and the run lies under runs/', () => {
  const { status, stdout } = upslope('train', 'cartpole', ...few, '--seed', '3');
  expect(status).toBe(0);
  const [run] = readdirSync(join(folder, 'runs', 'cartpole'));
  expect(run).toMatch(/^\d{8}-\d{6}-3$/);
  expect(stdout).toMatch(
    /^cartpole: 2,048 steps in [\d.]+ s, [\d,]+ steps\/s\nMean return of the last evaluation: [\d.]+\n/,
  );
  expect(stdout).toContain(join('runs', 'cartpole', run, 'report.html'));
});

test('a mistake in a scenario leaves no run behind', () => {
  const directory = join(folder, 'never');
  const wrong = upslope('train', 'cartpole', '--out', directory, '--set', 'environment.options.nonsense=1');
  expect(wrong.status).toBe(2);
  expect(existsSync(directory)).toBe(false);
});

test('a failure of the run itself ends with code 1', () => {
  const directory = join(folder, 'failing');
  const shaping = 'shaping.terms=[{ name: root, expression: "sqrt(cartPosition)" }]';
  const { status, stderr } = upslope('train', 'cartpole', ...few, '--out', directory, '--set', shaping);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: The shaping term 'root' gave NaN in environment \d+, at step \d+ of an episode/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

describe('Ctrl-C', () => {
  /** A run far too long to finish, once it has made its first update. */
  async function started(directory: string): Promise<{ child: ChildProcess; stderr: () => string }> {
    const child = spawn(process.execPath, [upslopeCommand, 'train', 'cartpole', '--steps', '1e9', '--out', directory]);
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const progress = join(directory, 'progress.csv');
    const begun = () => existsSync(progress) && readFileSync(progress, 'utf8').split('\n').length > 3;
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 50));
    return { child, stderr: () => stderr };
  }

  const exitOf = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('exit', resolve));

  test('ends the run after the update at hand, with a checkpoint from which it goes on', async () => {
    const directory = join(folder, 'interrupted');
    const { child, stderr } = await started(directory);
    const exit = exitOf(child);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(stderr()).toMatch(/^Stopping after this update and saving a checkpoint/);
    expect(stderr()).toContain(`train --resume ${directory}`);
    const [checkpoint] = readdirSync(join(directory, 'checkpoints'));
    const reached = Number.parseInt(checkpoint, 10);

    // It has made no evaluation yet, so that only the last policy is there.
    expect(upslope('eval', directory, '--episodes', '2').status).toBe(0);
    const resumed = await upslopeJson<{ steps: number; stopped: string }>(
      ...['train', '--resume', directory, '--steps', String(reached + 100)],
    );
    expect(resumed).toMatchObject({ steps: reached + 256, stopped: 'finished' });
  });
});
