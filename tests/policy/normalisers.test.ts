import { describe, expect, test } from '@jest/globals';
import { ObservationNormaliser, RewardNormaliser, RunningMoments } from '../../src/policy/normalisers.ts';

const ROWS = [
  [0, 1],
  [2.8284271247461903, 5.196152422706632],
  [8, 11.180339887498949],
  [14.696938456699069, 18.520259177452136],
  [22.627416997969522, 27],
];
/** Of ROWS, by NumPy. */
const MEAN = [9.630556515882954, 12.579350297531544];
const VARIANCE = [67.25238119438436, 86.75994609199309];

describe('running moments', () => {
  test.each([[[1, 1, 1, 1, 1]], [[2, 3]], [[5]]])('merged in batches of %p are those of all rows', (batches) => {
    const moments = new RunningMoments(2);
    let from = 0;
    for (const size of batches) {
      moments.update(ROWS.slice(from, from + size).flat(), size);
      from += size;
    }
    for (const i of [0, 1]) {
      // The initial count of 1e-4 shifts them by as much.
      expect(Math.abs(moments.mean[i] / MEAN[i] - 1)).toBeLessThan(1e-4);
      expect(Math.abs(moments.variance[i] / VARIANCE[i] - 1)).toBeLessThan(1e-4);
    }
  });

  test('take in what others have seen, and nothing from those that have seen nothing', () => {
    const [one, other] = [new RunningMoments(2), new RunningMoments(2)];
    one.update(ROWS.slice(0, 2).flat(), 2);
    other.update(ROWS.slice(2).flat(), 3);
    one.merge(other.getState());
    for (const i of [0, 1]) {
      expect(Math.abs(one.mean[i] / MEAN[i] - 1)).toBeLessThan(1e-4);
      expect(Math.abs(one.variance[i] / VARIANCE[i] - 1)).toBeLessThan(1e-4);
    }
    const before = one.getState();
    other.clear();
    one.merge(other.getState());
    expect(one.getState()).toEqual(before);
    expect(other.getState()).toEqual(new RunningMoments(2).getState());
  });

  test('go on to the same numbers from a saved state', () => {
    const one = new RunningMoments(2);
    one.update(ROWS.flat(), 5);
    const other = new RunningMoments(2);
    other.setState(JSON.parse(JSON.stringify(one.getState())));
    for (const moments of [one, other]) moments.update(ROWS.slice(2).flat(), 3);
    expect(other.getState()).toEqual(one.getState());
  });
});

describe('observation normaliser', () => {
  test('gives mean 0 and deviation 1, and clips at 10', () => {
    const normaliser = new ObservationNormaliser(2);
    normaliser.update(Float32Array.from(ROWS.flat()), 5);
    const out = new Float32Array(4);
    normaliser.normalise(Float32Array.of(MEAN[0], MEAN[1] + Math.sqrt(VARIANCE[1]), 1e6, -1e6), 2, out);
    expect(out[0]).toBeCloseTo(0, 3);
    expect(out[1]).toBeCloseTo(1, 3);
    expect([out[2], out[3]]).toEqual([10, -10]);
  });
});

describe('reward normaliser', () => {
  test('divides by the deviation of the discounted return and starts anew after an episode', () => {
    const moments = new RunningMoments(1);
    const normaliser = new RewardNormaliser(moments, 1, 0.5);
    const out = new Float64Array(1);
    const seen: number[] = [];
    // Returns: 2, then 0.5 * 2 + 4 = 5 (episode ends), then 1 alone.
    for (const [reward, truncated] of [
      [2, 0],
      [4, 1],
      [1, 0],
    ]) {
      normaliser.normalise(Float64Array.of(reward), Uint8Array.of(0), Uint8Array.of(truncated), out, 0);
      seen.push(out[0]);
    }
    // Variance of 2, 5, 1 about their mean 8/3 is 26/9.
    expect(Math.abs(moments.variance[0] / (26 / 9) - 1)).toBeLessThan(1e-3);
    expect(seen[2]).toBeCloseTo(1 / Math.sqrt(moments.variance[0] + 1e-8), 12);
    expect(normaliser.getState()).toEqual([1]);
  });
});
