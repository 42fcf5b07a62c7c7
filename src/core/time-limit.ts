import type { Env, EnvState, ResetOptions, ResetResult, StepResult } from './env.ts';
import { UserError } from './errors.ts';
import type { RowEnv } from './row-env.ts';
import type { StepDerivative } from './step-derivative.ts';

interface LimitState {
  elapsed: number;
  inner: EnvState;
}

function checkLimit(maxSteps: number): void {
  if (!Number.isInteger(maxSteps) || maxSteps < 1) {
    throw new UserError(`A time limit is a positive number of steps; got ${maxSteps}.`);
  }
}

/** Truncates episodes after `maxSteps` steps, as Gymnasium's wrapper of the same name. */
export class TimeLimit<Observation, Action> implements Env<Observation, Action> {
  readonly observationSpace;
  readonly actionSpace;
  readonly signalNames;
  readonly render?: () => string;
  readonly actionMask?: () => Uint8Array;
  readonly getState?: () => EnvState;
  readonly setState?: (state: EnvState) => void;
  readonly #env: Env<Observation, Action>;
  readonly #maxSteps: number;
  #elapsed = 0;

  /** @throws UserError when the limit is no positive integer */
  constructor(env: Env<Observation, Action>, maxSteps: number) {
    checkLimit(maxSteps);
    this.#env = env;
    this.#maxSteps = maxSteps;
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
    this.signalNames = env.signalNames;
    this.render = env.render?.bind(env);
    this.actionMask = env.actionMask?.bind(env);
    if (env.getState && env.setState) {
      this.getState = () => ({ elapsed: this.#elapsed, inner: env.getState?.() }) satisfies LimitState;
      this.setState = (state) => {
        const { elapsed, inner } = state as LimitState;
        this.#elapsed = elapsed;
        env.setState?.(inner);
      };
    }
  }

  reset(options?: ResetOptions): ResetResult<Observation> {
    this.#elapsed = 0;
    return this.#env.reset(options);
  }

  step(action: Action): StepResult<Observation> {
    const result = this.#env.step(action);
    this.#elapsed++;
    return this.#elapsed >= this.#maxSteps ? { ...result, truncated: true } : result;
  }

  close(): void {
    this.#env.close?.();
  }
}

/** The same for an environment over rows, without allocating. */
export class RowTimeLimit implements RowEnv {
  readonly observationSpace;
  readonly actionSpace;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames;
  readonly signals;
  readonly getState?: () => EnvState;
  readonly setState?: (state: EnvState) => void;
  truncated = false;
  readonly #rows: RowEnv;
  readonly #maxSteps: number;
  #elapsed = 0;

  /** @throws UserError when the limit is no positive integer */
  constructor(rows: RowEnv, maxSteps: number) {
    checkLimit(maxSteps);
    this.#rows = rows;
    this.#maxSteps = maxSteps;
    this.observationSpace = rows.observationSpace;
    this.actionSpace = rows.actionSpace;
    this.observationSize = rows.observationSize;
    this.actionSize = rows.actionSize;
    this.signalNames = rows.signalNames;
    this.signals = rows.signals;
    if (rows.getState && rows.setState) {
      this.getState = () => ({ elapsed: this.#elapsed, inner: rows.getState?.() }) satisfies LimitState;
      this.setState = (state) => {
        const { elapsed, inner } = state as LimitState;
        this.#elapsed = elapsed;
        rows.setState?.(inner);
      };
    }
  }

  get reward(): number {
    return this.#rows.reward;
  }

  get terminated(): boolean {
    return this.#rows.terminated;
  }

  get actionMask(): Uint8Array | undefined {
    return this.#rows.actionMask;
  }

  get derivative(): StepDerivative | undefined {
    return this.#rows.derivative;
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    this.#elapsed = 0;
    this.truncated = false;
    this.#rows.reset(seed, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    this.#rows.step(action, observation);
    this.#elapsed++;
    this.truncated = this.#rows.truncated || this.#elapsed >= this.#maxSteps;
  }

  close(): void {
    this.#rows.close?.();
  }
}
