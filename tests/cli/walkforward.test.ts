import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Outcome, upslopeCommand, upslopeIn, upslopeJson } from '../cli-run.ts';

interface Found {
  folds: { train: string; validation: string; test: string; run: string; metrics: Record<string, number> }[];
  joined: Record<string, number>;
  report: string;
}

let folder: string;
let upslope: (...args: string[]) => Outcome;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upslope-walkforward-'));
  upslope = upslopeIn(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const setting = ['walkforward', 'portfolio', '--folds', '2', '--steps', '6000'];

/** Starts an evaluation and kills it once something has been written to its second fold. */
async function killInSecondFold(out: string): Promise<void> {
  const child = spawn(process.execPath, [upslopeCommand, ...setting, '--out', out], { stdio: 'ignore' });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const checkpoints = join(out, 'fold-2', 'checkpoints');
  while (child.exitCode === null && !(existsSync(checkpoints) && readdirSync(checkpoints).length > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  await closed;
}

describe('upslope walkforward', () => {
  test('trains and tests fold by fold, and joins the test parts', async () => {
    const whole = join(folder, 'whole');
    const found = await upslopeJson<Found>(...setting, '--out', whole);
    expect(found.folds).toHaveLength(2);
    expect(found.folds[0].test.slice(0, 10)).toBe('2015-01-02');
    expect(found.folds[1].test.slice(-10)).toBe('2022-12-28');
    // Wealth multiplies over the folds, but for the first purchase of the second and for other days of decision.
    const product = found.folds[0].metrics.finalWealth * found.folds[1].metrics.finalWealth;
    expect(Math.abs(found.joined.finalWealth / product - 1)).toBeLessThan(0.05);
    expect(readFileSync(found.report, 'utf8')).toContain('all test parts as one');

    const again = upslope('walkforward', '--resume', whole);
    expect(again.status).toBe(0);
    expect(again.stdout).toContain('Equal weight');
  }, 120_000);

  test('goes on where it was killed, to the same numbers', async () => {
    const straight = await upslopeJson<Found>(...setting, '--out', join(folder, 'straight'));
    const broken = join(folder, 'broken');
    await killInSecondFold(broken);
    const finished = join(broken, 'fold-1', 'policy', 'best.safetensors');
    const { mtimeMs } = statSync(finished);
    const resumed = await upslopeJson<Found>('walkforward', '--resume', broken);

    expect(statSync(finished).mtimeMs).toBe(mtimeMs);
    expect(resumed.joined).toEqual(straight.joined);
    expect(resumed.folds.map(({ metrics }) => metrics)).toEqual(straight.folds.map(({ metrics }) => metrics));
  }, 120_000);

  test.each([
    [['walkforward', 'cartpole'], /needs an environment whose days have an order/],
    [['walkforward', 'portfolio', '--folds', '2000'], /2000 folds need at least 4000 test days/],
    [['walkforward', 'portfolio', '--from', '1991-06-01'], /Fold 1 would have 0 days to train on/],
    [['walkforward', 'portfolio', '--from', 'soon'], /expected a day as YYYY-MM-DD, got 'soon'/],
    [['walkforward', '--resume', 'nowhere'], /nothing to go on with in nowhere/],
  ])('%p is refused', (args, message) => {
    const { status, stderr } = upslope(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
