import { describe, expect, test } from '@jest/globals';
import { groupMeans, thinnedIndices } from '../../src/report/thin.ts';

describe('thinnedIndices', () => {
  test('short curves are kept whole', () => {
    expect(thinnedIndices([5, Number.NaN, 7], 1)).toEqual([0, 1, 2]);
  });

  test('first, lowest, highest and last of each column', () => {
    //        column 0: 0..5       column 1: 6..11
    const values = [1, 9, 3, -4, 5, 6, 0, 2, 8, 8, -1, 3];
    expect(thinnedIndices(values, 2)).toEqual([0, 1, 3, 5, 6, 8, 10, 11]);
  });

  test('a gap stays a gap, and does not hide the extremes beside it', () => {
    const values = [Number.NaN, 2, 7, -3, 4, 4, 4, 4, 4, 4];
    expect(thinnedIndices(values, 1)).toEqual([0, 2, 3, 9]);
  });

  test('every spike of a long curve survives', () => {
    const values = Array.from({ length: 100_000 }, (_, i) => (i % 9973 === 5 ? 100 + i : Math.sin(i)));
    const kept = thinnedIndices(values, 500);
    expect(kept.length).toBeLessThanOrEqual(2000);
    expect(kept.filter((i) => values[i] >= 100)).toEqual(values.flatMap((value, i) => (value >= 100 ? [i] : [])));
  });
});

describe('groupMeans', () => {
  test('shares still add up', () => {
    const a = Array.from({ length: 1001 }, (_, i) => (i % 7) / 7);
    const thinned = [
      groupMeans(a, 100),
      groupMeans(
        a.map((share) => 1 - share),
        100,
      ),
    ];
    expect(thinned[0]).toHaveLength(100);
    for (let i = 0; i < 100; i++) expect(thinned[0][i] + thinned[1][i]).toBeCloseTo(1, 12);
  });

  test('by hand: groups of 2 and 3, missing values left out', () => {
    expect(groupMeans([1, 3, 5, Number.NaN, 9], 2)).toEqual([2, 7]);
  });
});
