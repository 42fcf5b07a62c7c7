import type { Actor } from '../domain.ts';
import type { Baseline } from './baselines.ts';
import { type Performance, performanceOf } from './metrics.ts';
import type { PortfolioOptions } from './options.ts';
import { PortfolioEnv } from './portfolio-env.ts';

/** One run through all days of a split. */
export interface Backtest {
  /** Cash, then the assets. */
  assets: string[];
  /** The days whose returns were earned; the wealth before the first of them is 1. */
  dates: string[];
  /** At the close of each of these days, after cost. */
  wealth: Float64Array;
  /** Daily log returns after cost. */
  logReturns: Float64Array;
  /** Days of decision, each before the first day its weights earn. */
  decisionDates: string[];
  /** decisions x assets: the weights chosen. */
  weights: Float64Array;
  /** Of each decision: value traded as a share of wealth, and what it cost, likewise. */
  turnover: Float64Array;
  cost: Float64Array;
  performance: Performance;
}

/**
 * Runs an allocation rule once through the whole split, from its first day to its last.
 *
 * @param options of the environment; `episodeLength` and `randomStart` are put aside
 * @throws UserError as the environment does
 */
export function backtest(options: PortfolioOptions, strategy: Actor | Baseline): Backtest {
  const env = new PortfolioEnv({ ...options, episodeLength: undefined, randomStart: false });
  const days = env.options.episodeLength;
  const decisions = Math.ceil(days / env.options.rebalanceEvery);
  const returns = new Float64Array(days);
  const decisionDates: string[] = [];
  const weights = new Float64Array(decisions * env.actionSize);
  const turnover = new Float64Array(decisions);
  const cost = new Float64Array(decisions);
  const turnoverSignal = env.signalNames.indexOf('turnover');
  const costSignal = env.signalNames.indexOf('cost');

  const observation = new Float32Array(env.observationSize);
  const action = new Float32Array(env.actionSize);
  env.reset(0, observation);
  const firstReturn = env.day + 1;
  let day = 0;
  for (let decision = 0; decision < decisions; decision++) {
    decisionDates.push(env.date);
    if (typeof strategy === 'function') strategy(observation, action);
    else strategy.allocate(env, action);
    env.step(action, observation);
    weights.set(env.target, decision * env.actionSize);
    turnover[decision] = env.signals[turnoverSignal];
    cost[decision] = env.signals[costSignal];
    for (let i = 0; i < env.daysStepped; i++) returns[day++] = env.dailyReturns[i];
  }

  let value = 1;
  return {
    assets: ['Cash', ...env.prices.assets],
    dates: env.prices.dates.slice(firstReturn, firstReturn + days),
    wealth: returns.map((change) => {
      value *= 1 + change;
      return value;
    }),
    logReturns: returns.map(Math.log1p),
    decisionDates,
    weights,
    turnover,
    cost,
    performance: performanceOf(
      returns,
      turnover.reduce((sum, traded) => sum + traded, 0),
    ),
  };
}
