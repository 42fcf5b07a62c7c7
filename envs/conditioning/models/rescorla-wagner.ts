import { type BinnedSession, binAt, type EventTable, reward } from '../events.ts';

export interface RescorlaWagnerParameters {
  /** Learning rates of outcomes better and worse than expected. */
  alphaPositive: number;
  alphaNegative: number;
}

/** One trial: a cue, and all that came until the next one or until it was forgotten. */
export interface TrialError {
  cue: string;
  /** s, of the cue, and of its first reward: NaN where there was none. */
  time: number;
  rewardTime: number;
  /** What was expected, what came, and the difference. */
  value: number;
  outcome: number;
  error: number;
}

/**
 * A value for each cue, which moves to what follows it by a share of the error: V <- V + alpha (r - V), with a learning rate
 * of its own for disappointments.
 *
 * @param memory s after which a reward is not put down to the cue
 * @returns one entry for each cue, in order
 * @see Rescorla and Wagner (1972), A theory of Pavlovian conditioning; Daw, Kakade and Dayan (2002) on the two rates
 */
export function rescorlaWagner(
  events: EventTable,
  parameters: RescorlaWagnerParameters,
  memory = Number.POSITIVE_INFINITY,
): TrialError[] {
  const { alphaPositive, alphaNegative } = parameters;
  const values = new Map<string, number>();
  const trials: TrialError[] = [];
  for (const { event, time, magnitude } of events) {
    const trial = trials[trials.length - 1];
    if (event !== reward) {
      trials.push({ cue: event, time, rewardTime: Number.NaN, value: 0, outcome: 0, error: 0 });
    } else if (trial !== undefined && time - trial.time <= memory) {
      trial.outcome += magnitude;
      if (Number.isNaN(trial.rewardTime)) trial.rewardTime = time;
    }
  }
  for (const trial of trials) {
    trial.value = values.get(trial.cue) ?? 0;
    trial.error = trial.outcome - trial.value;
    values.set(trial.cue, trial.value + (trial.error > 0 ? alphaPositive : alphaNegative) * trial.error);
  }
  return trials;
}

/**
 * The same as errors in time: the value of a cue when it comes on, for nothing foretold it, and the trial's error when the first
 * reward comes. Where none does, the disappointment comes after the mean delay of the cue's rewards so far. Rewards that no cue
 * is remembered for surprise by all they are.
 *
 * @returns one number a bin
 */
export function rescorlaWagnerErrors(
  { bins, binSeconds }: BinnedSession,
  events: EventTable,
  parameters: RescorlaWagnerParameters,
  memory: number,
): Float64Array {
  const errors = new Float64Array(bins);
  const add = (time: number, error: number) => {
    const bin = binAt(time, binSeconds);
    if (bin < bins) errors[bin] += error;
  };
  const delays = new Map<string, { sum: number; count: number }>();
  for (const { cue, time, rewardTime, value, outcome } of rescorlaWagner(events, parameters, memory)) {
    add(time, value);
    const seen = delays.get(cue) ?? { sum: 0, count: 0 };
    delays.set(cue, seen);
    if (outcome !== 0) {
      // The rewards themselves are added below.
      add(rewardTime, -value);
      seen.sum += rewardTime - time;
      seen.count++;
    } else if (seen.count > 0) add(time + seen.sum / seen.count, -value);
  }
  for (const { event, time, magnitude } of events) if (event === reward) add(time, magnitude);
  return errors;
}
