import type { Prices } from '../prices.ts';

/** What a rule may look at: the holdings and the prices up to and including row `day`, nothing later. */
export interface PortfolioView {
  /** Cash, then the assets, after drift. */
  readonly weights: Float64Array;
  readonly day: number;
  readonly prices: Prices;
}

/** The days a rule is to allocate for, and how. */
export interface Period {
  readonly prices: Prices;
  /** Rows of the price table: the first and last day whose returns are earned. */
  readonly firstReturn: number;
  readonly lastReturn: number;
  /** Days from one decision to the next. */
  readonly rebalanceEvery: number;
  /** Returns that rules estimate from: those of as many days before a decision, or of all there are if fewer. */
  readonly lookback: number;
}

/** Writes the target weights of a decision, cash first. Called once for each decision, in order. */
export type Rule = (view: PortfolioView, weights: Float64Array) => void;

/** A rule without learning that allocates at each decision. */
export interface Baseline {
  /** In kebab case, for the command line. */
  readonly id: string;
  readonly name: string;
  /** Looks at days to come: a bound on what can be had, and nothing anyone could have followed. */
  readonly hindsight?: true;
  /** A fresh start, with nothing remembered. */
  start(period: Period): Rule;
}

/** One weight alike for each asset, and no cash. */
export function fillEqually(weights: Float64Array): void {
  weights.fill(1 / (weights.length - 1));
  weights[0] = 0;
}

/** Writes the price relatives of the assets from the close of row `from` to that of row `to`. */
export function relativesBetween({ prices, assets }: Prices, from: number, to: number, relatives: Float64Array): void {
  const n = assets.length;
  for (let i = 0; i < n; i++) relatives[i] = prices[to * n + i] / prices[from * n + i];
}
