import type { EnvState } from './env.ts';
import type { Space } from './spaces/space.ts';
import type { StepDerivative } from './step-derivative.ts';

/**
 * An environment over flat rows of numbers: the form in which the trainer sees every environment.
 *
 * The built-in environments are written in this form, because it steps without allocating; an `Env` becomes one
 * through `rowsOf`, and a `RowEnv` becomes an `Env` through `envOf`.
 *
 * After `reset` and `step` the outcome stands in the fields, valid until the next call.
 */
export interface RowEnv {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Numbers in an observation row: `flatSize(observationSpace)`. */
  readonly observationSize: number;
  /** Numbers in an action row: one for each decision (a discrete choice is its index), so `Box` size, 1, or slots. */
  readonly actionSize: number;

  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;

  /** Names of the quantities published after each step for shaping and reports, such as `turnover`. */
  readonly signalNames: readonly string[];
  /** Their values, in the same order. */
  readonly signals: Float64Array;
  /** One byte a choice, 1 = allowed now; absent when every choice always is. */
  readonly actionMask?: Uint8Array;
  /** How its steps depend on state and action, where that can be told. */
  readonly derivative?: StepDerivative;

  /** Starts an episode and writes its first observation. A seed restarts the random stream; `undefined` lets it run on. */
  reset(seed: number | undefined, observation: Float32Array): void;
  /** Applies an action row, writes the next observation. */
  step(action: Float32Array, observation: Float32Array): void;
  close?(): void;
  getState?(): EnvState;
  setState?(state: EnvState): void;
}

/** An environment whose steps can be differentiated. */
export interface DifferentiableEnv extends RowEnv {
  readonly derivative: StepDerivative;
}
