import type { Table } from '../../src/report/types.ts';
import type { Actor, DomainEvaluation } from '../domain.ts';
import { type Backtest, backtest } from './backtest.ts';
import type { Baseline } from './baselines/index.ts';
import { blockLengthOf, type Interval, stationaryBootstrap } from './bootstrap.ts';
import { drawdownFigure, equityFigure, weightsFigure } from './figures.ts';
import { type Performance, type RelativePerformance, relativeTo, sharpeOf } from './metrics.ts';
import { type PortfolioOptions, resolveOptions } from './options.ts';
import { describeCost } from './trading-cost.ts';

export interface NamedStrategy {
  /** In kebab case. */
  id: string;
  name: string;
  strategy: Actor | Baseline;
  /** Where it sees the same days in a way of its own: its environment's options in place of the common ones. */
  options?: PortfolioOptions;
}

/** A backtest, and what is known of how far chance made it. */
export interface Contender {
  id: string;
  name: string;
  result: Backtest;
  relative: RelativePerformance;
  sharpe: Interval;
  /** Sharpe ratio less that of the rule to beat. */
  lead: Interval & { difference: number };
}

/** Most lines that a figure of wealth can bear. */
const mostDrawn = 7;

/**
 * Runs strategies over the same days on the same terms.
 *
 * @param reference id of the rule to beat
 * @param lookback days that baselines estimate from
 * @throws UserError for options that do not fit
 */
export function compareStrategies(
  strategies: readonly NamedStrategy[],
  options: PortfolioOptions,
  reference: string,
  lookback?: number,
): Contender[] {
  const results = strategies.map(({ strategy, options: own }) => backtest(own ?? options, strategy, lookback));
  const rival = results[strategies.findIndex(({ id }) => id === reference)];
  // A strategy that was ruined has fewer days; the others are judged on all of theirs.
  const days = Math.min(...results.map(({ returns }) => returns.length));
  const blockLength = Math.max(...results.map(({ returns }) => longestBlock(returns)));
  const sharpes = results.map(
    ({ returns }) =>
      (drawn: Int32Array) =>
        sharpeOf(returns, drawn),
  );
  const leads = results.map(
    ({ returns }) =>
      (drawn: Int32Array) =>
        sharpeOf(returns, drawn) - sharpeOf(rival.returns, drawn),
  );
  const intervals = stationaryBootstrap(days, blockLength, [...sharpes, ...leads]);
  return strategies.map(({ id, name }, i) => ({
    id,
    name,
    result: results[i],
    relative: relativeTo(results[i].returns, results[i].marketReturns),
    sharpe: intervals[i],
    lead: {
      ...intervals[results.length + i],
      difference: results[i].performance.sharpe - rival.performance.sharpe,
    },
  }));
}

/** Blocks that keep what the returns, or how much they vary, remember of the days before. */
function longestBlock(returns: Float64Array): number {
  return Math.max(blockLengthOf(returns), blockLengthOf(returns.map((change) => change * change)));
}

/** Tables, figures and words about a comparison. The first contender is the one they are about. */
export function describeComparison(
  contenders: readonly Contender[],
  reference: string,
  options: PortfolioOptions,
): Omit<DomainEvaluation, 'metrics'> {
  const rival = contenders.find(({ id }) => id === reference)!;
  const [first] = contenders;
  const drawn = [first, ...contenders.slice(1).filter((other) => other.id !== first.id)].slice(0, mostDrawn);
  const table = performanceTable(contenders);
  const about = [daysAndTerms(first.result, options), verdict(first, rival), caution];
  return {
    table,
    sections: [
      {
        title: 'Backtest',
        text: about.join('\n\n'),
        figures: [equityFigure(drawn), drawdownFigure(drawn), weightsFigure(first)],
        table,
      },
      { title: 'Against the market', text: marketWords, table: relativeTable(contenders, rival.name) },
    ],
  };
}

const caution =
  'One run on one stretch of history proves little; compare several seeds. Data of companies that survived flatter ' +
  'every strategy in the table.';

const marketWords =
  'The market is the mean of the assets: equal weights restored every day, at no cost. Alpha and beta are intercept and ' +
  'slope of the regression of daily returns on the market’s; the information ratio is the mean of the daily differences ' +
  'over their deviation, a year.';

function daysAndTerms({ dates }: Backtest, options: PortfolioOptions): string {
  const { rebalanceEvery, split, trading, prices } = resolveOptions(options);
  const often = rebalanceEvery === 1 ? 'every day' : `every ${rebalanceEvery} days`;
  return (
    `${dates.length} days, ${dates[0]} to ${dates[dates.length - 1]}, ${split === 'all' ? 'of all days' : `the ${split} split`}; ` +
    `a decision ${often}; ${describeCost(trading.cost)}.${(prices.notes ?? []).map((note) => ` ${note}.`).join('')}`
  );
}

function verdict(contender: Contender, rival: Contender): string {
  if (contender.id === rival.id) return `${rival.name} is the rule to beat.`;
  const { difference, low, high } = contender.lead;
  // What rounds to nothing tells nothing.
  const chance = low < 0.005 && high > -0.005 ? 'may well be chance' : 'is more than chance explains';
  return (
    `${rival.name} is the rule to beat. The Sharpe ratio of ${contender.name.toLowerCase()} is ` +
    `${contender.result.performance.sharpe.toFixed(3)}, that of ${rival.name.toLowerCase()} ` +
    `${rival.result.performance.sharpe.toFixed(3)}: a difference of ${signed(difference)}, 95 % interval ` +
    `${signed(low)} to ${signed(high)}, which ${chance}.`
  );
}

const percent = (value: number, digits = 1) => `${(100 * value).toFixed(digits)} %`;
const signed = (value: number) => `${value < 0 ? '\u2212' : '+'}${Math.abs(value).toFixed(2)}`;

const measures: [string, (performance: Performance) => string][] = [
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

function performanceTable(contenders: readonly Contender[]): Table {
  return {
    columns: ['Strategy', ...measures.map(([name]) => name)],
    rows: contenders.map(({ name, result }) => [name, ...measures.map(([, format]) => format(result.performance))]),
    caption: 'After cost, risk-free rate 0. Turnover: value traded as a share of wealth.',
  };
}

function relativeTable(contenders: readonly Contender[], rival: string): Table {
  return {
    columns: [
      'Strategy',
      'Sharpe, 95 %',
      `Lead over ${rival.toLowerCase()}, 95 %`,
      'Hit rate',
      'Alpha',
      'Beta',
      'Tracking error',
      'Information ratio',
    ],
    rows: contenders.map(({ name, result, relative, sharpe, lead }) => [
      name,
      `${sharpe.low.toFixed(2)} to ${sharpe.high.toFixed(2)}`,
      `${signed(lead.low)} to ${signed(lead.high)}`,
      percent(result.performance.hitRate),
      percent(relative.alpha),
      relative.beta.toFixed(2),
      percent(relative.trackingError),
      relative.informationRatio.toFixed(2),
    ]),
    caption: 'Intervals by the stationary bootstrap, 1000 resamples of the same days for all.',
  };
}
