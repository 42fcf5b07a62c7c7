import { UserError } from '../../../src/core/errors.ts';
import { binAt, type EventTable, reward } from '../events.ts';
import { suggestion } from '../recordings/recording.ts';
import type { ModelledSession } from './models.ts';

/** A stretch about an event that figures show. */
export interface AlignedTrial {
  /** Of the event it is aligned to. */
  bin: number;
  /** What comes together in an average: the cue and whether a reward followed it. */
  type: string;
  rewarded: boolean;
  /** s from the event to the reward, or to where one was given up. */
  seconds: number;
}

/**
 * The trials of a session: each begins with a cue that follows no other, and ends with the reward or where none has come for
 * as long as a cue is remembered.
 *
 * @param align the event to align to in place of the first cue of each trial
 * @throws UserError for an event there is not
 */
export function trialsOf({ events, binned, memory }: ModelledSession, align?: string): AlignedTrial[] {
  const names = [...new Set(events.map(({ event }) => event))];
  if (align !== undefined && !names.includes(align)) {
    throw new UserError(`There is no event '${align}' to align to. ${suggestion(align, names)}`);
  }
  const wanted = align ?? (binned.cues.length === 0 ? reward : undefined);
  return events.flatMap(({ event, time }, index): AlignedTrial[] => {
    const isStart = wanted === undefined ? event !== reward && !followsCue(events, index, memory) : event === wanted;
    if (!isStart) return [];
    const bin = binAt(time, binned.binSeconds);
    if (event === reward) {
      const cue = followsCue(events, index, memory) ? events[index - 1].event : undefined;
      return [{ bin, type: cue === undefined ? 'reward alone' : `reward after ${cue}`, rewarded: true, seconds: 0 }];
    }
    const { rewarded, until } = outcomeOf(events, index, memory);
    return [{ bin, type: `${event}, ${rewarded ? 'rewarded' : 'unrewarded'}`, rewarded, seconds: until - time }];
  });
}

function followsCue(events: EventTable, index: number, memory: number): boolean {
  const before = events[index - 1];
  return before !== undefined && before.event !== reward && events[index].time - before.time <= memory;
}

function outcomeOf(events: EventTable, start: number, memory: number): { rewarded: boolean; until: number } {
  let remembered = events[start].time + memory;
  for (const { event, time } of events.slice(start + 1)) {
    if (time > remembered) break;
    if (event === reward) return { rewarded: true, until: time };
    if (event === events[start].event) return { rewarded: false, until: time };
    remembered = time + memory;
  }
  return { rewarded: false, until: remembered };
}

/** The types of trials, the most frequent ones first. */
export function typesOf(trials: readonly AlignedTrial[]): string[] {
  const counts = new Map<string, number>();
  for (const { type } of trials) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([type]) => type);
}
