import { describe, expect, test } from '@jest/globals';
import { ATR, BollingerBands, EMA, MACD, ROC, RSI, SMA } from 'trading-signals';
import { indicatorNames, indicatorsOf, warmUpOf } from '../../../envs/portfolio/indicator-features.ts';
import {
  averageTrueRange,
  bollingerPosition,
  ema,
  macdHistogram,
  rateOfChange,
  rsi,
  sma,
} from '../../../envs/portfolio/indicators.ts';
import { marketOf } from '../../../envs/portfolio/market.ts';
import { PortfolioEnv } from '../../../envs/portfolio/portfolio-env.ts';
import { loadPrices, type Prices } from '../../../envs/portfolio/prices.ts';
import { isoDay, priceCsv, priceFolder, scattered, wanderingPrices } from './price-files.ts';

const shipped = loadPrices();
/** Two years of Apple. */
const apple = Float64Array.from({ length: 500 }, (_, day) => shipped.prices[(7000 + day) * shipped.assets.length]);
const high = apple.map((price, day) => price * (1 + 0.02 * scattered(day)));
const low = apple.map((price, day) => price * (1 - 0.02 * scattered(3 * day + 1)));

interface Streaming<In, Out> {
  add(value: In): unknown;
  getResult(): Out | null;
}

/** What the other library says day by day, NaN until it says anything. */
function streamed<In, Out>(indicator: Streaming<In, Out>, inputs: readonly In[], read: (result: Out) => number) {
  return inputs.map((input) => {
    indicator.add(input);
    const result = indicator.getResult();
    return result === null ? Number.NaN : read(result);
  });
}

const known = (series: Float64Array) => series.findIndex((value) => !Number.isNaN(value));
const itself = (value: number) => value;
const closes = Array.from(apple);

function expectClose(ours: Float64Array, theirs: readonly number[], from: number, digits: number): void {
  expect(ours).toHaveLength(theirs.length);
  for (let day = from; day < ours.length; day++) expect(ours[day]).toBeCloseTo(theirs[day], digits);
}

describe('indicators are those of another library', () => {
  test('SMA, RSI, rate of change and Bollinger, from the first value on', () => {
    expectClose(sma(apple, 20), streamed(new SMA(20), closes, itself), 19, 9);
    expectClose(rsi(apple, 14), streamed(new RSI(14), closes, itself), 14, 9);
    expectClose(
      rateOfChange(apple, 10),
      streamed(new ROC(10), closes, (change) => 100 * change),
      10,
      8,
    );
    const bands = streamed(new BollingerBands(20, 2), closes, ({ upper }) => upper);
    const position = bollingerPosition(apple, 20);
    const mean = sma(apple, 20);
    for (let day = 19; day < 500; day++) {
      expect(mean[day] + (apple[day] - mean[day]) / position[day]).toBeCloseTo(bands[day], 6);
    }
  });

  test('EMA, MACD and ATR, which begin otherwise there, once the beginning is forgotten', () => {
    expectClose(ema(apple, 20), streamed(new EMA(20), closes, itself), 250, 6);
    const theirs = streamed(new MACD(new EMA(12), new EMA(26), new EMA(9)), closes, ({ histogram }) => histogram);
    expectClose(macdHistogram(apple, 12, 26, 9), theirs, 300, 6);
    const bars = closes.map((close, day) => ({ close, high: high[day], low: low[day] }));
    expectClose(averageTrueRange(high, low, apple, 14), streamed(new ATR(14), bars, itself), 300, 6);
  });
});

describe('indicators by hand', () => {
  test('relative strength is not rounded', () => {
    // Gains 1, 1, 0: mean 2/3; losses 0, 0, 1: mean 1/3. Then a gain of 2: (2 x 2/3 + 2) / 3 = 10/9, losses 2/9.
    const found = rsi(Float64Array.of(1, 2, 3, 2, 4), 3);
    expect(Array.from(found.slice(0, 3))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(found[3]).toBeCloseTo(200 / 3, 12);
    expect(found[4]).toBeCloseTo((100 * 10) / 12, 12);
    expect(rsi(Float64Array.of(5, 5, 5, 5), 3)[3]).toBe(50);
    expect(rsi(Float64Array.of(1, 2, 3, 4), 3)[3]).toBe(100);
  });

  test('the exponential mean starts from the plain one', () => {
    // 2, then rate 1/2: 2.5, 3.75.
    expect(Array.from(ema(Float64Array.of(1, 2, 3, 3, 5), 3)).slice(2)).toEqual([2, 2.5, 3.75]);
  });

  test('the true range counts the way from the close before', () => {
    // Day 1: 3 - 2 = 1 and 3 - 1 = 2: the range is 2. Day 2: high 4, low 3, close before 2.5: 1.5.
    const range = averageTrueRange(Float64Array.of(1, 3, 4), Float64Array.of(1, 2, 3), Float64Array.of(1, 2.5, 3.5), 2);
    expect(range[2]).toBeCloseTo(1.75, 12);
  });

  test('between the bands', () => {
    // Mean 2, deviation sqrt(2/3), bands two of them away; the price is one away from the mean.
    expect(bollingerPosition(Float64Array.of(1, 2, 3), 3)[2]).toBeCloseTo(1 / (2 * Math.sqrt(2 / 3)), 12);
    expect(bollingerPosition(Float64Array.of(2, 2, 2), 3)[2]).toBe(0);
  });
});

describe('a price that is missing', () => {
  const holed = apple.slice();
  holed[200] = Number.NaN;

  test.each([
    ['SMA', (prices: Float64Array) => sma(prices, 20), 19],
    ['EMA', (prices: Float64Array) => ema(prices, 20), 19],
    ['RSI', (prices: Float64Array) => rsi(prices, 14), 14],
    ['MACD', (prices: Float64Array) => macdHistogram(prices, 12, 26, 9), 33],
    ['Bollinger', (prices: Float64Array) => bollingerPosition(prices, 20), 19],
    ['rate of change', (prices: Float64Array) => rateOfChange(prices, 10), 10],
    ['ATR', (prices: Float64Array) => averageTrueRange(high, low, prices, 14), 14],
  ])('starts %s anew', (_, indicator, warmUp) => {
    const found = indicator(holed);
    const whole = indicator(apple);
    expect(found).toHaveLength(500);
    expect(known(whole)).toBe(warmUp);
    expect(found.slice(0, 200)).toEqual(whole.slice(0, 200));
    expect(found.slice(200, 201 + warmUp).every(Number.isNaN)).toBe(true);
    expect(found.slice(201 + warmUp).every(Number.isFinite)).toBe(true);
  });
});

describe('features of the observation', () => {
  const rows = wanderingPrices(120, 3);
  const withRanges = (prices: number[][]): Prices => {
    const flat = Float64Array.from(prices.flat());
    return {
      dates: prices.map((_, day) => isoDay(day)),
      assets: ['A', 'B', 'C'],
      prices: flat,
      high: flat.map((price) => 1.01 * price),
      low: flat.map((price) => 0.98 * price),
    };
  };
  const tableOf = (prices: number[][]) => indicatorsOf(marketOf(withRanges(prices), 10), indicatorNames);

  test('look at nothing that is yet to come', () => {
    const changed = rows.map((row, day) => (day > 80 ? row.map((price) => price * (1.5 + 0.4 * Math.sin(day))) : row));
    const width = 4 * indicatorNames.length;
    const [truth, other] = [tableOf(rows), tableOf(changed)];
    expect(other.slice(0, 81 * width)).toEqual(truth.slice(0, 81 * width));
    expect(other.slice(81 * width)).not.toEqual(truth.slice(81 * width));
  });

  test('are known and of order one from the end of the warm-up on; the market’s are the mean', () => {
    const table = tableOf(rows);
    const count = indicatorNames.length;
    const first = Math.max(10, warmUpOf(indicatorNames));
    expect(first).toBe(33);
    for (let day = first; day < 120; day++) {
      for (let k = 0; k < count; k++) {
        const at = (row: number) => table[(day * 4 + row) * count + k];
        expect(Math.abs(at(1))).toBeLessThan(6);
        expect(at(0)).toBeCloseTo((at(1) + at(2) + at(3)) / 3, 5);
      }
    }
    expect(table.slice((first - 1) * 4 * count, first * 4 * count).some(Number.isNaN)).toBe(true);
  });

  test('correlation with the market is Pearson’s', () => {
    const day = 60;
    const returns = Array.from({ length: 10 }, (_, ago) => {
      const [now, before] = [rows[day - ago], rows[day - ago - 1]];
      return [Math.log(now.reduce((sum, price, i) => sum + price / before[i], 0) / 3), Math.log(now[0] / before[0])];
    });
    const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length;
    const [market, asset] = [returns.map(([x]) => x), returns.map(([, y]) => y)];
    const moment = (a: number[], b: number[]) => mean(a.map((x, i) => (x - mean(a)) * (b[i] - mean(b))));
    const expected = moment(market, asset) / Math.sqrt(moment(market, market) * moment(asset, asset));
    expect(tableOf(rows)[(day * 4 + 1) * indicatorNames.length]).toBeCloseTo(expected, 5);
  });

  test('stand before the weight, and the first decision waits for them', () => {
    const folder = priceFolder();
    const data = folder.write(priceCsv(rows));
    const env = new PortfolioEnv({ data, split: 'all', window: 10, features: ['rsi', 'macd'] });
    const observation = new Float32Array(env.observationSize);
    env.reset(0, observation);
    expect(env.day).toBe(33);
    expect(env.observationSpace.toString()).toBe('Box(-Infinity, Infinity, [4, 7], float32)');
    expect(observation.every(Number.isFinite)).toBe(true);
    const prices = Float64Array.from(rows, (row) => row[1]);
    expect(observation[2 * 7 + 4]).toBeCloseTo(rsi(prices, 14)[33] / 50 - 1, 5);
    folder.remove();
  });

  test('a range needs highs and lows', () => {
    expect(() => new PortfolioEnv({ features: ['atr'] })).toThrow(/'atr' needs the high and low of each day/);
    expect(() => new PortfolioEnv({ features: ['rsa' as 'rsi'] })).toThrow(/features\.0/);
  });
});
