import type { Random } from '../../src/core/random.ts';
import { type ConditioningEvent, type EventTable, reward } from './events.ts';

/** A cue and what follows it. */
export interface Trial {
  cue: string;
  /** s from cue to reward. */
  delay: number;
  /** 0 where there is none. */
  magnitude: number;
}

export interface SessionOptions {
  trials: number;
  /** Draws the trial of a number, from 0. */
  trial(index: number, random: Random): Trial;
  /** Draws the time from the end of a trial to the next cue, s. */
  interval(random: Random): number;
}

/** An experiment in which trials follow each other: a cue, its reward or the time at which it would have been, an interval. */
export function session(options: SessionOptions, random: Random): EventTable {
  const events: ConditioningEvent[] = [];
  let time = options.interval(random);
  for (let index = 0; index < options.trials; index++) {
    const { cue, delay, magnitude } = options.trial(index, random);
    events.push({ time, event: cue, magnitude: 1 });
    time += delay;
    if (magnitude !== 0) events.push({ time, event: reward, magnitude });
    time += options.interval(random);
  }
  return events;
}
