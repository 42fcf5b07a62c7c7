import type { EnvState } from './env.ts';
import { UserError } from './errors.ts';
import { Guard } from './guard.ts';
import type { RowEnv } from './row-env.ts';
import type { Space } from './spaces/space.ts';
import { RowTimeLimit } from './time-limit.ts';
import type {
  AutoresetMode,
  BatchDerivative,
  EnvGroup,
  VectorEnv,
  VectorEnvState,
  VectorResetOptions,
} from './vector-env.ts';

export interface SyncVectorEnvOptions {
  /** Default `same-step`. */
  autoreset?: AutoresetMode;
  /** Truncates episodes after so many steps, beside any limit the environments bring. */
  maxEpisodeSteps?: number;
  /** How errors call the environments: their id. */
  name?: string;
}

interface SavedBatch {
  /** null for an environment that cannot tell its state. */
  envs: EnvState[];
  steps: number[];
  /** Environments whose episode has ended and was not yet started anew. */
  ended: number[];
  /** The bytes of the observation rows, in base64: JSON knows no infinity. */
  observations: string;
}

/**
 * Steps environments one after another in this thread. Autoreset works as in Gymnasium's `SyncVectorEnv`.
 *
 * Actions are checked against the action space and outcomes for NaN; the error names the environment's index, its
 * step in the episode and the field.
 */
export class SyncVectorEnv implements VectorEnv {
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  readonly groups: readonly EnvGroup[];
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly observations: Float32Array;
  readonly finalObservations: Float32Array;
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly actionMasks?: Uint8Array;
  readonly differentiable?: BatchDerivative;
  readonly signalNames: readonly string[];
  readonly signals: Float64Array;
  readonly startSignals: Float64Array;

  /** The environment at work; after an exception, the one that threw. */
  row = 0;

  readonly #envs: readonly RowEnv[];
  readonly #name: string;
  readonly #guard: Guard;
  readonly #maskSize: number;
  readonly #actions: Float32Array;
  readonly #actionRows: readonly Float32Array[];
  readonly #observationRows: readonly Float32Array[];
  readonly #finalRows: readonly Float32Array[];
  readonly #signalRows: readonly Float64Array[];
  readonly #steps: Int32Array;
  readonly #ended: Uint8Array;
  #started = false;

  /** @throws UserError when there are no environments, or they differ in their spaces or signals */
  constructor(make: (index: number) => RowEnv, numEnvs: number, options: SyncVectorEnvOptions = {}) {
    const { autoreset = 'same-step', maxEpisodeSteps, name = 'environment' } = options;
    if (!Number.isInteger(numEnvs) || numEnvs < 1) {
      throw new UserError(`A batch has at least one environment; got numEnvs ${numEnvs}.`);
    }
    if (!['next-step', 'same-step', 'disabled'].includes(autoreset)) {
      throw new UserError(`autoreset is 'next-step', 'same-step' or 'disabled'; got '${autoreset}'.`);
    }
    this.numEnvs = numEnvs;
    this.autoreset = autoreset;
    this.groups = [{ start: 0, count: numEnvs }];
    this.#name = name;
    this.#envs = Array.from({ length: numEnvs }, (_, i) => {
      const rows = make(i);
      return maxEpisodeSteps === undefined ? rows : new RowTimeLimit(rows, maxEpisodeSteps);
    });
    const [first] = this.#envs;
    this.#checkAlike(first);
    this.observationSpace = first.observationSpace;
    this.actionSpace = first.actionSpace;
    this.observationSize = first.observationSize;
    this.actionSize = first.actionSize;
    this.signalNames = first.signalNames;
    this.#maskSize = first.actionMask?.length ?? 0;
    const derivatives = this.#envs.flatMap(({ derivative }) => derivative ?? []);
    if (derivatives.length === numEnvs) {
      this.differentiable = { derivatives, finalStates: new Float64Array(numEnvs * derivatives[0].stateSize) };
    }
    if (first.actionMask) this.actionMasks = new Uint8Array(numEnvs * this.#maskSize).fill(1);

    const rowsOf = (block: Float32Array, size: number) =>
      this.#envs.map((_, i) => block.subarray(i * size, (i + 1) * size));
    this.observations = new Float32Array(numEnvs * this.observationSize);
    this.finalObservations = new Float32Array(numEnvs * this.observationSize);
    this.#actions = new Float32Array(numEnvs * this.actionSize);
    this.#observationRows = rowsOf(this.observations, this.observationSize);
    this.#finalRows = rowsOf(this.finalObservations, this.observationSize);
    this.#actionRows = rowsOf(this.#actions, this.actionSize);
    this.rewards = new Float64Array(numEnvs);
    this.terminated = new Uint8Array(numEnvs);
    this.truncated = new Uint8Array(numEnvs);
    this.signals = new Float64Array(numEnvs * this.signalNames.length);
    this.startSignals = new Float64Array(numEnvs * this.signalNames.length);
    this.#steps = new Int32Array(numEnvs);
    this.#ended = new Uint8Array(numEnvs);
    this.#signalRows = this.#envs.map((env) => env.signals);
    this.#guard = new Guard(name, first.observationSpace, first.actionSpace, this.#steps);
  }

  #checkAlike(first: RowEnv): void {
    const describe = (rows: RowEnv) =>
      `observations ${rows.observationSpace}, actions ${rows.actionSpace}, signals [${rows.signalNames.join(', ')}]`;
    this.#envs.forEach((rows, i) => {
      if (describe(rows) !== describe(first)) {
        throw new UserError(
          `The environments of a batch must be alike; number 0 has ${describe(first)}, number ${i} ${describe(rows)}.`,
        );
      }
    });
  }

  reset({ seed, mask }: VectorResetOptions = {}): void {
    const { numEnvs } = this;
    if (typeof seed === 'object' && seed.length !== numEnvs) {
      throw new UserError(`A list of seeds has one for each of the ${numEnvs} environments; got ${seed.length}.`);
    }
    if (mask !== undefined && (mask.length !== numEnvs || mask.every((flag) => flag === 0))) {
      throw new UserError(`A reset mask has ${numEnvs} bytes, at least one of them not 0; got [${mask.join(', ')}].`);
    }
    for (let i = 0; i < numEnvs; i++) {
      if (mask !== undefined && mask[i] === 0) continue;
      this.row = i;
      this.#begin(i, typeof seed === 'number' ? seed + i : seed?.[i]);
      this.rewards[i] = 0;
      this.terminated[i] = 0;
      this.truncated[i] = 0;
      this.#readSignals(i);
      this.#readMask(i);
    }
    this.#guard.checkObservations(this.observations);
    if (mask === undefined) this.#started = true;
  }

  step(actions: Float32Array): void {
    if (!this.#started) throw new UserError(`${this.#name} was stepped before its first reset. Call reset() first.`);
    if (actions.length !== this.#actions.length) {
      throw new UserError(
        `Expected ${this.numEnvs} action rows of ${this.actionSize}, ${this.#actions.length} numbers; ` +
          `got ${actions.length}.`,
      );
    }
    this.#guard.checkActions(actions);
    this.#actions.set(actions);
    for (let i = 0; i < this.numEnvs; i++) {
      this.row = i;
      if (this.#ended[i] === 0) this.#stepOne(i);
      else if (this.autoreset === 'next-step') this.#startAnew(i);
      else {
        throw new UserError(
          `${this.#name} ${i} was stepped after its episode ended. Under autoreset 'disabled' call reset({ mask }).`,
        );
      }
    }
    this.#guard.checkRewards(this.rewards);
    this.#guard.checkObservations(this.observations);
  }

  #stepOne(i: number): void {
    const env = this.#envs[i];
    const observation = this.#observationRows[i];
    this.#steps[i]++;
    env.step(this.#actionRows[i], observation);
    this.rewards[i] = env.reward;
    this.terminated[i] = env.terminated ? 1 : 0;
    this.truncated[i] = env.truncated ? 1 : 0;
    // Before a new episode begins: these are the signals of the step, not of the reset.
    this.#readSignals(i);
    if (env.terminated || env.truncated) this.#end(i);
    this.#readMask(i);
  }

  #end(i: number): void {
    if (this.autoreset !== 'same-step') {
      this.#ended[i] = 1;
      return;
    }
    const observation = this.#observationRows[i];
    this.#guard.checkObservations(observation, i);
    this.#finalRows[i].set(observation);
    if (this.differentiable) {
      const { derivatives, finalStates } = this.differentiable;
      derivatives[i].writeState(finalStates, i * derivatives[i].stateSize);
    }
    this.#begin(i, undefined);
  }

  #startAnew(i: number): void {
    this.#begin(i, undefined);
    this.rewards[i] = 0;
    this.terminated[i] = 0;
    this.truncated[i] = 0;
    this.#readSignals(i);
    this.#readMask(i);
  }

  #begin(i: number, seed: number | undefined): void {
    this.#envs[i].reset(seed, this.#observationRows[i]);
    this.#steps[i] = 0;
    this.#ended[i] = 0;
    this.#copySignals(i, this.startSignals);
  }

  #readSignals(i: number): void {
    this.#copySignals(i, this.signals);
  }

  #copySignals(i: number, to: Float64Array): void {
    const from = this.#signalRows[i];
    const at = i * from.length;
    for (let j = 0; j < from.length; j++) to[at + j] = from[j];
  }

  #readMask(i: number): void {
    const masks = this.actionMasks;
    if (masks === undefined) return;
    const mask = this.#envs[i].actionMask;
    if (mask === undefined) return;
    // Where an episode is over, nothing is left to choose.
    if (this.#ended[i] === 0) this.#guard.checkMask(mask, i);
    masks.set(mask, i * this.#maskSize);
  }

  getState(): VectorEnvState {
    const state: SavedBatch = {
      envs: this.#envs.map((env) => env.getState?.() ?? null),
      steps: Array.from(this.#steps),
      ended: Array.from(this.#ended),
      observations: bytesOf(this.observations).toString('base64'),
    };
    return { complete: this.#envs.every((env) => env.getState && env.setState), state };
  }

  /** Environments that could not tell their state begin a fresh episode. */
  setState({ state }: VectorEnvState): void {
    const saved = state as SavedBatch;
    if (saved.envs.length !== this.numEnvs) {
      throw new UserError(
        `The saved state holds ${saved.envs.length} environments, this batch ${this.numEnvs}. Use the same number.`,
      );
    }
    bytesOf(this.observations).set(Buffer.from(saved.observations, 'base64'));
    this.#steps.set(saved.steps);
    this.#ended.set(saved.ended);
    this.#envs.forEach((env, i) => {
      if (env.setState && saved.envs[i] !== null) env.setState(saved.envs[i]);
      else this.#begin(i, undefined);
      this.#readMask(i);
    });
    this.#started = true;
  }

  close(): void {
    for (const env of this.#envs) env.close?.();
  }
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
