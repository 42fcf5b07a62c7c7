import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { baselines } from '../../envs/index.ts';
import { type Outcome, upslopeIn, upslopeJson } from '../cli-run.ts';

type Figures = Record<string, number> & { id: string };
interface Found {
  from: string;
  to: string;
  strategies: Figures[];
}

let folder: string;
let upslope: (...args: string[]) => Outcome;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'upslope-backtest-'));
  upslope = upslopeIn(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('upslope backtest', () => {
  test('of a rule, beside equal weight, on the terms asked for', async () => {
    const terms = ['--from', '2000-01-03', '--hold', 'chosen', '--cost', '10', '--trials', '10'];
    const { from, to, strategies } = await upslopeJson<Found>('backtest', 'risk-parity', ...terms);
    expect([from, to]).toEqual(['2000-01-03', '2022-12-28']);
    const [rule, rival] = strategies;
    expect([rule.id, rival.id]).toEqual(['risk-parity', 'equal-weight']);
    // As an independent backtest has it.
    expect([rule.sharpe.toFixed(3), rule.turnoverPerYear.toFixed(2)]).toEqual(['0.736', '0.72']);
    expect(rule.sharpeLow).toBeLessThan(rule.sharpe);
    expect(rule.sharpeHigh).toBeGreaterThan(rule.sharpe);
    expect(rule.sharpeLead).toBe(rule.sharpe - rival.sharpe);
    expect(rule.deflatedSharpe).toBeLessThan(1);
  });

  test('of all rules, as tables and as a report', () => {
    const report = join(folder, 'backtest.html');
    const { status, stdout } = upslope('backtest', 'all', '--report', report);
    expect(status).toBe(0);
    for (const { name } of baselines) expect(stdout).toContain(`\n${name}  `);
    expect(readFileSync(report, 'utf8')).toContain('Against the market');
  });

  test('of a trained run, on its own terms or on others', async () => {
    const run = join(folder, 'run');
    const set = ['--set', 'environment.options.window=10', '--set', 'environment.options.observe=window'];
    await upslopeJson('train', 'portfolio', '--steps', '2048', '--out', run, ...set);
    const trained = await upslopeJson<Record<string, number>>('eval', run);
    const { strategies } = await upslopeJson<Found>('backtest', run);
    expect(strategies[0].sharpe).toBe(trained.sharpe);
    expect(strategies[1].sharpe).toBe(trained.equalWeightSharpe);
    const dearer = await upslopeJson<Found>('backtest', run, '--cost', '50');
    expect(dearer.strategies[0].finalWealth).toBeLessThan(strategies[0].finalWealth);
    expect(dearer.strategies[0].volatility).toBeCloseTo(strategies[0].volatility, 2);
  }, 120_000);

  test('of the user’s own prices', async () => {
    const prices = join(folder, 'prices.csv');
    const days = Array.from({ length: 60 }, (_, t) => new Date(Date.UTC(2024, 0, 1 + t)).toISOString().slice(0, 10));
    writeFileSync(prices, ['Date,UP,FLAT', ...days.map((day, t) => `${day},${100 * 1.01 ** t},50`)].join('\n'));
    const { strategies } = await upslopeJson<Found>('backtest', 'buy-and-hold', '--data', prices, '--cost', '0');
    const [{ maxDrawdown, cagr, hitRate }] = strategies;
    expect(maxDrawdown).toBe(0);
    expect(hitRate).toBe(1);
    expect(cagr).toBeGreaterThan(0);
  });

  test.each([
    [['risk-party'], 'Did you mean risk-parity?'],
    [['olmar', '--data', 'nowhere.csv'], 'There is no file'],
    [['olmar', '--cost', 'much'], 'expected basis points'],
    [['olmar', '--from', '2050-01-01'], 'fewer than two days'],
    [['olmar', '--split', 'future'], 'Allowed choices'],
    [[], 'missing required argument'],
  ])('refuses %j', (args, words) => {
    const { status, stderr, stdout } = upslope('backtest', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
