import type { EnvState } from './env.ts';
import type { Space } from './spaces/space.ts';
import type { StepDerivative } from './step-derivative.ts';

/**
 * When a finished episode starts anew, as in Gymnasium 1.x.
 * - `next-step`: the step after the end ignores its action and returns the first observation, reward 0;
 * - `same-step`: the ending step returns the next episode's first observation; the last one is in `finalObservations`;
 * - `disabled`: the caller resets, by `reset({ mask })`.
 */
export type AutoresetMode = 'next-step' | 'same-step' | 'disabled';

export interface VectorResetOptions {
  /** One seed for all (environment i gets seed + i) or one for each, `undefined` letting its stream run on. */
  seed?: number | readonly (number | undefined)[];
  /** Which environments to reset, one byte each; all when absent. */
  mask?: Uint8Array;
}

/** What is needed to continue a batch of environments; `complete` is false where some of them cannot tell theirs. */
export interface VectorEnvState {
  complete: boolean;
  state: EnvState;
}

/** Rows of a batch that are stepped together. */
export interface EnvGroup {
  readonly start: number;
  readonly count: number;
}

/** The derivatives of the environments of a batch. */
export interface BatchDerivative {
  /** One an environment. */
  readonly derivatives: readonly StepDerivative[];
  /** Last states of the episodes that ended in this step, under `same-step`: numEnvs x stateSize. */
  readonly finalStates: Float64Array;
}

/** A batch of environments stepped into preallocated arrays, row i belonging to environment i. */
export interface VectorEnv {
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  /** All rows, in order. More than one group where one can be stepped while the outcome of another is read. */
  readonly groups: readonly EnvGroup[];
  /** Space of one environment. */
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;

  /** Current observations, numEnvs x observationSize. */
  readonly observations: Float32Array;
  /** Last observations of the episodes that ended in this step, under `same-step`; other rows hold no meaning. */
  readonly finalObservations: Float32Array;
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** Allowed choices, numEnvs x mask size; absent when every choice always is. */
  readonly actionMasks?: Uint8Array;
  /** How steps depend on states and actions; absent where that cannot be told. */
  readonly differentiable?: BatchDerivative;
  readonly signalNames: readonly string[];
  /** Of the step just taken, even where it ended an episode: numEnvs x signalNames.length. */
  readonly signals: Float64Array;
  /** Of the first state of the episode each environment is in; NaN where it does not tell them then. */
  readonly startSignals: Float64Array;

  reset(options?: VectorResetOptions): void | Promise<void>;
  /**
   * Steps the environments of a group, or all of them, by their action rows (numEnvs x actionSize, whatever the group).
   * A promise where they are remote; a group is stepped again only after it has resolved.
   */
  step(actions: Float32Array, group?: EnvGroup): void | Promise<void>;
  getState(): VectorEnvState;
  setState(state: VectorEnvState): void | Promise<void>;
  close(): void | Promise<void>;
}
