import type { Table } from '../../src/report/types.ts';
import type { Domain } from '../domain.ts';
import { backtest } from './backtest.ts';
import { baselines } from './baselines/index.ts';
import { drawdownFigure, equityFigure, type NamedBacktest, weightsFigure } from './figures.ts';
import type { Performance } from './metrics.ts';
import { type PortfolioOptions, resolveOptions } from './options.ts';
import { describeCost } from './trading-cost.ts';
import { walkForward } from './walk-forward.ts';

/**
 * Backtests a policy and the baselines over the same days, at the same cost and rebalancing rule. Where the options
 * name no split it is the test split: figures over training days tell nothing about the future.
 */
export const portfolioDomain: Domain = {
  evaluate(actor, environmentOptions) {
    const options: PortfolioOptions = { split: 'test', ...environmentOptions };
    const runs: NamedBacktest[] = [
      { id: 'policy', name: 'Policy', result: backtest(options, actor) },
      ...baselines.map((baseline) => ({ id: baseline.id, name: baseline.name, result: backtest(options, baseline) })),
    ];
    const table = tableOf(runs);
    return {
      metrics: metricsOf(runs),
      table,
      sections: [
        {
          title: 'Backtest',
          text: describe(runs, options),
          figures: [equityFigure(runs), drawdownFigure(runs), weightsFigure(runs[0])],
          table,
        },
      ],
    };
  },
  walkForward,
};

/** The policy's measures under their own names, the baselines' with the baseline in front: `equalWeightSharpe`. */
function metricsOf(runs: readonly NamedBacktest[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  runs.forEach(({ id, result }, index) => {
    for (const [measure, value] of Object.entries(result.performance)) {
      const key = index === 0 ? measure : `${camelCase(id)}${measure[0].toUpperCase()}${measure.slice(1)}`;
      metrics[key] = value;
    }
  });
  return metrics;
}

const percent = (value: number, digits = 1) => `${(100 * value).toFixed(digits)} %`;

const columns: [string, (performance: Performance) => string][] = [
  ['CAGR', ({ cagr }) => percent(cagr)],
  ['Volatility', ({ volatility }) => percent(volatility)],
  ['Sharpe', ({ sharpe }) => sharpe.toFixed(3)],
  ['Sortino', ({ sortino }) => sortino.toFixed(3)],
  ['Max drawdown', ({ maxDrawdown }) => percent(maxDrawdown)],
  ['Calmar', ({ calmar }) => calmar.toFixed(3)],
  ['CVaR 95 %, 1 day', ({ cvar95 }) => percent(cvar95, 2)],
  ['Turnover a year', ({ turnoverPerYear }) => turnoverPerYear.toFixed(2)],
  ['Final wealth', ({ finalWealth }) => finalWealth.toFixed(2)],
];

function tableOf(runs: readonly NamedBacktest[]): Table {
  return {
    columns: ['Strategy', ...columns.map(([name]) => name)],
    rows: runs.map(({ name, result }) => [name, ...columns.map(([, format]) => format(result.performance))]),
    caption: 'After cost, risk-free rate 0. Turnover: value traded as a share of wealth.',
  };
}

function describe(runs: readonly NamedBacktest[], options: PortfolioOptions): string {
  const { dates } = runs[0].result;
  const days = options.rebalanceEvery ?? 1;
  const held = runs[0].result.performance.sharpe > runs[1].result.performance.sharpe + 5e-4;
  return [
    `${dates.length} days, ${dates[0]} to ${dates[dates.length - 1]}, the ${options.split} split; a decision ` +
      `${days === 1 ? 'every day' : `every ${days} days`}; ${describeCost(resolveOptions(options).trading.cost)}.`,
    `Equal weight is the rule to beat: the policy's Sharpe ratio is ${held ? 'above' : 'not above'} it here. ` +
      'One run on one stretch of history proves little; compare several seeds. Data of companies that survived ' +
      'flatter every strategy in the table.',
  ].join('\n\n');
}

const camelCase = (id: string) => id.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
