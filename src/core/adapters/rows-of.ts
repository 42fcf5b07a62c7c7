import type { Env, EnvState, Info } from '../env.ts';
import { UserError } from '../errors.ts';
import type { RowEnv } from '../row-env.ts';
import { actionFromRow, actionSizeOf, maskSizeOf } from '../spaces/action-row.ts';
import { rowSizeOf, type Space } from '../spaces/space.ts';

/**
 * An `Env` in the form the trainer sees: spaces flattened, signals read from `info`.
 *
 * Signals are the entries of `info` the environment lists in `signalNames`; each must be a number after every step
 * and may be absent after a reset, where it counts as 0.
 *
 * @param name how errors call the environment
 * @throws UserError from then on, when the environment returns what its spaces do not allow
 */
export function rowsOf(env: Env, name = 'environment'): RowEnv {
  return new EnvRows(env, name);
}

class EnvRows implements RowEnv {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames: readonly string[];
  readonly signals: Float64Array;
  readonly actionMask?: Uint8Array;
  readonly getState?: () => EnvState;
  readonly setState?: (state: EnvState) => void;
  reward = 0;
  terminated = false;
  truncated = false;
  readonly #env: Env;
  readonly #name: string;
  #step = 0;

  constructor(env: Env, name: string) {
    this.#env = env;
    this.#name = name;
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
    this.observationSize = rowSizeOf(env.observationSpace);
    this.actionSize = actionSizeOf(env.actionSpace);
    this.signalNames = env.signalNames ?? [];
    this.signals = new Float64Array(this.signalNames.length);
    if (env.actionMask) this.actionMask = new Uint8Array(maskSizeOf(env.actionSpace)).fill(1);
    if (env.getState && env.setState) {
      this.getState = () => env.getState?.();
      this.setState = (state) => {
        env.setState?.(state);
        this.#readMask();
      };
    }
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    const result = this.#env.reset(seed === undefined ? {} : { seed });
    this.#step = 0;
    this.reward = 0;
    this.terminated = false;
    this.truncated = false;
    this.#readObservation(result.observation, observation);
    this.#readSignals(result.info, 0);
    this.#readMask();
  }

  step(action: Float32Array, observation: Float32Array): void {
    const result = this.#env.step(actionFromRow(this.actionSpace, action));
    this.#step++;
    if (typeof result.reward !== 'number' || !Number.isFinite(result.reward)) {
      this.#refuse(`reward is ${result.reward}, expected a finite number`);
    }
    if (typeof result.terminated !== 'boolean') this.#refuse(`terminated is ${result.terminated}, expected a boolean`);
    if (typeof result.truncated !== 'boolean') this.#refuse(`truncated is ${result.truncated}, expected a boolean`);
    this.reward = result.reward;
    this.terminated = result.terminated;
    this.truncated = result.truncated;
    this.#readObservation(result.observation, observation);
    this.#readSignals(result.info, undefined);
    this.#readMask();
  }

  close(): void {
    this.#env.close?.();
  }

  #refuse(fault: string): never {
    throw new UserError(`${this.#name}, step ${this.#step}: ${fault}.`);
  }

  #readObservation(value: unknown, row: Float32Array): void {
    if (!this.observationSpace.contains(value)) {
      this.#refuse(`observation ${describeValue(value)} is not in the observation space ${this.observationSpace}`);
    }
    this.observationSpace.flatten(value, row);
  }

  #readSignals(info: Info | undefined, missing: number | undefined): void {
    for (let i = 0; i < this.signalNames.length; i++) {
      const value = info?.[this.signalNames[i]] ?? missing;
      if (typeof value !== 'number' || Number.isNaN(value)) {
        this.#refuse(`info.${this.signalNames[i]} is ${String(value)}, expected a number: signalNames lists it`);
      }
      this.signals[i] = value;
    }
  }

  #readMask(): void {
    if (this.actionMask === undefined) return;
    const mask = this.#env.actionMask?.();
    if (mask?.length !== this.actionMask.length) {
      this.#refuse(
        `actionMask() has ${mask?.length} bytes, expected ${this.actionMask.length} for ${this.actionSpace}`,
      );
    }
    this.actionMask.set(mask);
  }
}

/** A value in few words, for error messages. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (ArrayBuffer.isView(value) || Array.isArray(value)) {
    const entries = Array.from(value as ArrayLike<unknown>);
    const kind = Array.isArray(value) ? '' : `${value.constructor.name} `;
    return `${kind}[${entries.slice(0, 8).join(', ')}${entries.length > 8 ? ', ...' : ''}] (length ${entries.length})`;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([name, part]) => `${name}: ${describeValue(part)}`);
    return `{ ${parts.join(', ')} }`;
  }
  return String(value);
}
