import type { Actor } from '../domain.ts';
import type { Baseline, Rule } from './baselines/index.ts';
import { marketOf } from './market.ts';
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
  /** Daily simple returns after cost, and those of the market, which is the mean of the assets' own returns. */
  returns: Float64Array;
  marketReturns: Float64Array;
  /** Days of decision, each before the first day its weights earn. */
  decisionDates: string[];
  /** decisions x assets: the weights chosen. */
  weights: Float64Array;
  /** Of each decision: value traded as a share of wealth, and what it cost, likewise. */
  turnover: Float64Array;
  cost: Float64Array;
  performance: Performance;
}

/** Days that rules estimate from: a year. */
export const defaultLookback = 252;

/**
 * Runs an allocation rule once through the whole split, from its first day to its last, or to its ruin.
 *
 * @param options of the environment; `episodeLength` and `randomStart` are put aside
 * @param lookback days that a baseline estimates from
 * @throws UserError as the environment does
 */
export function backtest(
  options: PortfolioOptions,
  strategy: Actor | Baseline,
  lookback: number = defaultLookback,
): Backtest {
  const env = new PortfolioEnv({ ...options, episodeLength: undefined, randomStart: false });
  const { prices, window, firstReturn, lastReturn, rebalanceEvery } = env.options;
  const { logReturns } = marketOf(prices, window);
  const mostDays = lastReturn - firstReturn + 1;
  const mostDecisions = Math.ceil(mostDays / rebalanceEvery);
  const width = env.weights.length;
  const returns = new Float64Array(mostDays);
  const marketReturns = new Float64Array(mostDays);
  const weights = new Float64Array(mostDecisions * width);
  const turnover = new Float64Array(mostDecisions);
  const cost = new Float64Array(mostDecisions);
  const decisionDates: string[] = [];
  const turnoverSignal = env.signalNames.indexOf('turnover');
  const costSignal = env.signalNames.indexOf('cost');

  const observation = new Float32Array(env.observationSize);
  env.reset(0, observation);
  const step =
    typeof strategy === 'function'
      ? actorStep(env, strategy, observation)
      : ruleStep(env, strategy.start({ prices, firstReturn, lastReturn, rebalanceEvery, lookback }), observation);
  let days = 0;
  let decisions = 0;
  for (; decisions < mostDecisions && !env.terminated; decisions++) {
    decisionDates.push(env.date);
    step();
    weights.set(env.target, decisions * width);
    turnover[decisions] = env.signals[turnoverSignal];
    cost[decisions] = env.signals[costSignal];
    for (let i = 0; i < env.daysStepped; i++) {
      marketReturns[days] = Math.expm1(logReturns[(firstReturn + days) * width]);
      returns[days++] = env.dailyReturns[i];
    }
  }

  const earned = returns.subarray(0, days);
  let value = 1;
  return {
    assets: ['Cash', ...prices.assets],
    dates: prices.dates.slice(firstReturn, firstReturn + days),
    wealth: earned.map((change) => {
      value *= 1 + change;
      return value;
    }),
    returns: earned,
    marketReturns: marketReturns.subarray(0, days),
    decisionDates,
    weights: weights.subarray(0, decisions * width),
    turnover: turnover.subarray(0, decisions),
    cost: cost.subarray(0, decisions),
    performance: performanceOf(
      earned,
      turnover.reduce((sum, traded) => sum + traded, 0),
    ),
  };
}

function actorStep(env: PortfolioEnv, actor: Actor, observation: Float32Array): () => void {
  const action = new Float32Array(env.actionSize);
  actor.startEpisode?.();
  return () => {
    actor(observation, action);
    env.step(action, observation);
  };
}

function ruleStep(env: PortfolioEnv, rule: Rule, observation: Float32Array): () => void {
  const weights = new Float64Array(env.weights.length);
  return () => {
    rule(env, weights);
    env.stepWeights(weights, observation);
  };
}
