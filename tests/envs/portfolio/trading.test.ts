import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { averageDailyVolumes } from '../../../envs/portfolio/daily-volume.ts';
import type { Market } from '../../../envs/portfolio/market.ts';
import type { PortfolioOptions } from '../../../envs/portfolio/options.ts';
import { PortfolioEnv } from '../../../envs/portfolio/portfolio-env.ts';
import { differentialSharpe } from '../../../envs/portfolio/rewards.ts';
import { shareLeft, tradingCostOf } from '../../../envs/portfolio/trading-cost.ts';
import { tradingFields } from '../../../envs/portfolio/trading-options.ts';
import { envOf } from '../../../src/core/adapters/env-of.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { UserError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { priceCsv, priceFolder, wanderingPrices } from './price-files.ts';

const folder = priceFolder();
afterAll(() => folder.remove());

type Signal = PortfolioEnv['signalNames'][number];

const started = (options: PortfolioOptions, seed = 1) => {
  const env = new PortfolioEnv(options);
  const observation = new Float32Array(env.observationSize);
  env.reset(seed, observation);
  const step = (...action: number[]) => env.step(Float32Array.from(action), observation);
  const stepWeights = (...weights: number[]) => env.stepWeights(Float64Array.from(weights), observation);
  const signal = (name: Signal) => env.signals[env.signalNames.indexOf(name)];
  return { env, observation, step, stepWeights, signal };
};

/** Two assets that stand still for three days, then A gains 10 %, and then A gains 10 % and B loses 10 %. */
const small = folder.write(
  priceCsv([
    [100, 50],
    [100, 50],
    [100, 50],
    [110, 50],
    [121, 45],
  ]),
);
const free = { data: small, split: 'all', window: 2, rewardScale: 1, cost: { kind: 'none' } } as const;
const filled = z.object(tradingFields).parse({});
const wandering = folder.write(priceCsv(wanderingPrices(120, 3)));

describe('ways to charge a trade', () => {
  const left = (cost: PortfolioOptions['cost'], capital?: number) => {
    const { step, signal } = started({ ...free, cost, capital, rewardScale: 100 });
    step(0, 1, 0);
    const first = 1 - signal('cost');
    step(0, 0, 1);
    expect(Math.log1p(-signal('cost')) + Math.log1p(signal('grossReturn'))).toBeCloseTo(signal('logReturn'), 14);
    return [first, 1 - signal('cost')];
  };

  test('not at all', () => {
    expect(left({ kind: 'none' })).toEqual([1, 1]);
  });

  test('a full swap at 5 %: the linear rule takes a tenth, the exact one less', () => {
    expect(left({ kind: 'proportional', basisPoints: 500 })).toEqual([
      expect.closeTo(0.95, 15),
      expect.closeTo(0.9, 15),
    ]);
    expect(left({ kind: 'exact', basisPoints: 500 })).toEqual([expect.closeTo(0.95, 13), expect.closeTo(0.9025, 13)]);
    expect(left({ kind: 'exact' })).toEqual(left({ kind: 'exact', basisPoints: 10 }));
  });

  test('the exact rule is what costBasisPoints means', () => {
    const { step, signal } = started({ ...free, cost: undefined, costBasisPoints: 500 });
    step(0, 1, 0);
    expect(1 - signal('cost')).toBe(left({ kind: 'exact', basisPoints: 500 })[0]);
  });

  test('a fee weighs less the more there is', () => {
    // Of 1000 first 5 are paid and 1 % of all; then 5 twice, of what that has grown to, and 2 %.
    const [first, second] = left({ kind: 'fixed-spread', fee: 5, halfSpreadBasisPoints: 100 }, 1000);
    expect(first).toBeCloseTo(1 - 0.005 - 0.01, 15);
    expect(second).toBeCloseTo(1 - 10 / (1000 * first * 1.1) - 0.02, 14);
  });

  test('impact by the volatility known at the decision', () => {
    const cost = { kind: 'square-root', coefficient: 2, dailyVolume: { S0: 4e6, S1: 16e6 } } as const;
    const [first, second] = left(cost, 1e6);
    // Prices stood still, and volatility counts as a basis point at least: 2 * 1e-4 * sqrt(1 / 4).
    expect(first).toBeCloseTo(1 - 2 * 1e-4 * 0.5, 14);
    // A: root mean square of ln 1.1 and 0.
    const wealth = first * 1.1;
    const sigma = Math.log(1.1) / Math.SQRT2;
    const [a, b] = [2 * sigma * Math.sqrt(wealth / 4), 2 * 1e-4 * Math.sqrt(wealth / 16)];
    expect(second).toBeCloseTo(1 - a - b, 13);
  });

  test('impact by the volumes of the data, as a mean over the window', () => {
    const prices = {
      dates: ['2020-01-01', '2020-01-02', '2020-01-03'],
      assets: ['A', 'B'],
      prices: Float64Array.of(1, 10, 2, 20, 4, 40),
      volumes: Float64Array.of(100, 7, 200, 7, 300, 7),
    };
    // A: 100, then (100 + 400) / 2, then (400 + 1200) / 2.
    expect(averageDailyVolumes(prices, 2)).toEqual(Float64Array.of(100, 70, 250, 105, 800, 210));
    expect(averageDailyVolumes({ ...prices, volumes: undefined }, 2)).toBeUndefined();
    const cost = { kind: 'square-root', coefficient: 1, halfSpreadBasisPoints: 0 } as const;
    const money = tradingCostOf({ ...filled, cost, capital: 10 }, prices.assets, () => averageDailyVolumes(prices, 2));
    expect(money).toMatchObject({ volumes: Float64Array.of(10, 7, 25, 10.5, 80, 21), stride: 2 });
    const inverseVolatility = new Float64Array(9).fill(50);
    const market = { inverseVolatility } as unknown as Market;
    const [before, after] = [Float64Array.of(1, 0, 0), Float64Array.of(0.5, 0, 0.5)];
    // On the last day, half of a wealth of 4 is 2 of 21.
    expect(shareLeft(money, before, after, 4, 2, market)).toBeCloseTo(1 - 0.5 * 0.02 * Math.sqrt(2 / 21), 15);
  });

  test.each<[PortfolioOptions, string]>([
    [{ cost: { kind: 'none' }, costBasisPoints: 5 }, "'cost' (none) and 'costBasisPoints' (5). Give one"],
    [{ cost: { kind: 'fixed-spread', fee: 1 } }, "give the portfolio option 'capital'"],
    [{ cost: { kind: 'square-root', dailyVolume: 1 } }, "give the portfolio option 'capital'"],
    [{ cost: { kind: 'square-root', dailyVolume: { S0: 1 } }, capital: 1 }, "'cost.dailyVolume' lacks S1"],
    [{ cost: { kind: 'square-root', dailyVolume: { S9: 1 } }, capital: 1 }, "'cost.dailyVolume' 'S9'"],
    [{ cost: { kind: 'square-root' }, capital: 1 }, 'which the data do not tell'],
    [{ cost: { kind: 'exact', basisPoints: -1 } }, "The portfolio option 'cost.basisPoints' does not fit"],
    [{ cost: { kind: 'exact', basisPoints: 1000 }, leverage: 4 }, 'beyond what can be traded'],
    [{ leverage: 0 }, "'leverage'"],
    [{ band: 1 }, "'band'"],
    [{ capital: 0 }, "'capital'"],
    [{ differentialRate: 2 }, "'differentialRate'"],
    [{ cvarLevel: 1 }, "'cvarLevel'"],
  ])('%o is refused', (options, message) => {
    const create = () => new PortfolioEnv({ ...free, cost: undefined, ...options });
    expect(create).toThrow(UserError);
    expect(create).toThrow(message);
  });

  test('an unknown way is refused with the known ones', () => {
    const options = { cost: { kind: 'quadratic' } } as unknown as PortfolioOptions;
    expect(() => new PortfolioEnv(options)).toThrow("The portfolio option 'cost.kind' does not fit");
  });
});

describe('what may be held', () => {
  test('borrowed money costs interest, short positions a fee, day by day', () => {
    const margin = { ...free, short: true, leverage: 3, borrowBasisPoints: 252, shortFeeBasisPoints: 504 } as const;
    const { env, step, signal } = started(margin);
    expect([env.actionSize, env.target.length, env.observationSize]).toEqual([2, 3, 15]);
    // More short than long: the largest position is the short one.
    const bear = started(margin);
    bear.stepWeights(1.3, 1.2, -1.5);
    expect(bear.signal('maxWeight')).toBe(1.5);
    expect(bear.signal('concentration')).toBeCloseTo(1.69 + 1.44 + 2.25, 14);
    // 2 of A, -1 of B, nothing borrowed: a fee of 2 basis points of 1.
    step(2 / 3, -1 / 3);
    expect([signal('grossExposure'), signal('netExposure'), signal('cashWeight')]).toEqual(
      [3, 1, 0].map((value) => expect.closeTo(value, 6)),
    );
    expect(signal('grossReturn')).toBeCloseTo(0.2 - 0.0002, 7);

    const other = started({ ...margin, rebalanceEvery: 2 });
    // 2.5 of A, 0.5 of B, 2 borrowed, for two days; interest is paid with what is borrowed.
    other.stepWeights(-2, 2.5, 0.5);
    const debt = 2 * 1.0001;
    expect(other.signal('grossReturn')).toBeCloseTo(2.5 * 1.21 + 0.5 * 0.9 - debt * 1.0001 - 1, 12);
    expect(other.signal('netExposure')).toBe(3);
    expect(Math.abs(other.env.weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-14);
    expect(other.env.weights[0]).toBeLessThan(0);
  });

  test('long and short of the same asset are mirror images', () => {
    const long = started({ ...free, short: true });
    const short = started({ ...free, short: true });
    long.step(1, 0);
    short.step(-1, 0);
    expect(long.signal('grossReturn')).toBeCloseTo(0.1, 14);
    expect(short.signal('grossReturn')).toBeCloseTo(-0.1, 14);
  });

  test('no trade within the band', () => {
    const { env, stepWeights, signal } = started({ ...free, band: 0.03, costBasisPoints: undefined });
    stepWeights(0, 0.5, 0.5);
    expect(signal('turnover')).toBe(1);
    const drifted = Array.from(env.weights);
    expect(drifted[1]).toBeCloseTo(0.55 / 1.05, 14);
    // 0.524 is within 0.03 of 0.5.
    stepWeights(0, 0.5, 0.5);
    expect(signal('turnover')).toBe(0);
    expect(Array.from(env.target)).toEqual(drifted);

    const narrow = started({ ...free, band: 0.02 });
    narrow.stepWeights(0, 0.5, 0.5);
    narrow.stepWeights(0, 0.5, 0.5);
    expect(narrow.signal('turnover')).toBeCloseTo(2 * (0.55 / 1.05 - 0.5), 14);
  });

  test('weights in double precision do what actions do, without the rounding', () => {
    const one = started({ data: wandering, split: 'all', window: 5 });
    const other = started({ data: wandering, split: 'all', window: 5 });
    for (let k = 0; !one.env.truncated; k++) {
      const weights = [0.25, 0.25 * (k % 3), 0.125, 0].map((weight, i) =>
        i === 3 ? 1 - 0.375 - 0.25 * (k % 3) : weight,
      );
      one.step(...weights);
      other.stepWeights(...weights);
      expect(other.env.reward).toBe(one.env.reward);
    }
    expect(one.signal('wealth')).toBe(other.signal('wealth'));
    const held = started({});
    const third = new Array(21).fill(1 / 20).fill(0, 0, 1);
    held.stepWeights(...third);
    for (let day = 0; day < 300; day++) {
      held.stepWeights(...held.env.weights);
      expect(held.signal('cost')).toBe(0);
    }
  });
});

describe('ruin', () => {
  /** A triples. */
  const tripling = folder.write(
    priceCsv([
      [100, 50],
      [100, 50],
      [100, 50],
      [300, 50],
      [300, 50],
      [300, 50],
    ]),
  );

  test.each([1, 3])(
    'ends the episode, at the logarithm of a ten-thousandth, deciding every %i days',
    (rebalanceEvery) => {
      const { env, observation, step, signal } = started({ ...free, data: tripling, short: true, rebalanceEvery });
      step(-1, 0);
      expect([env.terminated, env.truncated]).toEqual([true, false]);
      expect(env.reward).toBeCloseTo(Math.log(1e-4), 12);
      expect(signal('wealth')).toBeCloseTo(1e-4, 15);
      expect(signal('drawdown')).toBeCloseTo(1 - 1e-4, 12);
      expect(env.daysStepped).toBe(1);
      expect(env.dailyReturns[0]).toBeCloseTo(1e-4 - 1, 15);
      expect(Array.from(env.weights)).toEqual([1, 0, 0]);
      expect([...observation, ...env.signals].every(Number.isFinite)).toBe(true);
      expect(() => step(0, 0)).toThrow('call reset before step');
      const other = started({ ...free, data: tripling, short: true, rebalanceEvery });
      other.env.setState(JSON.parse(JSON.stringify(env.getState())));
      expect(() => other.step(0, 0)).toThrow('call reset before step');
      env.reset(undefined, observation);
      step(0, 0);
      expect([env.terminated, env.reward]).toEqual([false, 0]);
    },
  );

  test('on a later day of a step leaves as much of the wealth before it', () => {
    // A gains 10 % and then triples.
    const data = folder.write(
      priceCsv([
        [100, 50],
        [100, 50],
        [100, 50],
        [110, 50],
        [330, 50],
      ]),
    );
    const { env, step } = started({ ...free, data, short: true, rebalanceEvery: 2 });
    step(-1, 0);
    expect(env.terminated).toBe(true);
    expect(env.reward).toBeCloseTo(Math.log(1e-4), 12);
    expect(env.daysStepped).toBe(2);
    expect((1 + env.dailyReturns[0]) * (1 + env.dailyReturns[1])).toBeCloseTo(1e-4, 14);
    expect(1 + env.dailyReturns[0]).toBeCloseTo(0.9, 14);
  });

  test('by fees alone', () => {
    const { env, step } = started({ ...free, cost: { kind: 'fixed-spread', fee: 60 }, capital: 100 });
    step(0, 0.5, 0.5);
    expect(env.terminated).toBe(true);
    expect(env.signals[2]).toBe(1);
    expect(env.reward).toBeCloseTo(Math.log(1e-4), 12);
  });
});

describe('signals', () => {
  test('at the start tell of what is held', () => {
    const cash = started(free);
    const equal = started({ ...free, initialHolding: 'equal' });
    const told = ({ signal }: typeof cash) =>
      (['wealth', 'cashWeight', 'maxWeight', 'concentration', 'grossExposure', 'logReturn', 'drawdown'] as const).map(
        signal,
      );
    expect(told(cash)).toEqual([1, 1, 1, 1, 0, 0, 0]);
    expect(told(equal)).toEqual([1, 0, 0.5, 0.5, 1, 0, 0]);
  });

  test('by hand', () => {
    const { stepWeights, signal } = started(free);
    stepWeights(0, 0, 1);
    stepWeights(0, 0, 1);
    // Nothing, then a loss of a tenth; the market did 0.05, then (0.1 - 0.1) / 2.
    expect(signal('netReturn')).toBeCloseTo(-0.1, 14);
    expect(signal('squaredReturn')).toBeCloseTo(0.01, 14);
    expect(signal('excessReturn')).toBeCloseTo(Math.log(0.9), 14);
    expect(signal('drawdownIncrease')).toBeCloseTo(0.1, 14);
    expect(signal('maxDrawdown')).toBeCloseTo(0.1, 14);
    expect(signal('maxDrawdownIncrease')).toBeCloseTo(0.1, 14);
  });

  test('drawdown, its rise and its greatest follow the wealth', () => {
    const { env, signal } = started({ data: wandering, split: 'all', window: 5 });
    const action = Float32Array.of(0, 0.6, 0.4, 0);
    const observation = new Float32Array(env.observationSize);
    let [peak, fall, deepest, increases] = [1, 0, 0, 0];
    let rises = 0;
    while (!env.truncated) {
      env.step(action, observation);
      peak = Math.max(peak, signal('wealth'));
      const now = 1 - signal('wealth') / peak;
      expect(signal('drawdown')).toBeCloseTo(now, 14);
      expect(signal('drawdownIncrease')).toBeCloseTo(Math.max(now - fall, 0), 14);
      if (now > fall) rises++;
      fall = now;
      deepest = Math.max(deepest, now);
      increases += signal('maxDrawdownIncrease');
      expect(signal('maxDrawdown')).toBeCloseTo(deepest, 14);
      expect(signal('excessReturn')).toBeCloseTo(signal('logReturn') - signal('benchmarkLogReturn'), 15);
      expect(signal('netReturn')).toBeCloseTo(Math.expm1(signal('logReturn')), 14);
    }
    expect(rises).toBeGreaterThan(20);
    // The rises of the greatest drawdown add up to it.
    expect(increases).toBeCloseTo(deepest, 13);
  });

  test('the differential Sharpe ratio of a decision is that of its net return against those before', () => {
    const { env, signal } = started({ data: wandering, split: 'all', window: 5, differentialRate: 0.001 });
    const observation = new Float32Array(env.observationSize);
    const past: number[] = [];
    while (!env.truncated) {
      env.step(Float32Array.of(0.1, 0.6, 0.1, 0.2), observation);
      if (past.length >= 10) {
        const mean = past.reduce((sum, change) => sum + change, 0) / past.length;
        const square = past.reduce((sum, change) => sum + change * change, 0) / past.length;
        expect(signal('differentialSharpe')).toBeCloseTo(differentialSharpe(mean, square, signal('netReturn')), 9);
        expect(signal('cvar')).not.toBe(0);
      } else {
        expect([signal('differentialSharpe'), signal('differentialDownside'), signal('cvar')]).toEqual([0, 0, 0]);
      }
      past.push(signal('netReturn'));
    }
    env.reset(undefined, observation);
    env.step(Float32Array.of(0, 1, 0, 0), observation);
    expect(signal('differentialSharpe')).toBe(0);
  });
});

const variants: PortfolioOptions[] = [
  {},
  { cost: { kind: 'none' }, band: 0.05 },
  { cost: { kind: 'proportional' }, limits: { max: 0.3 } },
  { cost: { kind: 'fixed-spread', fee: 2, halfSpreadBasisPoints: 5 }, capital: 10_000, leverage: 2 },
  { cost: { kind: 'square-root', dailyVolume: 1e6 }, capital: 1e5, limits: { min: 0.05, max: { S1: 0.2 } } },
  { short: true, leverage: 1.5, borrowBasisPoints: 300, shortFeeBasisPoints: 50, limits: { min: -0.4 } },
  // Ruin within a few days.
  { short: true, leverage: 80, costBasisPoints: 0 },
];

test.each(variants)('any action of its space is valid: %o', (options) => {
  const env = new PortfolioEnv({ data: wandering, split: 'all', window: 5, episodeLength: 15, ...options });
  expect(checkEnv(envOf(env))).toEqual([]);
});

test.each(variants)('a run goes on from a saved state to the same bytes: %o', (options) => {
  const all = { data: wandering, split: 'all', window: 5, episodeLength: 30, ...options } as const;
  const play = ({ env, observation }: ReturnType<typeof started>, steps: number) => {
    const random = new Random(4);
    const seen: unknown[] = [];
    for (let k = 0; k < steps; k++) {
      if (env.truncated || env.terminated) env.reset(undefined, observation);
      env.step(env.actionSpace.sample(random), observation);
      seen.push([env.day, env.reward, env.terminated, env.truncated, ...env.signals, ...observation]);
    }
    return seen;
  };
  const one = started(all, 5);
  play(one, 47);
  const other = started(all, 99);
  other.env.setState(JSON.parse(JSON.stringify(one.env.getState())));
  expect(other.env.terminated).toBe(one.env.terminated);
  expect(play(other, 70)).toEqual(play(one, 70));
});
