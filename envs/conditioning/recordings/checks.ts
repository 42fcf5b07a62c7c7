import { UserError } from '../../../src/core/errors.ts';
import type { EventTable } from '../events.ts';
import { medianInterval } from './alignment.ts';
import { type Channel, channelOf, type Recording, type SignalChannel } from './recording.ts';

export interface CheckOptions {
  /** Channels to check, all unless told. */
  channels?: readonly string[];
  /** Share of a recording that may be missing in one piece, as NaN or as a gap between samples. Default 0.05. */
  longestMissing?: number;
}

/**
 * Checks that a recording and events belong together and that the recording is whole.
 *
 * @returns what is odd but may be so
 * @throws UserError for channels that are not there or empty, times that seem to be in other units, no event within the
 *   recording, and long stretches without data
 */
export function checkRecording(recording: Recording, events: EventTable, options: CheckOptions = {}): string[] {
  const { longestMissing = 0.05 } = options;
  const channels = options.channels?.map((name) => channelOf(recording, name)) ?? recording.channels;
  const { source } = recording;
  if (channels.length === 0) throw new UserError(`${source} has no channels: expected signals or spikes.`);
  for (const { name, times } of channels) {
    if (times.length === 0) throw new UserError(`${source}: the channel '${name}' is empty. Leave it out.`);
  }
  if (events.length === 0) throw new UserError(`There are no events to go with ${source}. Expected cues and rewards.`);
  const recorded = spanOf(channels.flatMap(({ times }) => [times[0], times[times.length - 1]]));
  const happened = spanOf(events.map(({ time }) => time));
  refuseOtherUnits(source, recorded, happened);
  const notes = checkOverlap(source, recorded, happened, events);
  for (const channel of channels) {
    notes.push(...(channel.kind === 'signal' ? checkSignal(source, channel, longestMissing) : checkSpikes(channel)));
  }
  return notes;
}

interface Span {
  start: number;
  end: number;
}

function spanOf(times: readonly number[]): Span {
  let [start, end] = [Infinity, -Infinity];
  for (const time of times) {
    start = Math.min(start, time);
    end = Math.max(end, time);
  }
  return { start, end };
}

const describeSpan = ({ start, end }: Span) => `${round(start)} to ${round(end)} s`;

const round = (value: number) => Number(value.toPrecision(6));

/** Units that are taken for seconds, and how many times too long a span then is: about their divisor. */
const units = [
  { name: 'milliseconds', divisor: 1e3 },
  { name: 'microseconds', divisor: 1e6 },
] as const;
const tolerance = 5;

function refuseOtherUnits(source: string, recorded: Span, happened: Span): void {
  const lengthOf = ({ start, end }: Span) => end - start;
  const spans = `The events run from ${describeSpan(happened)}, the recording from ${describeSpan(recorded)}.`;
  for (const { name, divisor } of units) {
    const isNear = (ratio: number) => ratio > divisor / tolerance && ratio < divisor * tolerance;
    if (isNear(lengthOf(happened) / lengthOf(recorded))) {
      throw new UserError(`${source}: ${spans} Are the times of the events in ${name}? Divide them by ${divisor}.`);
    }
    // A few events close to each other may well be so much shorter, but hardly all at the very beginning.
    if (isNear(lengthOf(recorded) / lengthOf(happened)) && isNear(recorded.end / happened.end)) {
      throw new UserError(`${source}: ${spans} Are the times of the recording in ${name}? Divide them by ${divisor}.`);
    }
  }
}

function checkOverlap(source: string, recorded: Span, happened: Span, events: EventTable): string[] {
  const outside = events.filter(({ time }) => time < recorded.start || time > recorded.end).length;
  if (outside === events.length) {
    throw new UserError(
      `${source}: no event lies within the recording. The events run from ${describeSpan(happened)}, the recording from ` +
        `${describeSpan(recorded)}. Expected times on one clock: shift those of the events to that of the recording.`,
    );
  }
  return outside === 0
    ? []
    : [`${outside} of ${events.length} events lie outside the recording, ${describeSpan(recorded)}`];
}

/** Intervals between samples, as often as the median one, from which on there is a gap. */
const gapFactor = 3;
/** s: signals that are sampled more slowly may have milliseconds for seconds. */
const slowInterval = 1;
/** Share of the intervals between samples that differ from the median by more than a tenth. */
const unsteady = 0.01;

function checkSignal(source: string, { name, times, values }: SignalChannel, longestMissing: number): string[] {
  const notes: string[] = [];
  const interval = medianInterval(times);
  const length = times[times.length - 1] - times[0];
  if (interval !== Infinity && interval >= slowInterval) {
    notes.push(`'${name}' is sampled every ${round(interval)} s: make sure its times are not in milliseconds`);
  }

  const gaps = Array.from(times.keys())
    .slice(1)
    .filter((i) => times[i] - times[i - 1] > gapFactor * interval);
  const widest = gaps.reduce(
    (most, i) => (times[i] - times[i - 1] > times[most] - times[most - 1] ? i : most),
    gaps[0],
  );
  if (widest !== undefined) {
    const seconds = times[widest] - times[widest - 1];
    const where = `no samples for ${round(seconds)} s from ${round(times[widest - 1])} s on`;
    if (seconds > longestMissing * length) {
      throw new UserError(
        `${source}: '${name}' has ${where}, more than ${percent(longestMissing)} of the recording. Read the parts on both ` +
          `sides as recordings of their own, or raise 'longestMissing'.`,
      );
    }
    notes.push(
      `'${name}' has ${gaps.length} gap${gaps.length === 1 ? '' : 's'} between samples, the longest with ${where}`,
    );
  }
  const uneven = Array.from(times.keys())
    .slice(1)
    .filter((i) => Math.abs(times[i] - times[i - 1] - interval) > 0.1 * interval).length;
  if (uneven - gaps.length > unsteady * times.length) {
    notes.push(`'${name}' is not sampled at a steady rate: ${uneven} of ${times.length - 1} intervals differ`);
  }

  const { missing, start, run } = missingRun(values);
  if (run > longestMissing * values.length) {
    throw new UserError(
      `${source}: '${name}' has ${run} missing values in a row from ${round(times[start])} s on, more than ` +
        `${percent(longestMissing)} of its ${values.length}. Cut the recording there, or raise 'longestMissing'.`,
    );
  }
  if (missing > 0) notes.push(`'${name}' has ${missing} missing values, at most ${run} in a row`);
  const [first] = values.filter((value) => !Number.isNaN(value));
  if (values.every((value) => value === first || Number.isNaN(value))) notes.push(`'${name}' is ${first} all the time`);
  return notes;
}

const percent = (share: number) => `${round(100 * share)} %`;

/** How many values are NaN, and the longest run of them. */
function missingRun(values: Float64Array): { missing: number; start: number; run: number } {
  const found = { missing: 0, start: 0, run: 0 };
  let run = 0;
  values.forEach((value, i) => {
    run = Number.isNaN(value) ? run + 1 : 0;
    if (run > 0) found.missing++;
    if (run > found.run) {
      found.run = run;
      found.start = i - run + 1;
    }
  });
  return found;
}

/** s: a neuron does not fire again so soon. */
const refractory = 0.001;
/** s: between the spikes of a neuron that is worth recording. */
const rareInterval = 30;

function checkSpikes({ name, times }: Channel): string[] {
  const notes: string[] = [];
  const interval = medianInterval(times);
  if (interval !== Infinity && interval >= rareInterval) {
    notes.push(`'${name}' fires every ${round(interval)} s: make sure its times are not in milliseconds`);
  }
  let early = 0;
  for (let i = 1; i < times.length; i++) if (times[i] - times[i - 1] < refractory) early++;
  if (early > 0.01 * times.length) {
    notes.push(
      `${early} of ${times.length} spikes of '${name}' follow another within 1 ms: more than one neuron, or noise`,
    );
  }
  return notes;
}
