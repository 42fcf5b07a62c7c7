import { describe, expect, test } from '@jest/globals';
import {
  aucTop10,
  bestSoFar,
  cumulativeRegret,
  meanInterval,
  simpleRegret,
  topRecovery,
} from '../../../envs/molecule/measures.ts';
import { studentQuantile, studentWithin } from '../../../envs/molecule/student-t.ts';

const { NaN: none } = Number;

describe('regret', () => {
  test('the best so far passes over what could not be scored', () => {
    expect([...bestSoFar([none, 1, none, 3, 2])]).toEqual([none, 1, 1, 3, 3]);
    expect([...simpleRegret([none, 1, 3, 2], 4)]).toEqual([none, 3, 1, 1]);
  });

  test('cumulative regret adds up shortfalls, and what failed as told', () => {
    expect([...cumulativeRegret([1, none, 4], 4)]).toEqual([3, 7, 7]);
    expect([...cumulativeRegret([1, none, 4], 4, -1)]).toEqual([3, 8, 8]);
  });
});

test('recovery counts each of the top once', () => {
  expect([...topRecovery([5, 7, 5, 9, 8], new Set([5, 8]))]).toEqual([0.5, 0.5, 0.5, 0.5, 1]);
  expect(() => topRecovery([1], new Set<number>())).toThrow('wants at least one');
});

describe('area under the top-10 curve', () => {
  test('by hand, finished early', () => {
    // Means of the top at 2, 4 and 5: (1 + 3) / 2, (1 + 3 + 0 + 4) / 4, (8 + 2) / 5.
    // 2 (0 + 2) / 2 + 2 (2 + 2) / 2 + 1 (2 + 2) / 2 + 5 x 2 = 18.
    expect(aucTop10([1, 3, 0, 4, 2], 10, 2)).toBeCloseTo(1.8, 14);
  });

  test('only the ten best count, whatever their order', () => {
    // Twelve scores: the top is 3..12, mean 7.5; one trapezoid from 0.
    const scores = [5, 12, 1, 7, 3, 9, 2, 8, 4, 11, 6, 10];
    expect(aucTop10(scores, 12, 100)).toBeCloseTo(7.5 / 2, 14);
    // At 6: (5 + 12 + 1 + 7 + 3 + 9) / 6 = 37 / 6.
    expect(aucTop10(scores, 12, 6)).toBeCloseTo((6 * (37 / 12) + 6 * ((37 / 6 + 7.5) / 2)) / 12, 13);
  });

  test('what failed takes no evaluation, and what lies beyond the budget is left out', () => {
    expect(aucTop10([1, none, 3, 0, none, 4, 2], 10, 2)).toBeCloseTo(1.8, 14);
    expect(aucTop10([1, 1, 1, 100], 3, 1)).toBeCloseTo((0.5 + 1 + 1) / 3, 14);
    expect(aucTop10([none], 10)).toBe(0);
    expect(() => aucTop10([1], 0)).toThrow('whole budget');
  });
});

describe("Student's t", () => {
  // Abramowitz and Stegun, table 26.10.
  test.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [30, 2.042],
    [120, 1.98],
  ])('with %d degrees of freedom stays within %d in 95 %% of cases', (freedom, value) => {
    expect(studentQuantile(freedom, 0.95)).toBeCloseTo(value, 3);
  });

  test('one degree of freedom is Cauchy, two have a closed form', () => {
    expect(studentWithin(1, 1)).toBeCloseTo(0.5, 14);
    expect(studentWithin(2, 3)).toBeCloseTo(3 / Math.sqrt(11), 14);
  });

  test('interval of a mean', () => {
    // s^2 = 28 / 6, and t = 2.446912 with 6 degrees of freedom.
    const { mean, low, high } = meanInterval([1, 2, 3, 4, 5, 6, 7]);
    expect(mean).toBe(4);
    expect(high - mean).toBeCloseTo((2.446912 * Math.sqrt(28 / 6)) / Math.sqrt(7), 5);
    expect(mean - low).toBeCloseTo(high - mean, 14);
    expect(meanInterval([3])).toEqual({ mean: 3, low: none, high: none });
    expect(meanInterval([]).mean).toBeNaN();
  });
});
