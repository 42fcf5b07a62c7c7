import type { Space } from './spaces/space.ts';

/** Whatever an environment wishes to tell beside the observation. Numbers in it can be used by reward shaping. */
export type Info = Record<string, unknown>;

export interface ResetOptions {
  /** Seeds the environment's random stream as Gymnasium does; without it the stream goes on. */
  seed?: number;
  options?: Record<string, unknown>;
}

export interface ResetResult<Observation> {
  observation: Observation;
  info: Info;
}

export interface StepResult<Observation> {
  observation: Observation;
  reward: number;
  /** The task itself ended: there is no future reward, so nothing is bootstrapped. */
  terminated: boolean;
  /** The episode was cut short from outside, by a time limit say: the value of `observation` still counts. */
  truncated: boolean;
  info: Info;
}

/** What an environment needs to go on exactly where it stood. It must survive `JSON.stringify`. */
export type EnvState = unknown;

/**
 * Gymnasium's `Env`, word for word, in camelCase.
 *
 * `getState` and `setState` are optional: with them an interrupted run resumes to the same bytes, without them
 * it resumes with fresh episodes.
 */
export interface Env<Observation = unknown, Action = unknown> {
  readonly observationSpace: Space<Observation>;
  readonly actionSpace: Space<Action>;
  /** Entries of `info` that are numbers after every step and may be used for shaping and reports. None when absent. */
  readonly signalNames?: readonly string[];
  reset(options?: ResetOptions): ResetResult<Observation>;
  step(action: Action): StepResult<Observation>;
  /** A picture of the current state as text or SVG. */
  render?(): string;
  close?(): void;
  /** One byte for each choice of a discrete action space, 1 = allowed now. */
  actionMask?(): Uint8Array;
  getState?(): EnvState;
  setState?(state: EnvState): void;
}
