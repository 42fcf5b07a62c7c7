import { expect, test } from '@jest/globals';
import { meanOfOthers, valueScaleOfOthers } from '../../src/estimators/baselines.ts';
import { discountedReturns } from '../../src/estimators/returns.ts';

const STARTS = Int32Array.of(0, 3, 5);
const REWARDS = Float64Array.of(1, 2, 4, 8, 16);

function returnsOf(kind: 'to-go' | 'full', finalValues = [0, 0]): number[] {
  const returns = new Float64Array(5);
  discountedReturns(REWARDS, STARTS, Float64Array.from(finalValues), 0.5, kind, returns);
  return [...returns];
}

test('returns of two episodes by hand, gamma 1/2', () => {
  // 4; 2 + 4/2 = 4; 1 + 4/2 = 3.   16; 8 + 16/2 = 16.
  expect(returnsOf('to-go')).toEqual([3, 4, 4, 16, 16]);
  expect(returnsOf('full')).toEqual([3, 3, 3, 16, 16]);
  // The last value comes one step later: 4 + 8/2 = 8; 2 + 8/2 = 6; 1 + 6/2 = 4.
  expect(returnsOf('to-go', [8, 0])).toEqual([4, 6, 8, 16, 16]);
});

test('an episode learns its mean from the others', () => {
  // Without the first episode (8 + 16) / 2; without the second (1 + 2 + 4) / 3.
  expect([...meanOfOthers(REWARDS, STARTS)]).toEqual([12, 7 / 3]);
  expect([...meanOfOthers(REWARDS, Int32Array.of(0, 5))]).toEqual([0]);
});

test('the scale of a value estimate minimises the weighted squared error of the other episodes', () => {
  const returns = Float64Array.of(1, 3, -2, 4, 5);
  const values = Float64Array.of(0.5, 1, 1, 3, 2);
  const squaredScores = Float64Array.of(1, 2, 0.5, 1, 3);
  const [first, second] = valueScaleOfOthers(returns, values, squaredScores, STARTS);
  // (1 * 4 * 3 + 3 * 5 * 2) / (1 * 9 + 3 * 4) = 42 / 21
  expect(first).toBeCloseTo(2, 12);
  const error = (alpha: number): number =>
    [0, 1, 2].reduce((sum, t) => sum + squaredScores[t] * (returns[t] - alpha * values[t]) ** 2, 0);
  expect(error(second)).toBeLessThan(error(second + 1e-4));
  expect(error(second)).toBeLessThan(error(second - 1e-4));
});
