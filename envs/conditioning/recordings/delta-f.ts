import { UserError } from '../../../src/core/errors.ts';
import { RankCounts } from './rank-counts.ts';
import type { SignalChannel } from './recording.ts';

export interface DeltaFOptions {
  /** Length of the window about each sample, s. Default 60. */
  window?: number;
  /** Of the fluorescence in the window, 0 to 100: 50 is its median. Default 10. */
  percentile?: number;
}

/**
 * dF/F(t) = (F(t) - F0(t)) / F0(t), F0(t) being a percentile, with linear interpolation, of all F from t - window / 2 to
 * t + window / 2 that the recording has. It follows bleaching and slow drift as long as the window is long beside the
 * responses. Missing values stay missing and do not count in F0.
 *
 * @throws UserError where F0 is not positive
 */
export function deltaF(signal: SignalChannel, { window = 60, percentile = 10 }: DeltaFOptions = {}): SignalChannel {
  if (!(window > 0 && percentile >= 0 && percentile <= 100)) {
    throw new UserError(
      `Expected a window above 0 s and a percentile from 0 to 100, but got ${window} s and ${percentile}.`,
    );
  }
  const { times, values, name } = signal;
  const counts = new RankCounts(values);
  const out = new Float64Array(values.length);
  let first = 0;
  let end = 0;
  for (let i = 0; i < values.length; i++) {
    while (end < times.length && times[end] <= times[i] + window / 2) counts.add(end++);
    while (times[first] < times[i] - window / 2) counts.remove(first++);
    const level = counts.quantile(percentile / 100);
    if (level <= 0) {
      throw new UserError(
        `dF/F wants fluorescence above 0, but F0 of '${name}' at ${times[i]} s is ${level}. Is a baseline subtracted already?`,
      );
    }
    out[i] = (values[i] - level) / level;
  }
  return { kind: 'signal', name, times, values: out, unit: 'dF/F' };
}
