import { Constraints } from './constraints.ts';
import { averageDailyVolumes } from './daily-volume.ts';
import type { Prices } from './prices.ts';
import { type TradingCost, tradingCostOf } from './trading-cost.ts';
import type { FilledTrading } from './trading-options.ts';

/** Trading days of a year, over which annual rates are spread. */
const daysPerYear = 252;

/** The options that concern trading, as the environment uses them. */
export interface Trading {
  readonly constraints: Constraints;
  readonly cost: TradingCost;
  readonly band: number;
  /** Whether cash or a position can be negative. */
  readonly margin: boolean;
  /** A day, as shares of what is borrowed and of what is sold short. */
  readonly borrowRate: number;
  readonly shortFee: number;
  /** Rate of the running averages behind rewards, a decision. */
  readonly differentialRate: number;
  readonly cvarLevel: number;
}

/** @throws UserError for options that do not fit the data or each other */
export function tradingOf(filled: FilledTrading & { rebalanceEvery: number; window: number }, prices: Prices): Trading {
  const perDay = 1e-4 / daysPerYear;
  return {
    constraints: new Constraints(prices.assets, filled),
    cost: tradingCostOf(filled, prices.assets, () => averageDailyVolumes(prices, filled.window)),
    band: filled.band,
    margin: filled.short || filled.leverage > 1,
    borrowRate: filled.borrowBasisPoints * perDay,
    shortFee: filled.shortFeeBasisPoints * perDay,
    differentialRate: filled.differentialRate ?? Math.min(filled.rebalanceEvery / daysPerYear, 1),
    cvarLevel: filled.cvarLevel,
  };
}
