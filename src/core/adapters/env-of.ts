import type { Env, EnvState, Info, ResetOptions, ResetResult, StepResult } from '../env.ts';
import { UserError } from '../errors.ts';
import type { RowEnv } from '../row-env.ts';
import { actionToRow } from '../spaces/action-row.ts';
import type { Space } from '../spaces/space.ts';
import { describeValue } from './rows-of.ts';

/**
 * A `RowEnv` as Gymnasium's `Env`: fresh arrays at every step, signals by name in `info`.
 *
 * `reset` takes no options here: what Gymnasium's environments read from them is given to `make`.
 *
 * @throws UserError from then on, for an action outside the space and a step before the first reset
 */
export function envOf(rows: RowEnv): Env {
  return new RowsEnv(rows);
}

class RowsEnv implements Env {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly signalNames: readonly string[];
  readonly actionMask?: () => Uint8Array;
  readonly getState?: () => EnvState;
  readonly setState?: (state: EnvState) => void;
  readonly #rows: RowEnv;
  readonly #observation: Float32Array;
  readonly #action: Float32Array;
  #started = false;

  constructor(rows: RowEnv) {
    this.#rows = rows;
    this.#observation = new Float32Array(rows.observationSize);
    this.#action = new Float32Array(rows.actionSize);
    this.observationSpace = rows.observationSpace;
    this.actionSpace = rows.actionSpace;
    this.signalNames = rows.signalNames;
    if (rows.actionMask) this.actionMask = () => Uint8Array.from(rows.actionMask ?? []);
    if (rows.getState && rows.setState) {
      this.getState = () => rows.getState?.();
      this.setState = (state) => {
        rows.setState?.(state);
        this.#started = true;
      };
    }
  }

  reset({ seed, options }: ResetOptions = {}): ResetResult<unknown> {
    const [option] = Object.keys(options ?? {});
    if (option !== undefined) {
      throw new UserError(`This environment resets without options, got '${option}': give it to make(id, options).`);
    }
    this.#rows.reset(seed, this.#observation);
    this.#started = true;
    return { observation: this.observationSpace.unflatten(this.#observation), info: this.#info() };
  }

  step(action: unknown): StepResult<unknown> {
    if (!this.#started) throw new UserError('The environment was stepped before its first reset. Call reset() first.');
    if (!this.actionSpace.contains(action)) {
      throw new UserError(`Action ${describeValue(action)} is not in the action space ${this.actionSpace}.`);
    }
    actionToRow(this.actionSpace, action, this.#action);
    this.#rows.step(this.#action, this.#observation);
    return {
      observation: this.observationSpace.unflatten(this.#observation),
      reward: this.#rows.reward,
      terminated: this.#rows.terminated,
      truncated: this.#rows.truncated,
      info: this.#info(),
    };
  }

  close(): void {
    this.#rows.close?.();
  }

  #info(): Info {
    return Object.fromEntries(this.signalNames.map((name, i) => [name, this.#rows.signals[i]]));
  }
}
