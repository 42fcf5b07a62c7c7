import { type EventTable, reward } from '../events.ts';

export interface RescorlaWagnerParameters {
  /** Learning rates of outcomes better and worse than expected. */
  alphaPositive: number;
  alphaNegative: number;
}

/** One trial: a cue, and all that came until the next one. */
export interface TrialError {
  cue: string;
  /** s, of the cue. */
  time: number;
  /** What was expected, what came, and the difference. */
  value: number;
  outcome: number;
  error: number;
}

/**
 * A value for each cue, which moves to what follows it by a share of the error: V <- V + alpha (r - V), with a learning rate
 * of its own for disappointments.
 *
 * @returns one entry for each cue, in order
 * @see Rescorla and Wagner (1972), A theory of Pavlovian conditioning; Daw, Kakade and Dayan (2002) on the two rates
 */
export function rescorlaWagner(events: EventTable, parameters: RescorlaWagnerParameters): TrialError[] {
  const { alphaPositive, alphaNegative } = parameters;
  const values = new Map<string, number>();
  const trials: TrialError[] = [];
  for (const { event, time, magnitude } of events) {
    if (event !== reward) trials.push({ cue: event, time, value: 0, outcome: 0, error: 0 });
    else if (trials.length > 0) trials[trials.length - 1].outcome += magnitude;
  }
  for (const trial of trials) {
    trial.value = values.get(trial.cue) ?? 0;
    trial.error = trial.outcome - trial.value;
    values.set(trial.cue, trial.value + (trial.error > 0 ? alphaPositive : alphaNegative) * trial.error);
  }
  return trials;
}
