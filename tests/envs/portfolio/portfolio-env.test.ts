import { afterAll, describe, expect, test } from '@jest/globals';
import type { PortfolioOptions } from '../../../envs/portfolio/options.ts';
import { PortfolioEnv } from '../../../envs/portfolio/portfolio-env.ts';
import { UserError } from '../../../src/core/errors.ts';
import { isoDay, priceCsv, priceFolder, scatteredWeights, wanderingPrices } from './price-files.ts';

const folder = priceFolder();
afterAll(() => folder.remove());

const started = (options: PortfolioOptions, seed = 1) => {
  const env = new PortfolioEnv(options);
  const observation = new Float32Array(env.observationSize);
  env.reset(seed, observation);
  const step = (...weights: number[]) => env.step(Float32Array.from(weights), observation);
  const signal = (name: (typeof env.signalNames)[number]) => env.signals[env.signalNames.indexOf(name)];
  return { env, observation, step, signal };
};

/** The weights the observation tells: the last column of its rows. */
function toldWeights(env: PortfolioEnv, observation: Float32Array): Float32Array {
  const width = env.observationSize / env.weights.length;
  return Float32Array.from(env.weights, (_, row) => observation[(row + 1) * width - 1]);
}

/** Two assets that stand still for three days, then A gains 10 % twice while B stands still and then loses 10 %. */
const small = folder.write(
  priceCsv([
    [100, 50],
    [100, 50],
    [100, 50],
    [110, 50],
    [121, 45],
  ]),
);
const smallOptions = { data: small, split: 'all', window: 2, rewardScale: 1 } as const;

describe('a step, by hand', () => {
  test('weights drift, and the reward is the log return after cost', () => {
    const { env, step, signal } = started({ ...smallOptions, costBasisPoints: 100 });
    expect(env.date).toBe(isoDay(2));
    expect(Array.from(env.weights)).toEqual([1, 0, 0]);

    step(0.5, 0.25, 0.25);
    // Half the wealth is bought. Left: m = (1 - 0.01) / (1 - 0.01 * 0.5), all cash before, nothing sold.
    const left = 0.99 / 0.995;
    // Growth 0.5 + 0.25 * 1.1 + 0.25 = 1.025.
    expect(env.reward).toBeCloseTo(Math.log(left * 1.025), 14);
    expect(signal('logReturn')).toBe(env.reward);
    expect(signal('grossReturn')).toBeCloseTo(0.025, 14);
    expect(signal('cost')).toBeCloseTo(1 - left, 14);
    expect(signal('turnover')).toBeCloseTo(0.5, 14);
    expect(signal('wealth')).toBeCloseTo(left * 1.025, 14);
    expect(signal('concentration')).toBeCloseTo(0.375, 14);
    expect(signal('maxWeight')).toBe(0.5);
    expect(signal('cashWeight')).toBe(0.5);
    expect(signal('benchmarkLogReturn')).toBeCloseTo(Math.log(1.05), 14);
    expect(Array.from(env.weights).map((w) => w * 1.025)).toEqual([
      expect.closeTo(0.5, 14),
      expect.closeTo(0.275, 14),
      expect.closeTo(0.25, 14),
    ]);
    expect(env.truncated).toBe(false);

    // B alone, which loses 10 %: a drawdown, for the wealth stood higher before.
    step(0, 0, 1);
    expect(signal('grossReturn')).toBeCloseTo(-0.1, 14);
    expect(signal('drawdown')).toBeCloseTo(1 - (1 - signal('cost')) * 0.9, 14);
    expect(env.truncated).toBe(true);
    expect(env.terminated).toBe(false);
    expect(() => step(1, 0, 0)).toThrow(UserError);
  });

  test('between decisions the weights drift untouched', () => {
    const { env, step, signal } = started({ ...smallOptions, costBasisPoints: 0, rebalanceEvery: 2 });
    step(0, 0.5, 0.5);
    // 0.5 * 1.21 + 0.5 * 0.9
    expect(env.reward).toBeCloseTo(Math.log(1.055), 14);
    expect(env.daysStepped).toBe(2);
    expect(env.dailyReturns[0]).toBeCloseTo(0.05, 14);
    expect((1 + env.dailyReturns[0]) * (1 + env.dailyReturns[1])).toBeCloseTo(1.055, 14);
    expect(signal('benchmarkLogReturn')).toBeCloseTo(Math.log(1.05 * 1), 14);
    expect(env.truncated).toBe(true);
  });

  test('the last step is shorter where the days run out', () => {
    const { env, step } = started({ ...smallOptions, rebalanceEvery: 10, costBasisPoints: 0 });
    step(0, 1, 0);
    expect(env.reward).toBeCloseTo(Math.log(1.21), 14);
    expect([env.daysStepped, env.truncated]).toEqual([2, true]);
  });

  test('holding what is held, as the observation tells it in single precision, is free', () => {
    const { env, observation } = started({ costBasisPoints: 50 });
    const action = new Float32Array(21).fill(1 / 20);
    action[0] = 0;
    env.step(action, observation);
    expect(env.signals[2]).toBeCloseTo(0.005, 14);
    for (let day = 0; day < 500; day++) {
      action.set(toldWeights(env, observation));
      env.step(action, observation);
      expect(env.signals[2]).toBe(0);
      expect(env.signals[3]).toBe(0);
    }
  });
});

describe('observation', () => {
  const { sqrt, log, fround } = Math;

  test('of prices that grow by 1 % a day: every measure is known', () => {
    const growing = Array.from({ length: 12 }, (_, day) => [1.01 ** day, 3 * 1.01 ** day]);
    const { env, observation } = started({ data: folder.write(priceCsv(growing)), split: 'all', window: 8 });
    // The volatility is about zero here, so it is the daily return itself. A quarter of the window is two days.
    const instrument = [1, sqrt(2), sqrt(8), log((log(1.01) * sqrt(252)) / 0.25)];
    const expected = [...instrument, 1, ...instrument, 0, ...instrument, 0];
    expect(env.observationSpace.toString()).toBe('Box(-Infinity, Infinity, [3, 5], float32)');
    for (const [i, value] of expected.entries()) expect(observation[i]).toBeCloseTo(value, 5);
  });

  test('rows are the market and the assets; the returns of the window go first, oldest day first', () => {
    const rows = wanderingPrices(9, 2);
    const { env, observation } = started({
      data: folder.write(priceCsv(rows)),
      split: 'all',
      window: 3,
      observe: 'window',
    });
    expect(env.observationSize).toBe(3 * (3 + 4 + 1));
    const returns = [1, 2, 3].map((day) => {
      const relatives = rows[day].map((price, i) => price / rows[day - 1][i]);
      return [(relatives[0] + relatives[1]) / 2, ...relatives].map(log);
    });
    for (let i = 0; i < 3; i++) {
      const sigma = sqrt(returns.reduce((sum, row) => sum + row[i] ** 2, 0) / 3);
      for (let day = 0; day < 3; day++) expect(observation[i * 8 + day]).toBeCloseTo(returns[day][i] / sigma, 5);
    }
  });

  test('prices that stand still give finite numbers', () => {
    const still = Array.from({ length: 8 }, () => [1, 2]);
    const { observation } = started({
      data: folder.write(priceCsv(still)),
      split: 'all',
      window: 3,
      observe: 'window',
    });
    expect(observation.every(Number.isFinite)).toBe(true);
  });

  test('holds the drifted weights in its last column', () => {
    const { env, observation, step } = started({ ...smallOptions });
    step(0.5, 0.25, 0.25);
    expect(Array.from(toldWeights(env, observation))).toEqual(Array.from(env.weights).map(fround));
  });
});

describe('nothing is known before its time', () => {
  const rows = wanderingPrices(60, 3);
  const lastKnown = 40;

  /** Rewards and observations, each beside the day it was had on, of a rule that reads what it is told. */
  function play(prices: number[][], options: PortfolioOptions) {
    const data = folder.write(priceCsv(prices));
    const { env, observation } = started({ ...options, data, split: 'all', window: 6, allowJumps: true });
    const action = new Float32Array(env.actionSize);
    const seen = [{ day: env.day, observation: observation.slice(), reward: 0 }];
    while (!env.truncated) {
      let sum = 0;
      for (let i = 0; i < action.length; i++) {
        action[i] = Math.exp(Math.sin(9 * observation[2 * i] + observation[observation.length - 1 - i]));
        sum += action[i];
      }
      for (let i = 0; i < action.length; i++) action[i] /= sum;
      env.step(action, observation);
      seen.push({ day: env.day, observation: observation.slice(), reward: env.reward });
    }
    return seen;
  }

  test.each([
    { observe: 'summary', rebalanceEvery: 1 },
    { observe: 'window', rebalanceEvery: 1 },
    { observe: 'summary', rebalanceEvery: 5 },
  ] as PortfolioOptions[])('%o', (options) => {
    const absurd = rows.map((row, day) => (day > lastKnown ? row.map((price, i) => price * 1000 ** (1 + i)) : row));
    const truth = play(rows, options);
    const other = play(absurd, options);
    const known = truth.filter(({ day }) => day <= lastKnown).length;
    expect(known).toBeGreaterThan(5);
    expect(other.slice(0, known)).toEqual(truth.slice(0, known));
    // The change does come through as soon as it may.
    expect(other[known].reward).not.toBe(truth[known].reward);
    expect(other[known].observation).not.toEqual(truth[known].observation);
  });

  test('of the prices to come the reward of a day turns on the next alone', () => {
    const rewards = (prices: number[][]) => {
      const { env, observation } = started({ data: folder.write(priceCsv(prices)), split: 'all', window: 6 });
      const action = new Float32Array(env.actionSize);
      const earned: number[] = [];
      while (!env.truncated) {
        scatteredWeights(env.day, action);
        env.step(action, observation);
        earned.push(env.reward);
      }
      return earned;
    };
    const truth = rewards(rows);
    for (const changed of [20, 33, 59]) {
      const other = rewards(rows.map((row, day) => (day === changed ? [row[0] * 1.5, row[1], row[2]] : row)));
      // The reward for the decision of day t is number t - 6.
      const first = truth.findIndex((reward, i) => reward !== other[i]);
      expect(first).toBe(changed - 1 - 6);
    }
  });
});

describe('wealth is conserved', () => {
  test.each([1, 5])('rewards add up to it, and cost only takes away, deciding every %i days', (rebalanceEvery) => {
    const common = { split: 'test', rebalanceEvery } as const;
    const paying = started({ ...common, costBasisPoints: 25 });
    const free = started({ ...common, costBasisPoints: 0 });
    const action = new Float32Array(21);
    let total = 0;
    let daily = 1;
    for (let decision = 0; !paying.env.truncated; decision++) {
      scatteredWeights(decision, action);
      paying.step(...action);
      free.step(...action);
      total += paying.env.reward / 100;
      for (let i = 0; i < paying.env.daysStepped; i++) daily *= 1 + paying.env.dailyReturns[i];
      expect(paying.signal('cost')).toBeGreaterThan(0);
      expect(free.signal('cost')).toBe(0);
      expect(paying.signal('grossReturn')).toBeCloseTo(free.signal('grossReturn'), 14);
      expect(Math.abs(paying.env.weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-14);
    }
    const wealth = paying.signal('wealth');
    expect(Math.abs(Math.exp(total) / wealth - 1)).toBeLessThan(1e-12);
    expect(Math.abs(daily / wealth - 1)).toBeLessThan(1e-12);
    expect(wealth).toBeLessThan(free.signal('wealth'));
  });

  test('cash earns nothing and pays nothing', () => {
    const { env, step, signal } = started({});
    for (let day = 0; day < 100; day++) step(1, ...new Float32Array(20));
    expect([signal('wealth'), env.reward, signal('cost')]).toEqual([1, 0, 0]);
  });
});

describe('days', () => {
  test.each([
    ['train', '1990-01-31', '2011-12-30'],
    ['validation', '2012-01-03', '2014-12-31'],
    ['test', '2015-01-02', '2022-12-28'],
    ['all', '1990-01-31', '2022-12-28'],
  ] as const)('the %s split earns %s to %s', (split, first, last) => {
    const { env, step } = started({ split });
    const { dates } = env.prices;
    expect(dates[env.day + 1]).toBe(first);
    while (!env.truncated) step(1, ...new Float32Array(20));
    expect(env.date).toBe(last);
  });

  test('start and end narrow it', () => {
    const { env } = started({ start: '2001-01-01', end: '2001-12-31' });
    expect(env.prices.dates[env.options.firstReturn]).toBe('2001-01-02');
    expect(env.prices.dates[env.options.lastReturn]).toBe('2001-12-31');
  });

  test('other data are split at 70 and 80 % of their days', () => {
    const data = folder.write(priceCsv(wanderingPrices(103, 2)));
    const lengths = (['train', 'validation', 'test'] as const).map((split) => {
      const { options } = new PortfolioEnv({ data, split, window: 2 });
      return options.lastReturn - options.firstReturn + 1;
    });
    expect(lengths).toEqual([70, 10, 20]);
  });

  test('episodes of a length start anywhere within the split and stay in it', () => {
    const data = folder.write(priceCsv(wanderingPrices(40, 2)));
    const options = { data, window: 2, trainEnd: isoDay(19), validationEnd: isoDay(29), episodeLength: 5 } as const;
    const { env, observation, step } = started({ ...options, split: 'validation' });
    const starts = new Set<number>();
    for (let episode = 0; episode < 200; episode++) {
      env.reset(undefined, observation);
      starts.add(env.day);
      for (let day = 0; day < 5; day++) {
        expect(env.truncated).toBe(false);
        step(1, 0, 0);
      }
      expect(env.truncated).toBe(true);
    }
    // Returns of rows 20 to 29: six episodes of five, the first decided at the close before.
    expect([...starts].sort((a, b) => a - b)).toEqual([19, 20, 21, 22, 23, 24]);

    const fixed = started({ ...options, split: 'validation', randomStart: false });
    for (let episode = 0; episode < 5; episode++) {
      fixed.env.reset(undefined, fixed.observation);
      expect(fixed.env.day).toBe(19);
    }
  });
});

describe('a run goes on from a saved state to the same bytes', () => {
  test('through the end of the episode and the next start', () => {
    const options = { episodeLength: 60, rebalanceEvery: 7, observe: 'window' } as const;
    const play = ({ env, observation }: ReturnType<typeof started>) => {
      const action = new Float32Array(21);
      const seen: unknown[] = [];
      for (let k = 0; k < 40; k++) {
        if (env.truncated) env.reset(undefined, observation);
        scatteredWeights(k, action);
        env.step(action, observation);
        seen.push([env.day, env.reward, env.truncated, Array.from(env.signals), Array.from(observation)]);
      }
      return seen;
    };
    const one = started(options, 5);
    play(one);
    const state = JSON.parse(JSON.stringify(one.env.getState()));
    const other = started(options, 99);
    other.env.setState(state);
    expect(other.env.reward).toBe(one.env.reward);
    expect(play(other)).toEqual(play(one));
  });

  test('the same seed gives the same episodes, another gives others', () => {
    const starts = (seed: number) => {
      const { env, observation } = started({ episodeLength: 252 }, seed);
      return Array.from({ length: 10 }, () => {
        env.reset(undefined, observation);
        return env.day;
      });
    };
    expect(starts(3)).toEqual(starts(3));
    expect(starts(3)).not.toEqual(starts(4));
  });
});

test('weights count in proportion, and none at all is cash', () => {
  const after = (...weights: number[]) => {
    const { env, step } = started(smallOptions);
    step(...weights);
    return Array.from(env.weights);
  };
  expect(after(0.5, 0.5, 0.5)).toEqual(after(1, 1, 1));
  expect(after(0.25, 0.25, 0.5)).toEqual(after(0.5, 0.5, 1));
  expect(after(0, 0, 0)).toEqual([1, 0, 0]);
});

describe('what does not fit is refused', () => {
  test.each([
    ['negative', [0.5, 0.6, -0.1]],
    ['not a number', [Number.NaN, 0.5, 0.5]],
    ['infinite', [Number.POSITIVE_INFINITY, 0, 0]],
    ['too few', [0.5, 0.5]],
    ['too many', [0.25, 0.25, 0.25, 0.25]],
  ])('weights: %s', (_, weights) => {
    const { env, step } = started(smallOptions);
    const before = JSON.stringify(env.getState());
    expect(() => step(...weights)).toThrow(UserError);
    expect(() => step(...weights)).toThrow('Expected 3 portfolio weights');
    expect(JSON.stringify(env.getState())).toBe(before);
  });

  test('small rounding in the sum is taken out', () => {
    const { env, step } = started(smallOptions);
    step(0.50002, 0.25001, 0.25001);
    expect(env.target.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 15);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ windwo: 30 }, "Unknown portfolio option 'windwo'. Did you mean 'window'?"],
    [{ window: 1 }, "'window'"],
    [{ window: 2.5 }, "'window'"],
    [{ split: 'tset' }, "'split'"],
    [{ start: '2000-13-01' }, "'start'"],
    [{ costBasisPoints: -1 }, "'costBasisPoints'"],
    [{ costBasisPoints: '10' }, "'costBasisPoints'"],
    [{ costBasisPoints: 10_000 }, "'costBasisPoints'"],
    [{ rebalanceEvery: 0 }, "'rebalanceEvery'"],
    [{ rewardScale: 0 }, "'rewardScale'"],
    [{ episodeLength: 100_000 }, "'episodeLength' is 100000, but the train split has"],
    [{ trainEnd: '2016-01-01' }, "'validationEnd'"],
    [{ start: '2015-01-01' }, 'The train split has fewer than two days'],
    [{ start: '2030-01-01' }, 'fewer than two days are left'],
    [{ end: '1980-01-01' }, 'fewer than two days are left'],
    [{ data: small, window: 4 }, 'has 5 days'],
  ])('options: %o', (options, message) => {
    const create = () => new PortfolioEnv(options as PortfolioOptions);
    expect(create).toThrow(UserError);
    expect(create).toThrow(message);
  });
});
