import { z } from 'zod';
import type { Random } from '../../src/core/random.ts';
import { type ConditioningEvent, type EventTable, reward } from './events.ts';

const seconds = z.number().min(0);

/** A number drawn from a list, alike or with these weights. */
const choiceOf = (value: z.ZodNumber) =>
  z.union([
    value,
    z
      .strictObject({ values: z.array(value).min(1), weights: z.array(z.number().min(0)).optional() })
      .refine(
        ({ values, weights }) => !weights || weights.length === values.length,
        'expected one weight for each value',
      )
      .refine(({ weights }) => !weights || weights.some((weight) => weight > 0), 'expected a weight above zero'),
  ]);
const choice = choiceOf(z.number());

const trialType = z.strictObject({
  name: z.string().min(1),
  /** How often it comes, beside the others. */
  weight: z.number().min(0).default(1),
  /** Cues and when they come, s from the start of the trial. */
  cues: z.array(
    z.strictObject({
      name: z
        .string()
        .min(1)
        .refine((name) => name !== reward, "'reward' is no cue"),
      at: seconds.default(0),
    }),
  ),
  reward: z
    .strictObject({
      probability: z.number().min(0).max(1).default(1),
      /** s from the start of the trial. */
      delay: choiceOf(seconds),
      magnitude: choice.default(1),
    })
    .optional(),
});

/** From the end of a trial to the start of the next, s: a constant, and beyond it an exponential time. */
const interval = z
  .strictObject({
    least: seconds.default(0),
    /** Mean of the exponential part. */
    mean: seconds.default(0),
    most: z.number().positive().optional(),
    /** The time is rounded up to a multiple of this. */
    grid: z.number().positive().optional(),
  })
  .refine(({ least, most }) => most === undefined || most >= least, "expected 'most' not to be below 'least'");

/** Rewards that no cue announces, between trials. */
const freeRewards = z.strictObject({
  /** Mean time from one to the next, s. */
  every: z.number().positive(),
  magnitude: choice.default(1),
  /** None comes so soon before the next trial, s. */
  clear: seconds.default(0),
});

export const taskSchema = z.strictObject({
  trialTypes: z
    .array(trialType)
    .min(1)
    .refine((types) => types.some(({ weight }) => weight > 0), 'expected a weight above zero'),
  interval,
  freeRewards: freeRewards.optional(),
});

/** An experiment in Pavlovian conditioning: what trials there are and what passes between them. */
export type PavlovianTask = z.output<typeof taskSchema>;
export type PavlovianTaskInput = z.input<typeof taskSchema>;
type Choice = z.output<typeof choice>;
type TrialType = PavlovianTask['trialTypes'][number];

/** One trial as it went. */
export interface Trial {
  /** Name of its type. */
  type: string;
  /** s. */
  start: number;
  /** When its reward came, or would have come; its last cue where there is none to come. */
  end: number;
  /** 0 where there was no reward. */
  magnitude: number;
}

export interface ConditioningSession {
  events: EventTable;
  trials: readonly Trial[];
  /** From the start to the end of the last interval, s. */
  seconds: number;
}

/** Draws so many trials and the intervals around them. */
export function drawSession(task: PavlovianTask, count: number, random: Random): ConditioningSession {
  const events: ConditioningEvent[] = [];
  const trials: Trial[] = [];
  const weights = task.trialTypes.map(({ weight }) => weight);
  let time = wait(0);
  for (let index = 0; index < count; index++) {
    const { trial, occurred } = drawTrial(task.trialTypes[weightedIndex(weights, random)], time, random);
    events.push(...occurred);
    trials.push(trial);
    // A cue may come after the reward.
    time = wait(Math.max(trial.end, occurred.at(-1)?.time ?? 0));
  }
  return { events, trials, seconds: time };

  /** Lets an interval pass, with the rewards that come in it. */
  function wait(from: number): number {
    const until = from + drawInterval(task.interval, random);
    if (task.freeRewards) {
      const { every, clear, magnitude } = task.freeRewards;
      for (let at = from + every * random.exponential(); at < until - clear; at += every * random.exponential()) {
        events.push({ time: at, event: reward, magnitude: drawChoice(magnitude, random) });
      }
    }
    return until;
  }
}

function drawTrial(type: TrialType, start: number, random: Random) {
  const occurred: ConditioningEvent[] = type.cues.map(({ name, at }) => ({
    time: start + at,
    event: name,
    magnitude: 1,
  }));
  let end = start + Math.max(0, ...type.cues.map(({ at }) => at));
  let magnitude = 0;
  if (type.reward) {
    end = start + drawChoice(type.reward.delay, random);
    if (random.double() < type.reward.probability) magnitude = drawChoice(type.reward.magnitude, random);
    if (magnitude !== 0) occurred.push({ time: end, event: reward, magnitude });
  }
  occurred.sort((a, b) => a.time - b.time);
  return { occurred, trial: { type: type.name, start, end, magnitude } };
}

function drawInterval({ least, mean, most, grid }: PavlovianTask['interval'], random: Random): number {
  const time = least + mean * random.exponential();
  const limited = most === undefined ? time : Math.min(time, most);
  return grid === undefined ? limited : grid * Math.ceil(limited / grid);
}

function drawChoice(from: Choice, random: Random): number {
  if (typeof from === 'number') return from;
  const { values, weights } = from;
  return values[weights ? weightedIndex(weights, random) : Math.floor(values.length * random.double())];
}

function weightedIndex(weights: readonly number[], random: Random): number {
  let left = random.double() * weights.reduce((sum, weight) => sum + weight, 0);
  let index = 0;
  while (index + 1 < weights.length && left >= weights[index]) left -= weights[index++];
  return index;
}
