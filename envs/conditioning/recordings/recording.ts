import { UserError } from '../../../src/core/errors.ts';
import { nearestNames } from '../../../src/core/nearest.ts';
import type { ConditioningEvent, EventTable } from '../events.ts';

/** A quantity sampled over time, such as fluorescence. */
export interface SignalChannel {
  kind: 'signal';
  name: string;
  /** s, rising. */
  times: Float64Array;
  /** One a time; NaN where a sample is missing. */
  values: Float64Array;
  /** As the file tells it. */
  unit?: string;
}

/** When a neuron fired. */
export interface SpikeChannel {
  kind: 'spikes';
  name: string;
  /** s, ascending. */
  times: Float64Array;
}

export type Channel = SignalChannel | SpikeChannel;

/** What was measured in one session. */
export interface Recording {
  /** Name of the file, for messages. */
  source: string;
  channels: readonly Channel[];
  /** Where the file holds them. */
  events?: EventTable;
}

/** @throws UserError naming the nearest channels, or all where none comes near */
export function channelOf({ channels, source }: Recording, name: string): Channel {
  const found = channels.find((channel) => channel.name === name);
  if (found) return found;
  throw new UserError(`${source} has no channel '${name}'. ${suggestion(name, channelNames(channels))}`);
}

const channelNames = (channels: readonly Channel[]) => channels.map((channel) => channel.name);

/** What may have been meant, for the end of a message. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'It holds none.';
  const nearest = nearestNames(name, known).map((near) => `'${near}'`);
  return nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : `Found: ${listed(known)}.`;
}

const mostListed = 20;

/** The first of many names. */
export const listed = (names: readonly string[]) =>
  names.length <= mostListed
    ? names.join(', ')
    : `${names.slice(0, mostListed).join(', ')} and ${names.length - mostListed} more`;

/**
 * A signal, checked.
 *
 * @param where file and place in it, for messages
 * @throws UserError for times that do not rise, and for as many values as there are not times
 */
export function signalChannel(
  where: string,
  name: string,
  times: Float64Array,
  values: Float64Array,
  unit?: string,
): SignalChannel {
  if (times.length !== values.length) {
    throw new UserError(
      `${where}: expected a time for each of the ${values.length} samples, but found ${times.length}.`,
    );
  }
  for (let i = 0; i < times.length; i++) {
    if (!Number.isFinite(times[i])) {
      throw new UserError(
        `${where}: the time of sample ${i + 1} is ${times[i]}. Expected seconds; leave such samples out.`,
      );
    }
    if (i > 0 && times[i] <= times[i - 1]) {
      throw new UserError(
        `${where}: expected times that rise, but sample ${i + 1} at ${times[i]} s follows one at ${times[i - 1]} s. ` +
          'Sort the samples by time, and keep one of each time.',
      );
    }
  }
  return { kind: 'signal', name, times, values, ...(unit ? { unit } : {}) };
}

/**
 * Spikes, in the order of time.
 *
 * @param where file and place in it, for messages
 * @throws UserError for times that are no numbers
 */
export function spikeChannel(where: string, name: string, times: Float64Array): SpikeChannel {
  const strange = times.findIndex((time) => !Number.isFinite(time));
  if (strange >= 0) {
    throw new UserError(`${where}: the time of spike ${strange + 1} is ${times[strange]}. Expected seconds.`);
  }
  return { kind: 'spikes', name, times: times.slice().sort() };
}

/** Times of a steady rate, s. */
export const steadyTimes = (count: number, rate: number, start = 0) =>
  Float64Array.from({ length: count }, (_, i) => start + i / rate);

/** Events in the order of time; those of equal times stay as they were. */
export const sortedEvents = (events: readonly ConditioningEvent[]): EventTable =>
  events.toSorted((a, b) => a.time - b.time);

/**
 * Events under other names: those of the file are seldom the `reward` and the cues that models know.
 *
 * @param names from the old to the new
 * @throws UserError for an old name that no event bears
 */
export function renameEvents(events: EventTable, names: Readonly<Record<string, string>>): EventTable {
  const known = [...new Set(events.map(({ event }) => event))];
  const unknown = Object.keys(names).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UserError(`There is no event '${unknown}'. ${suggestion(unknown, known)}`);
  return events.map((event) => ({ ...event, event: names[event.event] ?? event.event }));
}

/** Times of the events of one name, s. */
export const timesOf = (events: EventTable, name: string) =>
  Float64Array.from(
    events.filter(({ event }) => event === name),
    ({ time }) => time,
  );
