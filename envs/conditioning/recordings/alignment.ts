import { UserError } from '../../../src/core/errors.ts';
import { quantile } from '../../../src/estimators/statistics.ts';
import type { Channel, SignalChannel, SpikeChannel } from './recording.ts';

export interface AlignmentWindow {
  /** s from the event: where the first bin begins and the last one ends. */
  from: number;
  to: number;
  /** Length of a bin, s. */
  step: number;
}

export interface AlignmentOptions extends AlignmentWindow {
  /** Of signals: the value at the middle of each bin, on a line between samples (default), or the mean of those within. */
  method?: 'interpolate' | 'mean';
  /** s: no line is drawn between samples farther apart. Default: three times the median interval. */
  longestGap?: number;
  /** s: when the recording of spikes began and ended, which their times do not tell. Default: it covers all events. */
  recorded?: readonly [number, number];
}

/** A channel about each of many events. */
export interface AlignedTrials {
  trials: number;
  bins: number;
  /** s, length of a bin. */
  step: number;
  /** Middles of the bins, s from the event. */
  times: Float64Array;
  /** trials x bins: values of a signal in its unit, or spikes/s; NaN where there is nothing to tell. */
  values: Float64Array;
  /** How many values of each trial are NaN because the recording had not begun or was over. */
  outside: Int32Array;
  /** How many values of each trial are NaN for other reasons, such as missing samples. */
  missing: Int32Array;
}

/**
 * Cuts a channel into trials about events. Bin k of a trial reaches from event + from + k step to just before
 * event + from + (k + 1) step; of spikes, it holds their count / step.
 *
 * @param eventTimes s
 * @throws UserError for a window that is no whole number of bins, and without events
 */
export function alignSignal(channel: Channel, eventTimes: ArrayLike<number>, options: AlignmentOptions): AlignedTrials {
  const bins = binsOf(options);
  const trials = eventTimes.length;
  if (trials === 0) throw new UserError(`There are no events to align '${channel.name}' to.`);
  const { from, step } = options;
  const times = Float64Array.from({ length: bins }, (_, bin) => from + (bin + 0.5) * step);
  const values = new Float64Array(trials * bins);
  const [start, end] = recordedSpan(channel, options);
  const fill = fillerOf(channel, options);
  const outside = new Int32Array(trials);
  const missing = new Int32Array(trials);
  for (let trial = 0; trial < trials; trial++) {
    const event = eventTimes[trial];
    if (!Number.isFinite(event)) throw new UserError(`The time of event ${trial + 1} is ${event}. Expected seconds.`);
    const row = values.subarray(trial * bins, (trial + 1) * bins);
    fill(row, event + from);
    for (let bin = 0; bin < bins; bin++) {
      const [left, right] = [event + from + bin * step, event + from + (bin + 1) * step];
      const isOutside = isBeyond(channel, options, left, right, start, end);
      if (isOutside) row[bin] = Number.NaN;
      if (Number.isNaN(row[bin])) (isOutside ? outside : missing)[trial]++;
    }
  }
  return { trials, bins, step, times, values, outside, missing };
}

/** Share of a bin by which a time that was summed up from many may fall short of it. */
const rounding = 1e-6;

function binsOf({ from, to, step }: AlignmentWindow): number {
  const bins = Math.round((to - from) / step);
  if (step > 0 && bins >= 1 && Math.abs((to - from) / step - bins) < 1e-6 * bins) return bins;
  throw new UserError(
    `Expected a window of whole bins, from < to and step > 0, but got from ${from} to ${to} s in steps of ${step} s.`,
  );
}

/** Writes the values of the bins that begin at a time. */
type Filler = (row: Float64Array, start: number) => void;

function fillerOf(channel: Channel, options: AlignmentOptions): Filler {
  if (channel.kind === 'spikes') return countSpikes(channel, options.step);
  return options.method === 'mean' ? averageSamples(channel, options.step) : interpolateSamples(channel, options);
}

function recordedSpan(channel: Channel, { recorded }: AlignmentOptions): readonly [number, number] {
  if (recorded) return recorded;
  if (channel.kind === 'spikes') return [-Infinity, Infinity];
  return [channel.times[0] ?? Infinity, channel.times.at(-1) ?? -Infinity];
}

/** A count wants the whole of its bin recorded, a mean some of it, a value on a line the middle. */
function isBeyond(
  channel: Channel,
  { method, step }: AlignmentOptions,
  left: number,
  right: number,
  start: number,
  end: number,
): boolean {
  const slack = rounding * step;
  if (channel.kind === 'spikes') return left < start - slack || right > end + slack;
  if (method === 'mean') return right <= start + slack || left > end + slack;
  const middle = (left + right) / 2;
  return middle < start - slack || middle > end + slack;
}

function countSpikes({ times }: SpikeChannel, step: number): Filler {
  return (row, start) => {
    for (let i = firstFrom(times, start - rounding * step); i < times.length; i++) {
      const bin = Math.floor((times[i] - start) / step + rounding);
      if (bin >= row.length) break;
      row[bin] += 1 / step;
    }
  };
}

function averageSamples({ times, values }: SignalChannel, step: number): Filler {
  return (row, start) => {
    const counts = new Int32Array(row.length);
    for (let i = firstFrom(times, start - rounding * step); i < times.length; i++) {
      const bin = Math.floor((times[i] - start) / step + rounding);
      if (bin >= row.length) break;
      if (Number.isNaN(values[i])) continue;
      row[bin] += values[i];
      counts[bin]++;
    }
    counts.forEach((count, bin) => {
      row[bin] = count === 0 ? Number.NaN : row[bin] / count;
    });
  };
}

function interpolateSamples({ times, values }: SignalChannel, { step, longestGap }: AlignmentOptions): Filler {
  const mostApart = longestGap ?? gapsBefore * medianInterval(times);
  return (row, start) => {
    const slack = rounding * step;
    let after = firstFrom(times, start + 0.5 * step - slack);
    for (let bin = 0; bin < row.length; bin++) {
      const time = start + (bin + 0.5) * step;
      while (after < times.length && times[after] < time - slack) after++;
      row[bin] = valueAt(times, values, after, time, slack, mostApart);
    }
  };
}

/** @param after the first sample that is not before the time */
function valueAt(
  times: Float64Array,
  values: Float64Array,
  after: number,
  time: number,
  slack: number,
  mostApart: number,
): number {
  if (after < times.length && times[after] - time <= slack) return values[after];
  if (after === 0 || after === times.length) return Number.NaN;
  const apart = times[after] - times[after - 1];
  if (apart > mostApart) return Number.NaN;
  const share = (time - times[after - 1]) / apart;
  return values[after - 1] + share * (values[after] - values[after - 1]);
}

const gapsBefore = 3;

/** From one sample to the next, s; infinite where there are not two. */
export function medianInterval(times: Float64Array): number {
  if (times.length < 2) return Infinity;
  return quantile(
    Float64Array.from({ length: times.length - 1 }, (_, i) => times[i + 1] - times[i]),
    0.5,
  );
}

/** Index of the first time that is not before this one. */
function firstFrom(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
