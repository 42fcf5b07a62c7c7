import { describe, expect, test } from '@jest/globals';
import {
  type AlignedTrials,
  alignSignal,
  deltaF,
  perievent,
  type SignalChannel,
  type SpikeChannel,
  selectTrials,
  subtractBaseline,
  trialDeltaF,
  zScore,
} from '../../../../envs/conditioning/recordings/index.ts';
import { Random } from '../../../../src/core/random.ts';
import { quantile } from '../../../../src/estimators/statistics.ts';

const NaNs = Number.NaN;

const signal = (times: number[], values: number[]): SignalChannel => ({
  kind: 'signal',
  name: 's',
  times: Float64Array.from(times),
  values: Float64Array.from(values),
});

const spikes = (...times: number[]): SpikeChannel => ({ kind: 'spikes', name: 'u', times: Float64Array.from(times) });

const rows = ({ values, bins, trials }: AlignedTrials) =>
  Array.from({ length: trials }, (_, trial) => [...values.subarray(trial * bins, (trial + 1) * bins)]);

/** Trials in bins of 1 s from -2 s on. */
const aligned = (...trials: number[][]): AlignedTrials => {
  const bins = trials[0].length;
  const missing = Int32Array.from(trials, (row) => row.filter(Number.isNaN).length);
  return {
    trials: trials.length,
    bins,
    step: 1,
    times: Float64Array.from({ length: bins }, (_, bin) => bin - 1.5),
    values: Float64Array.from(trials.flat()),
    outside: new Int32Array(trials.length),
    missing,
  };
};

describe('signals about events', () => {
  // 10 t, sampled twice a second from 0 to 5 s.
  const ramp = signal(
    Array.from({ length: 11 }, (_, i) => i / 2),
    Array.from({ length: 11 }, (_, i) => 5 * i),
  );

  test('on the line between samples, at the middles of bins', () => {
    const cut = alignSignal(ramp, [1.1, 3], { from: -0.5, to: 1, step: 0.5 });
    expect([...cut.times]).toEqual([-0.25, 0.25, 0.75]);
    const [first, second] = rows(cut);
    [8.5, 13.5, 18.5].forEach((value, bin) => {
      expect(first[bin]).toBeCloseTo(value, 12);
    });
    expect(second).toEqual([27.5, 32.5, 37.5]);
  });

  test('means of the samples within bins, the one at their end left out', () => {
    const cut = alignSignal(ramp, [1, 3], { from: 0, to: 2, step: 1, method: 'mean' });
    expect(rows(cut)).toEqual([
      [12.5, 22.5],
      [32.5, 42.5],
    ]);
  });

  test('bins beyond the recording are NaN and counted apart from missing samples', () => {
    const gappy = signal([0, 1, 2, 3, 4, 5], [0, 1, NaNs, 3, 4, 5]);
    const lines = alignSignal(gappy, [0, 2, 5], { from: -1, to: 1, step: 1 });
    expect(rows(lines)).toEqual([
      [NaNs, 0.5],
      [NaNs, NaNs],
      [4.5, NaNs],
    ]);
    expect([...lines.outside]).toEqual([1, 0, 1]);
    expect([...lines.missing]).toEqual([0, 2, 0]);
    const means = alignSignal(gappy, [0, 2, 5], { from: -1, to: 1, step: 1, method: 'mean' });
    expect(rows(means)).toEqual([
      [NaNs, 0],
      [1, NaNs],
      [4, 5],
    ]);
    expect([...means.outside]).toEqual([1, 0, 0]);
    expect([...means.missing]).toEqual([0, 1, 0]);
  });

  test('no line is drawn across a gap that is three times as long as intervals are', () => {
    const gappy = signal([0, 1, 2, 3, 10, 11], [0, 1, 2, 3, 10, 11]);
    const window = { from: 0, to: 1, step: 1 };
    expect(rows(alignSignal(gappy, [2, 5, 10], window))).toEqual([[2.5], [NaNs], [10.5]]);
    expect(rows(alignSignal(gappy, [2, 5, 10], { ...window, longestGap: 7 }))).toEqual([[2.5], [5.5], [10.5]]);
  });

  test('samples on the edges of bins stay in theirs whatever sums of decimals make of them', () => {
    const times = Array.from({ length: 1000 }, (_, i) => i * 0.1);
    const ticks = signal(
      times,
      times.map((_, i) => i),
    );
    const events = Array.from({ length: 80 }, (_, k) => 0.1 * (10 + 11 * k));
    const cut = alignSignal(ticks, events, { from: -0.3, to: 0.3, step: 0.1, method: 'mean' });
    rows(cut).forEach((row, k) => {
      expect(row).toEqual([-3, -2, -1, 0, 1, 2].map((shift) => 10 + 11 * k + shift));
    });
  });

  test('windows that are no whole number of bins are refused', () => {
    expect(() => alignSignal(ramp, [1], { from: 0, to: 1, step: 0.3 })).toThrow('a window of whole bins');
    expect(() => alignSignal(ramp, [1], { from: 1, to: 0, step: 0.1 })).toThrow('a window of whole bins');
    expect(() => alignSignal(ramp, [], { from: 0, to: 1, step: 0.1 })).toThrow('no events');
    expect(() => alignSignal(ramp, [NaNs], { from: 0, to: 1, step: 0.1 })).toThrow('event 1 is NaN');
  });
});

describe('spikes about events', () => {
  test('counts over the length of a bin, in spikes/s', () => {
    const cut = alignSignal(spikes(0.9, 1.0, 1.05, 1.1, 1.29, 2.5), [1, 2.5], { from: -0.2, to: 0.4, step: 0.2 });
    expect(rows(cut)).toEqual([
      [5, 15, 5],
      [0, 5, 0],
    ]);
  });

  test('bins that were not recorded to their end are NaN where that is known', () => {
    const cut = alignSignal(spikes(1.5), [1, 2], { from: -1, to: 2, step: 1, recorded: [0.5, 4] });
    expect(rows(cut)).toEqual([
      [NaNs, 1, 0],
      [1, 0, 0],
    ]);
    expect([...cut.outside]).toEqual([1, 0]);
  });
});

describe('averages over trials', () => {
  test('mean and standard error, without what is missing', () => {
    const { mean, sem, counts } = perievent(aligned([1, 2, NaNs], [3, NaNs, NaNs], [8, 4, NaNs]));
    expect([...counts]).toEqual([3, 2, 0]);
    expect([...mean]).toEqual([4, 3, NaNs]);
    // Squares 9 + 1 + 16 over 2 and 3 trials; 1 + 1 over 1 and 2.
    expect(sem[0]).toBeCloseTo(Math.sqrt(26 / 6), 12);
    expect(sem[1]).toBeCloseTo(1, 12);
    expect(sem[2]).toBeNaN();
  });

  test('intervals are percentiles of means of resampled trials, the same for the same seed', () => {
    const random = new Random(1);
    const values = Array.from({ length: 100 }, () => [5 + 2 * random.normal(), 7]);
    const { mean, sem, low, high } = perievent(aligned(...values));
    // Of a normal mean: 1.96 standard errors on both sides.
    expect((mean[0] - low[0]) / (1.96 * sem[0])).toBeGreaterThan(0.9);
    expect((mean[0] - low[0]) / (1.96 * sem[0])).toBeLessThan(1.1);
    expect((high[0] - mean[0]) / (1.96 * sem[0])).toBeGreaterThan(0.9);
    expect((high[0] - mean[0]) / (1.96 * sem[0])).toBeLessThan(1.1);
    expect([low[1], high[1]]).toEqual([7, 7]);
    expect(perievent(aligned(...values)).low).toEqual(low);
    expect(perievent(aligned(...values), { seed: 1 }).low).not.toEqual(low);
  });

  test('of two trials, resamples have but three means, of which the outer ones come in a quarter each', () => {
    const { low, high } = perievent(aligned([0], [2]));
    expect([low[0], high[0]]).toEqual([0, 2]);
  });

  test('trials of a kind', () => {
    const kind = selectTrials(aligned([1, NaNs], [2, 2], [NaNs, NaNs]), (trial) => trial !== 1);
    expect(rows(kind)).toEqual([
      [1, NaNs],
      [NaNs, NaNs],
    ]);
    expect([...kind.missing]).toEqual([1, 2]);
  });
});

describe('baselines', () => {
  // The window takes the bins at -1.5 and -0.5 s.
  const window = [-2, 0] as const;
  const trials = aligned([1, 3, 10, NaNs], [2, NaNs, 4, 6], [NaNs, NaNs, 1, 1]);

  test('their mean subtracted', () => {
    const changed = subtractBaseline(trials, window);
    expect(rows(changed)).toEqual([
      [-1, 1, 8, NaNs],
      [0, NaNs, 2, 4],
      [NaNs, NaNs, NaNs, NaNs],
    ]);
    expect([...changed.missing]).toEqual([1, 1, 4]);
  });

  test('z of each trial: mean 2 and sd sqrt 2 of the first, no sd of the others', () => {
    const [first, second] = rows(zScore(trials, window));
    expect(first[2]).toBeCloseTo(8 / Math.SQRT2, 12);
    expect(second).toEqual([NaNs, NaNs, NaNs, NaNs]);
  });

  test('z of all trials: mean 2 and sd 1 of 1, 3 and 2', () => {
    expect(rows(zScore(trials, window, 'all'))).toEqual([
      [-1, 1, 8, NaNs],
      [0, NaNs, 2, 4],
      [NaNs, NaNs, -1, -1],
    ]);
  });

  test('dF/F of each trial by its median', () => {
    expect(rows(trialDeltaF(trials, window))[0]).toEqual([-0.5, 0.5, 4, NaNs]);
    expect(() => trialDeltaF(aligned([-1, -1, 2]), window)).toThrow('the baseline of trial 1 is -1');
  });

  test('a window without bins is refused', () => {
    expect(() => subtractBaseline(trials, [5, 6])).toThrow('their middles run from -1.5 to 1.5 s');
  });
});

describe('dF/F of a signal', () => {
  test('by the median of three samples', () => {
    const { values, unit } = deltaF(signal([0, 1, 2, 3, 4], [2, 4, 8, 4, 2]), { window: 2, percentile: 50 });
    // F0 = 3, 4, 4, 4, 3.
    expect([...values].map((value) => Number(value.toFixed(12)))).toEqual([-0.333333333333, 0, 1, 0, -0.333333333333]);
    expect(unit).toBe('dF/F');
  });

  test('equal to percentiles of each window sorted anew, with values that are missing and equal', () => {
    const random = new Random(3);
    const times = Array.from({ length: 400 }, (_, i) => i / 10 + 0.02 * random.double());
    const values = times.map(() => (random.double() < 0.1 ? NaNs : 1 + Math.floor(20 * random.double())));
    const { values: found } = deltaF(signal(times, values), { window: 3, percentile: 10 });
    times.forEach((time, i) => {
      const near = values.filter((value, j) => Math.abs(times[j] - time) <= 1.5 && !Number.isNaN(value));
      const level = quantile(near, 0.1);
      if (Number.isNaN(values[i])) expect(found[i]).toBeNaN();
      else expect(found[i]).toBeCloseTo((values[i] - level) / level, 12);
    });
  });

  test('is refused where the baseline is not positive', () => {
    expect(() => deltaF(signal([0, 1], [-1, 1]), { window: 1 })).toThrow("F0 of 's' at 0 s is -1");
    expect(() => deltaF(signal([0, 1], [1, 1]), { percentile: 101 })).toThrow('a percentile from 0 to 100');
  });
});
