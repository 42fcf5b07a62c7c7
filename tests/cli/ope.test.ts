import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { OffPolicyEvaluation } from '../../src/training/off-policy/judge.ts';
import { upslopeIn, upslopeJson } from '../cli-run.ts';

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'upslope-ope-'));
afterAll(() => rmSync(folder, { recursive: true }));
const upslope = upslopeIn(folder);
const at = (name: string) => join(folder, name);

type Found = OffPolicyEvaluation & { gamma: number; horizon: number | null };
const ope = (...args: string[]) => upslopeJson<Found>('ope', '--which', 'last', ...args);
const coverage = ({ estimates }: Found, truth: number) =>
  Object.fromEntries(estimates.map(({ id, low, high }) => [id, low <= truth && truth <= high]));

let truth: number;

beforeAll(async () => {
  // Episodes of at most 50 steps, so that an undiscounted return is within reach of importance weights.
  const settings = ['--seed', '1', '--set', 'evaluation.episodes=3', '--set', 'environment.maxEpisodeSteps=50'];
  expect(upslope('train', 'cartpole', '--steps', '1024', '--out', 'early', ...settings).status).toBe(0);
  expect(upslope('train', 'cartpole', '--steps', '8192', '--out', 'late', ...settings).status).toBe(0);
  const record = (run: string, ...more: string[]) =>
    upslopeJson<{ meanReturn: number }>('eval', at(run), '--policy', 'last', '--episodes', '400', ...more);
  await record('early', '--record', at('early.csv'));
  await record('early', '--record', at('early.jsonl'));
  truth = (await record('late', '--record', at('late.csv'))).meanReturn;
});

describe('upslope ope', () => {
  test('finds from the log of an early policy what a later one reaches', async () => {
    const found = await ope('--policy', at('late'), '--log', at('early.csv'), '--gamma', '1');
    // The early policy falls after half the steps.
    expect(found.estimates.find(({ id }) => id === 'logged')!.mean).toBeLessThan(truth / 1.5);
    // The model alone and the clipped weights are biased, and known to be.
    expect({ truth, ...coverage(found, truth) }).toEqual({
      ...{ truth, logged: false, direct: false, clipped: false },
      ...{ is: true, wis: true, pdis: true, wpdis: true, dr: true, wdr: true },
    });
    const widths = Object.fromEntries(found.estimates.map(({ id, low, high }) => [id, high - low]));
    expect(widths.pdis).toBeLessThan(widths.is);
    expect(widths.dr).toBeLessThan(widths.pdis);
    expect(widths.wdr).toBeLessThan(widths.dr);
  });

  test('tells what the policy earns at least, where it is told what an episode can return', async () => {
    const args = ['--policy', at('late'), '--log', at('late.csv'), '--gamma', '1', '--clip', '1'];
    const { guaranteed } = await ope(...args, '--returns', '0,50');
    expect(guaranteed).toBeGreaterThan(truth / 2);
    expect(guaranteed).toBeLessThan(truth);
    const table = upslope('ope', '--which', 'last', ...args, '--returns', '0,50').stdout;
    expect(table).toMatch(/the policy earns at least \d+/);
    const refused = upslope('ope', '--which', 'last', ...args, '--returns', '0,10');
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('expected all from 0 to 10')]);
    expect(upslope('ope', ...args, '--returns', '5').stderr).toContain('two numbers with a comma');
  });

  test('discounts as the run did, and counts so many steps as it is told', async () => {
    const own = await ope('--policy', at('late'), '--log', at('late.csv'), '--horizon', '40');
    expect(own).toMatchObject({ gamma: 0.98, horizon: 40, episodes: 400 });
    const value = own.estimates.find(({ id }) => id === 'logged')!.mean;
    // The log is the policy's own, so nothing needs to be corrected.
    for (const id of ['is', 'wis', 'pdis', 'wpdis', 'clipped']) {
      expect(own.estimates.find((estimate) => estimate.id === id)!.mean).toBeCloseTo(value, 6);
    }
    expect(own.warnings).toEqual([]);
    const found = await ope('--policy', at('late'), '--log', at('early.csv'), '--horizon', '40');
    expect(coverage(found, value)).toMatchObject({ is: true, wis: true, pdis: true, wpdis: true, dr: true, wdr: true });
    expect(found.estimates.find(({ id }) => id === 'pdis')!.effectiveEpisodes).toBeGreaterThan(100);
    expect(found.warnings).toEqual([expect.stringMatching(/^The policy is far from .*: 400 episodes count for 1\d/)]);
  });

  test('reads either form of the log to the same figures, prints a table and writes a page', async () => {
    const args = ['--policy', at('late'), '--horizon', '20'];
    const [table, lines] = await Promise.all(['early.csv', 'early.jsonl'].map((log) => ope(...args, '--log', at(log))));
    expect(lines).toEqual(table);
    const { status, stdout, stderr } = upslope(
      'ope',
      ...args,
      '--log',
      at('early.csv'),
      '--gamma',
      '1',
      '--report',
      'o.html',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/cartpole, best policy, by 400 episodes .* of early.csv, gamma 1, the first 20 steps/);
    expect(stdout).toMatch(/Doubly robust +\d/);
    const html = readFileSync(at('o.html'), 'utf8');
    expect(html).toContain('<title>Off-policy evaluation</title>');
    expect(html).toContain('<svg');
    expect(html).toContain('Weighted doubly robust');
  });

  test('says loudly when no weight is left', () => {
    const { status, stderr } = upslope(
      'ope',
      '--policy',
      'late',
      '--which',
      'last',
      '--log',
      'early.csv',
      '--deterministic',
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: In every episode the log does something that the policy never does/);
  });

  test('refuses a deterministic policy of continuous actions', async () => {
    const few = ['--steps', '4096', '--set', 'evaluation.episodes=1'];
    expect(upslope('train', 'pendulum', ...few, '--out', 'swing').status).toBe(0);
    expect(upslope('eval', 'swing', '--record', 'swing.csv', '--episodes', '20').stdout).toMatch(
      /acting by chance: mean return .*\nLog {2}swing.csv/,
    );
    const { status, stderr } = upslope('ope', '--policy', 'swing', '--log', 'swing.csv', '--deterministic');
    expect(status).toBe(2);
    expect(stderr).toContain('has no density to weigh a log with');
    const { estimates } = await ope('--policy', at('swing'), '--log', at('swing.csv'));
    const [logged, , sampled] = estimates;
    expect(sampled.mean).toBeCloseTo(logged.mean, 4);
  });

  test.each([
    [['--policy', 'nowhere', '--log', 'early.csv'], 2, 'nowhere holds no run'],
    [['--policy', 'late', '--log', 'nowhere.csv'], 2, 'There is no file nowhere.csv'],
    [['--policy', 'late'], 2, "required option '--log <file>' not specified"],
    [['--policy', 'late', '--log', 'early.csv', '--gamma', '2'], 2, 'Expected a number from 0 to 1'],
    [['--policy', 'late', '--log', 'broken.csv'], 2, 'broken.csv, line 3, column reward: expected a number'],
    [['--policy', 'late', '--log', 'short.csv'], 2, "there is no column 'logProb' or 'propensity'"],
  ])('a wrong call is refused: %j', (args, code, message) => {
    const [header, first, second] = readFileSync(at('early.csv'), 'utf8').split('\n');
    writeFileSync(at('broken.csv'), [header, first, second.replace(/,1,0,0,/, ',much,0,0,')].join('\n'));
    writeFileSync(at('short.csv'), [header, first].map((line) => line.replace(/,[^,]*$/, '')).join('\n'));
    const { status, stderr } = upslope('ope', ...args);
    expect(stderr).toContain(message);
    expect(status).toBe(code);
  });

  test('a log goes to a file whose name tells its form', () => {
    const { status, stderr } = upslope('eval', 'early', '--record', 'log.txt');
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('ends in .csv or .jsonl') });
  });
});
