import { UserError } from '../../../src/core/errors.ts';
import { quantile } from '../../../src/estimators/statistics.ts';
import type { AlignedTrials } from './alignment.ts';

/** s from the event: bins whose middle lies from the first up to before the second are the baseline. */
export type BaselineWindow = readonly [number, number];

/**
 * Takes from each trial the mean of its baseline. A trial without a baseline is NaN.
 *
 * @throws UserError for a window without bins
 */
export function subtractBaseline(aligned: AlignedTrials, window: BaselineWindow): AlignedTrials {
  return eachTrial(aligned, window, (row, baseline) => {
    const { mean } = momentsOf(baseline);
    for (let bin = 0; bin < row.length; bin++) row[bin] -= mean;
  });
}

/**
 * (value - mean) / sd of the baseline, with the divisor n - 1 in sd. A trial whose baseline does not vary is NaN.
 *
 * @param over the baseline of each `trial`, or of `all` trials together, as is usual of spikes: many of their baselines hold
 *   none
 * @throws UserError for a window without bins
 */
export function zScore(aligned: AlignedTrials, window: BaselineWindow, over: 'trial' | 'all' = 'trial'): AlignedTrials {
  const { trials, bins, values } = aligned;
  const columns = baselineBins(aligned, window);
  const ofAll = over === 'all' ? momentsOf(baselineOf(values, columns, bins, 0, trials)) : undefined;
  return eachTrial(aligned, window, (row, baseline) => {
    const { mean, std } = ofAll ?? momentsOf(baseline);
    for (let bin = 0; bin < row.length; bin++) row[bin] = std > 0 ? (row[bin] - mean) / std : Number.NaN;
  });
}

/**
 * dF/F of each trial: (F - F0) / F0, F0 being the median of its baseline. A trial without a baseline is NaN.
 *
 * @throws UserError for a window without bins, and for an F0 that is not positive
 */
export function trialDeltaF(aligned: AlignedTrials, window: BaselineWindow): AlignedTrials {
  return eachTrial(aligned, window, (row, baseline, trial) => {
    const level = quantile(baseline, 0.5);
    if (level <= 0) {
      throw new UserError(
        `dF/F wants fluorescence above 0, but the baseline of trial ${trial + 1} is ${level}. Is a baseline subtracted already?`,
      );
    }
    for (let bin = 0; bin < row.length; bin++) row[bin] = (row[bin] - level) / level;
  });
}

/** Copies the trials, and changes each by its own baseline, of which NaN are left out. */
function eachTrial(
  aligned: AlignedTrials,
  window: BaselineWindow,
  change: (row: Float64Array, baseline: Float64Array, trial: number) => void,
): AlignedTrials {
  const { trials, bins } = aligned;
  const columns = baselineBins(aligned, window);
  const values = aligned.values.slice();
  for (let trial = 0; trial < trials; trial++) {
    const baseline = baselineOf(aligned.values, columns, bins, trial, trial + 1);
    change(values.subarray(trial * bins, (trial + 1) * bins), baseline, trial);
  }
  const missing = aligned.outside.map((outside, trial) => countNaN(values, trial * bins, bins) - outside);
  return { ...aligned, values, missing };
}

function countNaN(values: Float64Array, from: number, length: number): number {
  let count = 0;
  for (let at = from; at < from + length; at++) if (Number.isNaN(values[at])) count++;
  return count;
}

function baselineBins({ times, step }: AlignedTrials, [from, to]: BaselineWindow): number[] {
  const slack = 1e-6 * step;
  const columns = Array.from(times.keys()).filter((bin) => times[bin] >= from - slack && times[bin] < to - slack);
  if (columns.length > 0) return columns;
  const [first, last] = [times[0], times[times.length - 1]].map((time) => Number(time.toPrecision(6)));
  throw new UserError(
    `The baseline from ${from} to ${to} s has no bin: their middles run from ${first} to ${last} s about the event.`,
  );
}

function baselineOf(values: Float64Array, columns: readonly number[], bins: number, from: number, to: number) {
  const found: number[] = [];
  for (let trial = from; trial < to; trial++) {
    for (const bin of columns) {
      const value = values[trial * bins + bin];
      if (!Number.isNaN(value)) found.push(value);
    }
  }
  return Float64Array.from(found);
}

/** Mean, and standard deviation with the divisor n - 1; NaN where there are too few. */
function momentsOf(values: Float64Array): { mean: number; std: number } {
  const n = values.length;
  if (n === 0) return { mean: Number.NaN, std: Number.NaN };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: n < 2 ? Number.NaN : Math.sqrt(squares / (n - 1)) };
}
