import type { RowEnv } from '../../src/core/row-env.ts';
import { actionToRow, type Box, type Space } from '../../src/core/spaces/index.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { NdArray } from '../protocol/infos.ts';
import { type Layout, layoutOf } from '../protocol/layout.ts';
import {
  bytesOf,
  checkActions,
  EnvironmentFailure,
  type Outcome,
  Refusal,
  type ServedEnvs,
  type ServedEnvsOptions,
} from './served-envs.ts';

/** Whether an environment's rows are what goes on the wire, and nothing but signals is in its infos. */
export function servesRows({ observationSpace, actionMask }: RowEnv): boolean {
  return observationSpace.type === 'box' && (observationSpace as Box).dtype === 'float32' && actionMask === undefined;
}

/** Environments over rows, stepped by the trainer's own batch: many times as fast as by values. */
export class RowBatch implements ServedEnvs {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly canRender = false;
  ready = false;
  readonly #envs: SyncVectorEnv;
  readonly #layout: Layout;
  readonly #actions: Float32Array;
  /** Which of the signals are told as infos, by their columns. */
  readonly #told: readonly (readonly [name: string, column: number])[];
  /** Every environment tells them. */
  readonly #all: Uint8Array;

  /** @param makeOne an environment that `servesRows` */
  constructor(makeOne: () => RowEnv, { numEnvs, autoreset, infos }: ServedEnvsOptions) {
    this.#envs = new SyncVectorEnv(makeOne, numEnvs, { autoreset });
    const { observationSpace, actionSpace, actionSize, signalNames } = this.#envs;
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.#layout = layoutOf(actionSpace);
    this.#actions = new Float32Array(numEnvs * actionSize);
    this.#told = signalNames
      .map((name, column) => [name, column] as const)
      .filter(([name]) => infos === 'all' || (infos !== 'none' && infos.includes(name)));
    this.#all = new Uint8Array(numEnvs).fill(1);
  }

  waitingForReset(): number[] {
    return this.#envs.autoreset === 'disabled' ? this.#finished() : [];
  }

  reset(seeds: readonly (number | null)[], options: Record<string, unknown> | undefined, mask?: Uint8Array): Outcome {
    const [option] = Object.keys(options ?? {});
    if (option !== undefined) {
      throw new Refusal(
        'bad-request',
        `This environment resets without options, got '${option}': give it when it is made.`,
      );
    }
    this.#guarded(() => this.#envs.reset({ seed: seeds.map((seed) => seed ?? undefined), mask }));
    this.ready = true;
    const { observations, startSignals } = this.#envs;
    return { buffers: [bytesOf(observations)], final: false, infos: this.#infos(startSignals, mask ?? this.#all) };
  }

  step(action: readonly Uint8Array[]): Outcome {
    const envs = this.#envs;
    const { numEnvs, actionSize, autoreset } = envs;
    const actions = this.#layout.decode(action, numEnvs, 'action');
    checkActions(actions, this.actionSpace);
    for (let i = 0; i < numEnvs; i++) actionToRow(this.actionSpace, actions[i], this.#actions, i * actionSize);
    this.#guarded(() => envs.step(this.#actions));
    const { observations, rewards, terminated, truncated, signals } = envs;
    const buffers = [bytesOf(observations), bytesOf(rewards), terminated.slice(), truncated.slice()];
    const finished = autoreset === 'same-step' ? this.#finished() : [];
    if (finished.length === 0) return { buffers, final: false, infos: this.#infos(signals, this.#all) };
    buffers.push(bytesOf(Int32Array.from(finished)), this.#finalObservations(finished));
    return { buffers, final: true, infos: this.#infosOfEnds(finished) };
  }

  #finished(): number[] {
    const { terminated, truncated } = this.#envs;
    const rows: number[] = [];
    for (let i = 0; i < terminated.length; i++) if (terminated[i] || truncated[i]) rows.push(i);
    return rows;
  }

  #finalObservations(rows: readonly number[]): Uint8Array {
    const { finalObservations, observationSize } = this.#envs;
    const last = new Float32Array(rows.length * observationSize);
    rows.forEach((row, k) => {
      last.set(finalObservations.subarray(row * observationSize, (row + 1) * observationSize), k * observationSize);
    });
    return bytesOf(last);
  }

  #infos(signals: Float64Array, has: Uint8Array): Record<string, unknown> {
    const { numEnvs, signalNames } = this.#envs;
    const infos: Record<string, unknown> = {};
    for (const [name, column] of this.#told) {
      const values = new Float64Array(numEnvs);
      for (let i = 0; i < numEnvs; i++) if (has[i]) values[i] = signals[i * signalNames.length + column];
      infos[name] = new NdArray('float64', [numEnvs], values);
      infos[`_${name}`] = new NdArray('bool', [numEnvs], has);
    }
    return infos;
  }

  /** Finished episodes tell of their end in `final_info`, and of their successor's beginning where they told of themselves. */
  #infosOfEnds(rows: readonly number[]): Record<string, unknown> {
    if (this.#told.length === 0) return {};
    const { numEnvs, signals, startSignals, signalNames } = this.#envs;
    const width = signalNames.length;
    const ended = new Uint8Array(numEnvs);
    const current = Float64Array.from(signals);
    for (const row of rows) {
      ended[row] = 1;
      for (let j = 0; j < width; j++) current[row * width + j] = startSignals[row * width + j];
    }
    return {
      ...this.#infos(current, this.#all),
      final_info: this.#infos(signals, ended),
      _final_info: new NdArray('bool', [numEnvs], ended),
    };
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.ready = false;
      throw new EnvironmentFailure(this.#envs.row, error);
    }
  }

  render(): undefined[] {
    return new Array(this.#envs.numEnvs).fill(undefined);
  }

  close(): void {
    this.#envs.close();
  }
}
