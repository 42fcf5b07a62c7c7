import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import {
  type Baseline,
  baselines,
  type Contender,
  compareStrategies,
  defaultLookback,
  deflatedSharpe,
  describeComparison,
  equalWeight,
  type NamedStrategy,
  type PortfolioOptions,
} from '../../envs/index.ts';
import { finalOptionsOf } from '../../scenarios/prepare.ts';
import { nearestNames } from '../../src/core/nearest.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { renderReport } from '../../src/report/html.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { actorOf, loadRunPolicy, openRun } from '../finished-run.ts';
import { formatTable, printJson } from '../output.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';

interface BacktestOptions {
  data?: string;
  cost?: number;
  split?: PortfolioOptions['split'];
  from?: string;
  to?: string;
  rebalance?: number;
  hold: PortfolioOptions['initialHolding'];
  lookback: number;
  trials?: number;
  report?: string;
  json?: boolean;
}

const environmentId = 'upslope/Portfolio-v0';
const defaultRebalancing = 21;

export function backtestCommand(): Command {
  return new Command('backtest')
    .description('run rules without learning, or trained policies, through a stretch of days')
    .argument('<strategy...>', 'names of rules (see below), directories of runs, or all for every rule')
    .option('--data <file>', 'prices to run on (default: those of the run, else the 20 stocks that ship)')
    .option('--cost <basis points>', 'cost of sales and purchases, in proportion to their value', basisPoints)
    .addOption(new Option('--split <part>', 'part of the days (default: test)').choices(parts))
    .option('--from <day>', 'first day whose return is earned; of all days unless --split is given')
    .option('--to <day>', 'last such day')
    .option(
      '--rebalance <days>',
      `from one decision to the next (default: the run's, else ${defaultRebalancing})`,
      days,
    )
    .addOption(
      new Option('--hold <what>', 'held at the first decision: cash, equal weights, or what is chosen, for free')
        .choices(['cash', 'equal', 'chosen'])
        .default('cash'),
    )
    .option('--lookback <days>', 'that rules estimate from', wholeNumber(2), defaultLookback)
    .option(
      '--trials <n>',
      'strategies tried before this one: tells what its Sharpe ratio is then worth',
      wholeNumber(2),
    )
    .option('--report <file>', 'write figures and tables as an HTML file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Rules: ${baselines.map(({ id }) => id).join(', ')}.

Examples:
  $ upslope backtest all
  $ upslope backtest risk-parity --data prices.csv --cost 25
  $ upslope backtest minimum-variance maximum-sharpe --from 2000-01-03 --json
  $ upslope backtest runs/portfolio/20250101-120000-0 --trials 20 --report backtest.html`,
    )
    .action(runBacktest);
}

const parts = ['train', 'validation', 'test', 'all'];
const days = wholeNumber(1);
const basisPoints = (text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value < 10_000) return value;
  throw new UsageError(`--cost: expected basis points from 0 up to 10000, got '${text}'.`);
};

function runBacktest(names: string[], settings: BacktestOptions): void {
  const terms = termsOf(settings);
  const policies: Policy[] = [];
  const strategies = asUsage(() => names.flatMap((name) => strategiesOf(name, terms, policies)));
  if (!strategies.some(({ id }) => id === equalWeight.id)) strategies.push(ruleOf(equalWeight));
  const options: PortfolioOptions = strategies.find((strategy) => strategy.options)?.options ?? {
    split: 'test',
    rebalanceEvery: defaultRebalancing,
    ...terms,
  };
  const contenders = asUsage(() => compareStrategies(strategies, options, equalWeight.id, settings.lookback));
  for (const policy of policies) policy.model.dispose();

  const { table, sections } = describeComparison(contenders, equalWeight.id, options);
  const { trials, report } = settings;
  if (report !== undefined) {
    const title = `Backtest of ${contenders[0].name.toLowerCase()}`;
    writeFileAtomic(report, renderReport({ title, facts: [], sections }));
  }
  if (settings.json) {
    const { dates } = contenders[0].result;
    printJson({
      from: dates[0],
      to: dates[dates.length - 1],
      strategies: contenders.map((contender) => figuresOf(contender, trials)),
      report,
    });
    return;
  }
  const [backtest, market] = sections;
  const blocks = [
    backtest.text,
    formatTable(table),
    formatTable(market.table!),
    ...(trials === undefined ? [] : [deflated(contenders[0], trials)]),
    ...(report === undefined ? [] : [`Report  ${report}`]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

/** What the user asks of the days and the trading, whatever the strategy. */
function termsOf({ data, cost, split, from, to, rebalance, hold }: BacktestOptions): PortfolioOptions {
  if (data !== undefined && !existsSync(data)) {
    throw new UsageError(`There is no file ${resolve(data)}: expected the prices that --data names.`);
  }
  const part = split ?? (from !== undefined || to !== undefined ? 'all' : undefined);
  return {
    initialHolding: hold,
    ...(data !== undefined && { data: resolve(data) }),
    ...(cost !== undefined && {
      cost: { kind: 'proportional', basisPoints: cost } as const,
      costBasisPoints: undefined,
    }),
    ...(part !== undefined && { split: part }),
    ...(from !== undefined && { start: from }),
    ...(to !== undefined && { end: to }),
    ...(rebalance !== undefined && { rebalanceEvery: rebalance }),
  };
}

/** @param opened gains the policies that were loaded */
function strategiesOf(name: string, terms: PortfolioOptions, opened: Policy[]): NamedStrategy[] {
  if (name === 'all') return baselines.map(ruleOf);
  const rule = baselines.find(({ id }) => id === name);
  if (rule !== undefined) return [ruleOf(rule)];
  if (!existsSync(name)) {
    const near = nearestNames(
      name,
      baselines.map(({ id }) => id),
    );
    const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
    throw new UsageError(
      `There is no rule and no run '${name}'.${hint} Rules: ${baselines.map(({ id }) => id).join(', ')}.`,
    );
  }
  const run = openRun(name);
  if (run.scenario.environment.id !== environmentId) {
    throw new UsageError(`The run in ${name} is of ${run.scenario.environment.id}: expected one of ${environmentId}.`);
  }
  const policy = loadRunPolicy(run);
  opened.push(policy);
  return [
    {
      id: basename(resolve(name)),
      name: `Policy ${basename(resolve(name))}`,
      strategy: actorOf(policy),
      options: { split: 'test', ...finalOptionsOf(run.scenario), ...terms },
    },
  ];
}

const ruleOf = (strategy: Baseline): NamedStrategy => ({ id: strategy.id, name: strategy.name, strategy });

function figuresOf({ id, name, result, relative, sharpe, lead }: Contender, trials: number | undefined) {
  return {
    id,
    name,
    ...result.performance,
    ...relative,
    sharpeLow: sharpe.low,
    sharpeHigh: sharpe.high,
    sharpeLead: lead.difference,
    sharpeLeadLow: lead.low,
    sharpeLeadHigh: lead.high,
    ...(trials !== undefined && { deflatedSharpe: deflatedSharpe(result.returns, trials) }),
  };
}

function deflated({ name, result }: Contender, trials: number): string {
  const probability = (100 * deflatedSharpe(result.returns, trials)).toFixed(1);
  return (
    `As the best of ${trials} strategies tried, ${name.toLowerCase()} has a true Sharpe ratio above zero with a ` +
    `probability of ${probability} % (deflated Sharpe ratio, Bailey and Lopez de Prado 2014).`
  );
}
