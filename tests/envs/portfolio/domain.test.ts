import { describe, expect, test } from '@jest/globals';
import { backtest } from '../../../envs/portfolio/backtest.ts';
import { baselines, buyAndHold, equalWeight } from '../../../envs/portfolio/baselines/index.ts';
import { portfolioDomain } from '../../../envs/portfolio/domain.ts';
import { loadPrices } from '../../../envs/portfolio/prices.ts';

/** Everything in the first stock. */
const first = (_observation: Float32Array, action: Float32Array) => {
  action.fill(0);
  action[1] = 1;
};

describe('a backtest', () => {
  const run = backtest({ split: 'test', rebalanceEvery: 5 }, first);

  test('earns each day of the split once, at the cost of the first purchase', () => {
    expect(run.dates).toHaveLength(2012);
    expect(run.decisionDates).toHaveLength(403);
    expect([run.decisionDates[0], run.dates[0]]).toEqual(['2014-12-31', '2015-01-02']);
    expect(Array.from(run.cost.slice(0, 3))).toEqual([expect.closeTo(0.001, 14), 0, 0]);
    expect(Array.from(run.weights.slice(0, 3))).toEqual([0, 1, 0]);
    // Apple's adjusted closes on the day before and on the last day.
    const { wealth, returns, performance } = run;
    expect(wealth[2011]).toBeCloseTo((0.999 * 125.674) / applePrice('2014-12-31'), 10);
    expect(returns.reduce((wealth, change) => wealth * (1 + change), 1)).toBeCloseTo(wealth[2011], 10);
    expect(performance.finalWealth).toBeCloseTo(wealth[2011], 10);
  });

  test('does not turn on the episode options', () => {
    const options = { split: 'test', rebalanceEvery: 5, episodeLength: 20, randomStart: true } as const;
    expect(backtest(options, first)).toEqual(run);
  });
});

describe('the evaluation of a policy', () => {
  const options = { rebalanceEvery: 21, costBasisPoints: 25, window: 30, observe: 'window' } as const;
  const evaluation = portfolioDomain.evaluate(first, options);

  test('holds it against the baselines over the test days, on the same terms', () => {
    const test = { ...options, split: 'test' } as const;
    const { metrics, table } = evaluation;
    expect(table.rows.map(([name]) => name)).toEqual(['Policy', ...baselines.map(({ name }) => name)]);
    expect(metrics.sharpe).toBe(backtest(test, first).performance.sharpe);
    expect(metrics.equalWeightSharpe).toBe(backtest(test, equalWeight).performance.sharpe);
    expect(metrics.buyAndHoldCagr).toBe(backtest(test, buyAndHold).performance.cagr);
    expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
    expect(table.rows[0][table.columns.indexOf('CAGR')]).toBe(`${(100 * metrics.cagr).toFixed(1)} %`);
  });

  test('a policy that is equal weight has its line', () => {
    const same = portfolioDomain.evaluate((_, action) => action.fill(1 / 20).fill(0, 0, 1), options);
    expect(same.table.rows[0].slice(1)).toEqual(same.table.rows[1].slice(1));
    expect(same.sections[0].text).toContain('may well be chance');
  });

  test('shows wealth, drawdown and weights', () => {
    const [{ figures = [], text }] = evaluation.sections;
    expect(figures).toHaveLength(3);
    for (const figure of figures) expect(figure).toMatch(/<svg[\s\S]*<\/svg>/);
    expect(text).toContain('2012 days, 2015-01-02 to 2022-12-28, the test split');
  });
});

function applePrice(date: string): number {
  const { prices, dates, assets } = loadPrices();
  return prices[dates.indexOf(date) * assets.length + assets.indexOf('AAPL')];
}
