import { afterAll, describe, expect, test } from '@jest/globals';
import type { PortfolioOptions } from '../../../envs/portfolio/options.ts';
import { PortfolioEnv } from '../../../envs/portfolio/portfolio-env.ts';
import { derivativeError, observationError } from '../../derivatives.ts';
import { priceCsv, priceFolder, wanderingPrices } from './price-files.ts';

const folder = priceFolder();
afterAll(() => folder.remove());
const data = folder.write(priceCsv(wanderingPrices(40, 3)));

/** A portfolio that can be put into a recorded state: weights, wealth, day, last day. */
function portfolioOf(options: PortfolioOptions) {
  const env = new PortfolioEnv({ data, split: 'all', window: 5, rewardScale: 1, ...options });
  const observation = new Float32Array(env.observationSize);
  const place = (state: Float64Array): void => {
    env.reset(1, observation);
    env.setState({
      ...env.getState(),
      weights: Array.from(state.subarray(0, 4)),
      wealth: state[4],
      // Differences are taken of these too.
      day: Math.round(state[5]),
      endDay: Math.round(state[6]),
    });
  };
  return { env, place };
}

const HELD = [0.1, 0.45, 0.15, 0.3];
const WANTED = [0.2, 0.25, 0.375, 0.175];
const SOLD = [1.3, 0.4, -0.2, -0.5];
const SHORT = [0.375, -0.5, 0.0625];

const cases: [string, PortfolioOptions, number[], number[]][] = [
  ['free of cost', { cost: { kind: 'none' } }, HELD, WANTED],
  ['numbers that count in proportion', { costBasisPoints: 0 }, HELD, WANTED.map((weight) => 3 * weight)],
  ['proportional cost', { cost: { kind: 'proportional', basisPoints: 200 } }, HELD, WANTED],
  ['exact cost', { cost: { kind: 'exact', basisPoints: 500 } }, HELD, WANTED],
  [
    'a fixed fee and a spread',
    { cost: { kind: 'fixed-spread', fee: 20, halfSpreadBasisPoints: 50 }, capital: 1000 },
    HELD,
    WANTED,
  ],
  [
    'impact of trades',
    { cost: { kind: 'square-root', coefficient: 1, halfSpreadBasisPoints: 20, dailyVolume: 1e4 }, capital: 1e3 },
    HELD,
    WANTED,
  ],
  ['weights that drift for a week', { rebalanceEvery: 5, costBasisPoints: 300 }, HELD, WANTED],
  ['borrowed money', { leverage: 1.8, rebalanceEvery: 3, borrowBasisPoints: 900, costBasisPoints: 100 }, HELD, WANTED],
  [
    'short sales within the leverage',
    { short: true, leverage: 1.5, rebalanceEvery: 3, shortFeeBasisPoints: 5000, costBasisPoints: 100 },
    SOLD,
    SHORT,
  ],
  ['short sales that use it up', { short: true, leverage: 1.5, costBasisPoints: 100 }, SOLD, [0.75, -0.5, 0.25]],
  ['limits that bind', { limits: { max: 0.3 } }, HELD, WANTED],
  ['limits that bind on two sides', { limits: { max: 0.3, min: { S2: 0.25 } } }, HELD, WANTED],
  ['short sales and limits', { short: true, leverage: 1.5, limits: { max: 0.4 } }, SOLD, SHORT],
  ['short sales, limits and all leverage', { short: true, leverage: 1, limits: { min: { S2: 0.5 } } }, SOLD, SHORT],
  ['no trade within the band', { band: 0.3 }, HELD, WANTED],
  ['the first weights for nothing', { initialHolding: 'chosen', episodeLength: 10, randomStart: false }, HELD, WANTED],
];

describe('the derivative of a portfolio step', () => {
  test.each(cases)('agrees with differences of it: %s', (_, options, held, action) => {
    const { env, place } = portfolioOf(options);
    const state = [...held, 1.25, 12, 22];
    expect(derivativeError({ env, place, state, action, step: 1e-6 })).toBeLessThan(2e-5);
  });

  test('the last step of an episode is cut short', () => {
    const { env, place } = portfolioOf({ rebalanceEvery: 5 });
    expect(derivativeError({ env, place, state: [...HELD, 1, 20, 22], action: WANTED, step: 1e-6 })).toBeLessThan(2e-5);
  });

  test('nothing moves a ruin', () => {
    const { env, place } = portfolioOf({ cost: { kind: 'fixed-spread', fee: 400 }, capital: 1000 });
    const state = [...HELD, 0.5, 12, 22];
    place(Float64Array.from(state));
    env.step(Float32Array.from(WANTED), new Float32Array(env.observationSize));
    expect(env.terminated).toBe(true);
    const dState = new Float64Array(7).fill(9);
    const dAction = new Float32Array(4).fill(9);
    const dNext = new Float64Array(7).fill(1);
    env.derivative.backwardStep(
      Float64Array.from(state),
      0,
      Float32Array.from(WANTED),
      0,
      1,
      dNext,
      0,
      dState,
      0,
      dAction,
      0,
    );
    expect([...dState, ...dAction].every((value) => value === 0)).toBe(true);
  });

  test('what is not traded costs nothing to either side', () => {
    // All in cash and staying there: both a purchase and a short sale would cost, and the kink between them has slope 0.
    const { env } = portfolioOf({ cost: { kind: 'proportional', basisPoints: 1000 }, short: true, band: 0 });
    const state = Float64Array.of(1, 0, 0, 0, 1, 12, 22);
    const action = Float32Array.of(0, 0, 0.5);
    const dAction = new Float32Array(3);
    env.derivative.backwardStep(state, 0, action, 0, 1, new Float64Array(7), 0, new Float64Array(7), 0, dAction, 0);
    // mu G with mu = 1 - 0.1 * 0.5 = 0.95 does not depend on the first but by the return of its stock.
    const { prices } = env.prices;
    const gain = (asset: number): number => prices[13 * 3 + asset] / prices[12 * 3 + asset] - 1;
    const growth = 1 + 0.5 * gain(2);
    expect(dAction[0]).toBeCloseTo(gain(0) / growth, 6);
    expect(dAction[2]).toBeCloseTo(gain(2) / growth - 0.1 / 0.95, 6);
  });

  test('what is shown of the weights', () => {
    const { env, place } = portfolioOf({});
    const shown = (recorded: Float64Array, observation: Float32Array): void => {
      place(recorded);
      env.observe(observation);
    };
    expect(observationError(env, shown, [...HELD, 1, 12, 22])).toBeLessThan(1e-3);
  });
});
