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
  /** Names of the cues, in alphabetical order. */
  cues: readonly string[];
  /** bins x cues: how often each came on. */
  onsets: Float64Array;
  /** Reward of each bin. */
  rewards: Float64Array;
}

/**
 * Cuts a session into bins. An event belongs to the bin that begins at or before it.
 *
 * @param seconds length of the session; by default it ends with the bin of the last event
 * @throws UserError for events out of order, times or magnitudes that are no numbers, and a session without events
 */
export function binSession(events: EventTable, binSeconds: number, seconds?: number): BinnedSession {
  if (events.length === 0) throw new UserError('The session has no events: expected cues and rewards.');
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
  const binOf = (time: number) => Math.floor(time / binSeconds + rounding);
  const last = binOf(events[events.length - 1].time) + 1;
  const bins = seconds === undefined ? last : Math.max(Math.ceil(seconds / binSeconds - rounding), last);
  const cues = [...new Set(events.map(({ event }) => event))].filter((name) => name !== reward).sort();
  const onsets = new Float64Array(bins * cues.length);
  const rewards = new Float64Array(bins);
  for (const { time, event, magnitude } of events) {
    if (event === reward) rewards[binOf(time)] += magnitude;
    else onsets[binOf(time) * cues.length + cues.indexOf(event)] += 1;
  }
  return { binSeconds, bins, cues, onsets, rewards };
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
