import { UserError } from '../../src/core/errors.ts';

/** Something that happened in an experiment: a cue of some name, or `reward`. */
export interface ConditioningEvent {
  /** s, from the start of the session. */
  time: number;
  event: string;
  /** Of a reward in the units of the experiment, such as microlitres; 1 for a cue. */
  magnitude: number;
}

/** In the order of time. */
export type EventTable = readonly ConditioningEvent[];

export const reward = 'reward';

/** A session cut into bins of equal length. */
export interface BinnedSession {
  binSeconds: number;
  bins: number;
  /** Names of the cues. */
  cues: readonly string[];
  /** bins x cues: how often each came on. */
  onsets: Float64Array;
  /** Reward of each bin. */
  rewards: Float64Array;
}

/**
 * Cuts a session into bins. An event belongs to the bin that begins at or before it.
 *
 * @param seconds length of the session; by default, and at least, it ends with the bin of the last event
 * @param cues their names in the order of the columns, where there may be others than those that came
 * @throws UserError for events out of order, and times or magnitudes that are no numbers
 */
export function binSession(
  events: EventTable,
  binSeconds: number,
  seconds = 0,
  cues: readonly string[] = cuesOf(events),
): BinnedSession {
  events.forEach(({ time, magnitude, event }, index) => {
    if (!(Number.isFinite(time) && time >= 0 && Number.isFinite(magnitude))) {
      throw new UserError(
        `Event ${index + 1} ('${event}'): expected a time from 0 on and a magnitude, got ${time} and ${magnitude}.`,
      );
    }
    if (index > 0 && time < events[index - 1].time) {
      throw new UserError(`Event ${index + 1} ('${event}') at ${time} s comes before the one above it. Sort by time.`);
    }
  });
  const last = events.length === 0 ? 0 : binAt(events[events.length - 1].time, binSeconds) + 1;
  const bins = Math.max(Math.ceil(seconds / binSeconds - rounding), last);
  const onsets = new Float64Array(bins * cues.length);
  const rewards = new Float64Array(bins);
  for (const { time, event, magnitude } of events) {
    if (event === reward) rewards[binAt(time, binSeconds)] += magnitude;
    else onsets[binAt(time, binSeconds) * cues.length + cues.indexOf(event)] += 1;
  }
  return { binSeconds, bins, cues, onsets, rewards };
}

/** The names of the cues among events, in alphabetical order. */
export function cuesOf(events: EventTable): string[] {
  return [...new Set(events.map(({ event }) => event))].filter((name) => name !== reward).sort();
}

/** The bin that begins at or before a time. */
export function binAt(time: number, binSeconds: number): number {
  return Math.floor(time / binSeconds + rounding);
}

/** Share of a bin by which a time that was summed up from many may fall short of it. */
const rounding = 1e-6;

/** What a model says about a session, one number a bin. */
export interface PredictionErrors {
  /** delta: what came, more than was expected. */
  errors: Float64Array;
  /** What is expected from the bin on. */
  values: Float64Array;
}
