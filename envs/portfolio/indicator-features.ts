import { UserError } from '../../src/core/errors.ts';
import { averageTrueRange, bollingerPosition, ema, macdHistogram, rateOfChange, rsi, sma } from './indicators.ts';
import { type Market, ordinaryVolatility } from './market.ts';
import type { Prices } from './prices.ts';

/** Further features of an asset that the observation can show, all of order one. What each is stands in `README.md`. */
export const indicatorNames = [
  'correlation',
  'rsi',
  'macd',
  'bollinger',
  'atr',
  'smaRatio',
  'emaRatio',
  'roc',
] as const;

export type IndicatorName = (typeof indicatorNames)[number];

const rsiPeriod = 14;
const macdPeriods = { fast: 12, slow: 26, signal: 9 };
const bandPeriod = 20;
const rangePeriod = 14;
const meanPeriod = 20;
const rocPeriod = 10;

/** Days that must lie behind a day for the indicator to have a value, beside those of the window. */
const warmUps: Record<IndicatorName, number> = {
  correlation: 0,
  rsi: rsiPeriod,
  macd: macdPeriods.slow + macdPeriods.signal - 2,
  bollinger: bandPeriod - 1,
  atr: rangePeriod,
  smaRatio: meanPeriod - 1,
  emaRatio: meanPeriod - 1,
  roc: rocPeriod,
};

/** First day, counted from 0, on which all of these have a value. */
export function warmUpOf(names: readonly IndicatorName[]): number {
  return Math.max(0, ...names.map((name) => warmUps[name]));
}

/** Of all days, as instruments x names, row by row. The row of the market is the mean of the assets'. */
export type IndicatorTable = Float32Array;

const tables = new WeakMap<Market, Map<string, IndicatorTable>>();

/**
 * The indicators of all assets, computed once for all environments that share them.
 *
 * @throws UserError for an average true range of prices without highs and lows
 */
export function indicatorsOf(market: Market, names: readonly IndicatorName[]): IndicatorTable {
  let byNames = tables.get(market);
  if (byNames === undefined) {
    byNames = new Map();
    tables.set(market, byNames);
  }
  const key = names.join();
  let table = byNames.get(key);
  if (table === undefined) {
    table = computeTable(market, names);
    byNames.set(key, table);
  }
  return table;
}

function computeTable(market: Market, names: readonly IndicatorName[]): IndicatorTable {
  const { prices } = market;
  const days = prices.dates.length;
  const assets = prices.assets.length;
  const instruments = assets + 1;
  const table = new Float32Array(days * instruments * names.length);
  names.forEach((name, column) => {
    for (let asset = 0; asset < assets; asset++) {
      const values = valuesOf(name, market, asset);
      for (let day = 0; day < days; day++) {
        const row = day * instruments * names.length;
        table[row + (asset + 1) * names.length + column] = values[day];
        table[row + column] += values[day] / assets;
      }
    }
  });
  return table;
}

function valuesOf(name: IndicatorName, market: Market, asset: number): Float64Array {
  const { prices, inverseVolatility } = market;
  const instruments = prices.assets.length + 1;
  const close = seriesOf(prices.prices, asset, prices);
  /** A share of the price in units of what it moves in so many days. */
  const scaled = (share: number, day: number, period: number) =>
    (share * inverseVolatility[day * instruments + asset + 1]) / Math.sqrt(period);
  switch (name) {
    case 'correlation':
      return marketCorrelation(market, asset);
    case 'rsi':
      return rsi(close, rsiPeriod).map((value) => value / 50 - 1);
    case 'macd': {
      const { fast, slow, signal } = macdPeriods;
      return macdHistogram(close, fast, slow, signal).map((value, day) => scaled(value / close[day], day, 1));
    }
    case 'bollinger':
      return bollingerPosition(close, bandPeriod);
    case 'atr': {
      const { high, low } = prices;
      if (high === undefined || low === undefined) {
        throw new UserError(
          "The portfolio feature 'atr' needs the high and low of each day, which these prices do not have. Give a long " +
            'table with the columns date, symbol, high, low and close, or leave it out.',
        );
      }
      const range = averageTrueRange(seriesOf(high, asset, prices), seriesOf(low, asset, prices), close, rangePeriod);
      return range.map((value, day) => Math.log(Math.max(value / close[day], leastRange) / ordinaryVolatility));
    }
    case 'smaRatio':
      return sma(close, meanPeriod).map((mean, day) => scaled(Math.log(close[day] / mean), day, meanPeriod));
    case 'emaRatio':
      return ema(close, meanPeriod).map((mean, day) => scaled(Math.log(close[day] / mean), day, meanPeriod));
    case 'roc':
      return rateOfChange(close, rocPeriod).map((change, day) => scaled(change / 100, day, rocPeriod));
  }
}

/** One basis point, for an asset that stands still. */
const leastRange = 1e-4;

function seriesOf(table: Float64Array, asset: number, { dates, assets }: Prices): Float64Array {
  return Float64Array.from(dates, (_, day) => table[day * assets.length + asset]);
}

/** Pearson correlation of the asset's log returns with the market's over the window; 0 where one of them stands still. */
function marketCorrelation({ prices, window, logReturns }: Market, asset: number): Float64Array {
  const instruments = prices.assets.length + 1;
  return Float64Array.from(prices.dates, (_, day) => {
    if (day < window) return Number.NaN;
    let sumX = 0;
    let sumY = 0;
    let xx = 0;
    let yy = 0;
    let xy = 0;
    for (let past = day - window + 1; past <= day; past++) {
      const x = logReturns[past * instruments];
      const y = logReturns[past * instruments + asset + 1];
      sumX += x;
      sumY += y;
      xx += x * x;
      yy += y * y;
      xy += x * y;
    }
    const variances = (xx - (sumX * sumX) / window) * (yy - (sumY * sumY) / window);
    return variances > 1e-20 ? (xy - (sumX * sumY) / window) / Math.sqrt(variances) : 0;
  });
}
