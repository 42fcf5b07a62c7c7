import { describe, expect, test } from '@jest/globals';
import { backtest } from '../../../envs/portfolio/backtest.ts';
import { foldRows, walkForward } from '../../../envs/portfolio/walk-forward.ts';

const settings = { folds: 4, validationDays: 504, purge: 5, embargo: 5 };

describe('folds', () => {
  test('follow each other without a hole, each after its training days and the gaps', () => {
    const folds = foldRows({ days: [10, 209], testFrom: 110, folds: 2, validationDays: 20, gap: 3 });
    // 100 test days are two times 50. Before day 110: 3 left out, 20 of validation, 3 left out.
    expect(folds).toEqual([
      { train: [10, 83], validation: [87, 106], test: [110, 159] },
      { train: [10, 133], validation: [137, 156], test: [160, 209] },
    ]);
  });

  test('differ by a day at most where the days do not divide', () => {
    const folds = foldRows({ days: [0, 409], testFrom: 310, folds: 3, validationDays: 5, gap: 0 });
    expect(folds.map(({ test }) => test)).toEqual([
      [310, 342],
      [343, 376],
      [377, 409],
    ]);
  });

  test('are refused where days are too few, with what to change', () => {
    const plan = { days: [0, 99], testFrom: 60, folds: 2, validationDays: 20, gap: 3 } as const;
    expect(() => foldRows(plan)).toThrow(/Fold 1 would have 34 days to train on.*at least 50.*--from/);
    expect(() => foldRows({ ...plan, testFrom: 97 })).toThrow(/2 folds need at least 4 test days, but there are 3/);
  });
});

describe('walking forward through the shipped prices', () => {
  test('tests on the test split, never on a day that was trained on or chosen by', () => {
    const { folds, joined } = walkForward({ rebalanceEvery: 5 }, settings);
    expect(joined).toMatchObject({ split: 'all', start: '2015-01-02', end: '2022-12-28' });
    expect(folds[0].test.start).toBe('2015-01-02');
    expect(folds[3].test.end).toBe('2022-12-28');
    for (const { train, validation, test } of folds) {
      const days = [train.start, train.end, validation.start, validation.end, test.start, test.end];
      expect(days).toEqual([...days].sort());
      expect(new Set(days).size).toBe(6);
    }
  });

  test('hands the holdings on: one rule in all folds is that rule without folds', () => {
    const parts = walkForward({ rebalanceEvery: 5 }, settings);
    const tilted = (_observation: Float32Array, action: Float32Array) => {
      for (let i = 0; i < action.length; i++) action[i] = i;
    };
    const options = { rebalanceEvery: 5, split: 'all' as const, start: '2015-01-02', end: '2022-12-28' };
    const joined = backtest(options, parts.join([tilted, tilted, tilted, tilted]));
    expect(joined.performance).toEqual(backtest(options, tilted).performance);
  });

  test('lets each policy decide from the close before its fold on', () => {
    const parts = walkForward({ rebalanceEvery: 5 }, settings);
    const hold = (asset: number) => (_observation: Float32Array, action: Float32Array) => {
      action.fill(0);
      action[asset] = 1;
    };
    const options = { rebalanceEvery: 5, split: 'all' as const, start: '2015-01-02', end: '2022-12-28' };
    const { decisionDates, weights, assets } = backtest(options, parts.join([1, 2, 3, 4].map(hold)));
    decisionDates.forEach((date, decision) => {
      const held = weights.subarray(decision * assets.length, (decision + 1) * assets.length).indexOf(1);
      const started = parts.folds.filter((fold) => String(fold.test.start) <= date).length;
      // A fold's first decision is taken at the close before its first day.
      expect([Math.max(started, 1), started + 1]).toContain(held);
    });
    const switches = [1, 2, 3, 4].map((asset) =>
      weights.reduce((sum, w, i) => sum + (i % assets.length === asset ? w : 0), 0),
    );
    for (const decisions of switches) expect(Math.abs(decisions - decisionDates.length / 4)).toBeLessThan(2);
  });
});
