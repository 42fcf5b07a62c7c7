import type { Prices } from './prices.ts';

/**
 * What a price table says about each day, using that day and those before it only. Row t belongs to the close of day t.
 *
 * "Instruments" are the market, which is the equal-weight average of the assets' returns, and then the assets.
 */
export interface Market {
  readonly prices: Prices;
  /** Days the features look back on. They have a meaning from day `window` on. */
  readonly window: number;
  /** days x assets: price of day t over that of day t - 1; row 0 is 1. */
  readonly relatives: Float64Array;
  /** days x instruments: log returns of day t. */
  readonly logReturns: Float64Array;
  /** days x instruments: one over the volatility, which is the root mean square of the last `window` log returns. */
  readonly inverseVolatility: Float64Array;
  /** days x instruments x `featureNames`. */
  readonly features: Float32Array;
}

/**
 * Features of one instrument, all of order one.
 * - `lastReturn`: the day's log return in units of the volatility;
 * - `shortTrend`: log return over the last quarter of the window, in units of the volatility over that time;
 * - `trend`: the same over the whole window;
 * - `volatility`: log of the annual volatility over 25 %, an ordinary stock's.
 *
 * The volatility counts the very days it divides, so the first three cannot exceed sqrt(window) in size: a crash
 * does not throw a network off.
 */
export const featureNames = ['lastReturn', 'shortTrend', 'trend', 'volatility'] as const;

/** One basis point a day: keeps a price that stands still from dividing by zero. */
const leastVolatility = 1e-4;
/** A day's, of an ordinary stock: 25 % a year. */
export const ordinaryVolatility = 0.25 / Math.sqrt(252);

const markets = new WeakMap<Prices, Map<number, Market>>();

/** The market of a price table, computed once for all environments that share it. */
export function marketOf(prices: Prices, window: number): Market {
  let byWindow = markets.get(prices);
  if (byWindow === undefined) {
    byWindow = new Map();
    markets.set(prices, byWindow);
  }
  let market = byWindow.get(window);
  if (market === undefined) {
    market = computeMarket(prices, window);
    byWindow.set(window, market);
  }
  return market;
}

function computeMarket(prices: Prices, window: number): Market {
  const days = prices.dates.length;
  const assets = prices.assets.length;
  const instruments = assets + 1;
  const relatives = new Float64Array(days * assets).fill(1);
  const logReturns = new Float64Array(days * instruments);
  for (let day = 1; day < days; day++) {
    let sum = 0;
    for (let i = 0; i < assets; i++) {
      const relative = prices.prices[day * assets + i] / prices.prices[(day - 1) * assets + i];
      relatives[day * assets + i] = relative;
      logReturns[day * instruments + 1 + i] = Math.log(relative);
      sum += relative;
    }
    logReturns[day * instruments] = Math.log(sum / assets);
  }

  const short = Math.max(1, Math.round(window / 4));
  const inverseVolatility = new Float64Array(days * instruments);
  const features = new Float32Array(days * instruments * featureNames.length);
  for (let day = window; day < days; day++) {
    for (let i = 0; i < instruments; i++) {
      let squares = 0;
      let trend = 0;
      let shortTrend = 0;
      for (let ago = window - 1; ago >= 0; ago--) {
        const change = logReturns[(day - ago) * instruments + i];
        squares += change * change;
        trend += change;
        if (ago < short) shortTrend += change;
      }
      const at = day * instruments + i;
      const sigma = Math.max(Math.sqrt(squares / window), leastVolatility);
      inverseVolatility[at] = 1 / sigma;
      features[at * 4] = logReturns[at] / sigma;
      features[at * 4 + 1] = shortTrend / (sigma * Math.sqrt(short));
      features[at * 4 + 2] = trend / (sigma * Math.sqrt(window));
      features[at * 4 + 3] = Math.log(sigma / ordinaryVolatility);
    }
  }
  return { prices, window, relatives, logReturns, inverseVolatility, features };
}
