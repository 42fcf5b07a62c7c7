import { describe, expect, test } from '@jest/globals';
import { Constraints } from '../../../envs/portfolio/constraints.ts';
import type { TradingOptions } from '../../../envs/portfolio/trading-options.ts';
import { UserError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';

const assets = ['A', 'B', 'C'];
const constraints = ({ limits, leverage = 1, short = false }: Pick<TradingOptions, 'limits' | 'leverage' | 'short'>) =>
  new Constraints(assets, { limits, leverage, short });

/** The weights an action means. */
const meaning = (rules: Constraints, ...action: number[]) => {
  const target = new Float64Array(4);
  rules.decode(Float32Array.from(action), target);
  return Array.from(target);
};

describe('the weights an action means', () => {
  test('long only, in proportion, cash first', () => {
    expect(constraints({}).actionSpace.toString()).toBe('Box(0, 1, [4], float32)');
    expect(meaning(constraints({}), 0.5, 0.5, 1, 0)).toEqual([0.25, 0.25, 0.5, 0]);
    expect(meaning(constraints({}), 0, 0, 0, 0)).toEqual([1, 0, 0, 0]);
  });

  test('leverage multiplies positions, and cash pays', () => {
    expect(meaning(constraints({ leverage: 2 }), 0.25, 0.5, 0.25, 0)).toEqual([-0.5, 1, 0.5, 0]);
    expect(meaning(constraints({ leverage: 0.5 }), 0, 0.5, 0.5, 0)).toEqual([0.5, 0.25, 0.25, 0]);
  });

  test('short sales: leverage times the number, all smaller alike where that is too much', () => {
    const rules = constraints({ short: true, leverage: 2 });
    expect(rules.actionSpace.toString()).toBe('Box(-1, 1, [3], float32)');
    expect(meaning(rules, 0.5, -0.25, 0)).toEqual([0.5, 1, -0.5, 0]);
    expect(meaning(rules, 1, -1, 0)).toEqual([1, 1, -1, 0]);
    expect(meaning(rules, -1, -0.5, -0.5)).toEqual([3, -1, -0.5, -0.5]);
    expect(meaning(rules, 0, 0, 0)).toEqual([1, 0, 0, 0]);
  });

  test('limits move it to the nearest weights within', () => {
    // B loses 0.6, of which the other three take 0.2 each.
    expect(meaning(constraints({ limits: { max: 0.4 } }), 0, 0, 1, 0)).toEqual(
      [0.2, 0.2, 0.4, 0.2].map((weight) => expect.closeTo(weight, 15)),
    );
    expect(meaning(constraints({ limits: { max: { Cash: 0, B: 0.4 } } }), 0, 0, 1, 0)).toEqual(
      [0, 0.3, 0.4, 0.3].map((weight) => expect.closeTo(weight, 15)),
    );
    expect(meaning(constraints({ limits: { min: 0.1 } }), 1, 0, 0, 0)).toEqual(
      [0.7, 0.1, 0.1, 0.1].map((weight) => expect.closeTo(weight, 15)),
    );
    expect(meaning(constraints({ short: true, limits: { min: -0.1, max: { A: 0.2 } } }), 0.5, -0.5, 0)).toEqual(
      [0.9, 0.2, -0.1, 0].map((weight) => expect.closeTo(weight, 15)),
    );
  });

  test.each<Pick<TradingOptions, 'limits' | 'leverage' | 'short'>>([
    {},
    { leverage: 3 },
    { leverage: 0.5 },
    { short: true },
    { short: true, leverage: 2.5 },
    { limits: { min: { A: 0.1 }, max: 0.4 } },
    { limits: { max: { A: 0.5, Cash: 0.2 } }, leverage: 2 },
    { limits: { min: { A: 0.2, B: -0.1, C: -0.5 }, max: { C: -0.1 } }, short: true, leverage: 1.5 },
  ])('of every sample is allowed: %o', (options) => {
    const rules = constraints(options);
    const random = new Random(1);
    const target = new Float64Array(4);
    const { low, high, leverage } = rules;
    for (let k = 0; k < 300; k++) {
      const action = rules.actionSpace.sample(random) as Float32Array;
      // Corners too.
      if (k % 3 === 0) action.set(action.map(Math.sign));
      rules.decode(action, target);
      expect(Math.abs(target.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-14);
      expect(target.every((weight, i) => weight >= low[i] - 1e-14 && weight <= high[i] + 1e-14)).toBe(true);
      expect(target.slice(1).reduce((sum, weight) => sum + Math.abs(weight), 0)).toBeLessThan(leverage + 1e-14);
    }
  });
});

test('weights themselves are taken as they are, or as near as may be', () => {
  const target = new Float64Array(4);
  const take = (options: TradingOptions, ...weights: number[]) => {
    constraints(options).take(Float64Array.from(weights), target);
    return Array.from(target);
  };
  expect(take({}, 0.1, 0.2, 0.3, 0.4)).toEqual([0.1, 0.2, 0.3, 0.4].map((weight) => expect.closeTo(weight, 15)));
  expect(take({}, 0.5, 0.5, 0.5, -0.5)).toEqual([1 / 3, 1 / 3, 1 / 3, 0].map((weight) => expect.closeTo(weight, 15)));
  expect(take({ leverage: 2 }, -1, 1, 0.5, 0.5)).toEqual([-1, 1, 0.5, 0.5]);
  expect(take({ short: true, leverage: 2 }, 1, 1, -1, 0)).toEqual([1, 1, -1, 0]);
  expect(take({ short: true }, 1, 1, -1, 0)).toEqual([1, 0.5, -0.5, 0]);
  for (const weights of [
    [0.5, 0.5],
    [0.5, 0, 0, 0.4],
    [Number.NaN, 0, 0, 1],
    [Infinity, 0, 0, 0],
  ]) {
    expect(() => take({}, ...weights)).toThrow(UserError);
    expect(() => take({}, ...weights)).toThrow('Expected 4 portfolio weights');
  }
});

describe('what does not fit is refused', () => {
  test.each([[[0, 0]], [[0, 0, 0, 0]], [[Number.NaN, 0, 0]], [[0, Infinity, 0]]])('positions %o', (action) => {
    const decode = () => meaning(constraints({ short: true }), ...action);
    expect(decode).toThrow(UserError);
    expect(decode).toThrow('Expected 3 finite numbers, from -1 (short) to 1 (long)');
  });

  test.each<[TradingOptions, string]>([
    [{ limits: { max: { D: 0.1 } } }, "Unknown asset in the portfolio option 'limits.max' 'D'"],
    [{ limits: { min: 0.5, max: 0.2 } }, 'leave A no weight'],
    [{ limits: { max: -0.1 } }, 'leave A no weight: with no short sales'],
    [{ limits: { min: 0.4 } }, 'the least weights sum to 1.2'],
    [{ limits: { max: { Cash: 0, A: 0.1, B: 0.2, C: 0.3 } } }, 'the greatest to 0.6'],
    [{ limits: { min: { A: 0.4, B: -1 }, max: { B: -0.7 } }, short: true }, 'No portfolio keeps the limits'],
    [{ limits: { max: { Cash: 0.5 } }, short: true }, 'With short sales cash is what is left'],
  ])('limits %o', (options, message) => {
    expect(() => constraints(options)).toThrow(UserError);
    expect(() => constraints(options)).toThrow(message);
  });
});
