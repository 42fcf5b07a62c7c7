import type { Env, Info, ResetResult, StepResult } from '../../src/core/env.ts';
import type { AutoresetMode } from '../../src/core/vector-env.ts';
import { EnvironmentFailure, type ServedEnvsOptions } from './served-envs.ts';
import { VectorInfos } from './vector-infos.ts';

/** Seeds of environments that were made anew lie this far apart. */
const SEED_STRIDE = 1_000_003;

/**
 * Environments of any spaces, stepped one after another by values; autoreset and infos as in Gymnasium's
 * `SyncVectorEnv`. The outcome stands in the fields until the next call.
 */
export class EnvBatch {
  readonly numEnvs: number;
  readonly observations: unknown[];
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** Under `same-step`: which episodes ended in this step, and their last observations. */
  readonly finalRows: number[] = [];
  readonly finalObservations: unknown[] = [];
  infos: VectorInfos;
  readonly #make: () => Env;
  readonly #envs: Env[];
  readonly #autoreset: AutoresetMode;
  readonly #restarts: boolean;
  readonly #wanted: ServedEnvsOptions['infos'];
  readonly #ended: Uint8Array;
  readonly #seeds: (number | null)[];
  readonly #incarnations: Int32Array;
  #started = false;
  /** An environment threw, and where it stands nobody knows. */
  #failed = false;

  constructor(make: () => Env, { numEnvs, autoreset, onError, infos }: ServedEnvsOptions) {
    this.numEnvs = numEnvs;
    this.#make = make;
    this.#autoreset = autoreset;
    this.#restarts = onError === 'restart';
    this.#wanted = infos;
    this.#envs = Array.from({ length: numEnvs }, make);
    this.observations = new Array(numEnvs).fill(undefined);
    this.rewards = new Float64Array(numEnvs);
    this.terminated = new Uint8Array(numEnvs);
    this.truncated = new Uint8Array(numEnvs);
    this.infos = new VectorInfos(numEnvs);
    this.#ended = new Uint8Array(numEnvs);
    this.#seeds = new Array(numEnvs).fill(null);
    this.#incarnations = new Int32Array(numEnvs);
  }

  get first(): Env {
    return this.#envs[0];
  }

  /** Whether a step makes sense now. */
  get ready(): boolean {
    return this.#started && !this.#failed;
  }

  /** Environments that have to be reset before the next step. */
  waitingForReset(): number[] {
    if (this.#autoreset !== 'disabled') return [];
    return Array.from(this.#ended.keys()).filter((i) => this.#ended[i] === 1);
  }

  /** @throws EnvironmentFailure */
  reset(seeds: readonly (number | null)[], options: Record<string, unknown> | undefined, mask?: Uint8Array): void {
    this.#begin();
    for (let i = 0; i < this.numEnvs; i++) {
      if (mask?.[i] === 0) continue;
      if (seeds[i] !== null) this.#seeds[i] = seeds[i];
      const { observation, info } = this.#guarded(i, () =>
        this.#envs[i].reset({ ...(seeds[i] !== null && { seed: seeds[i] as number }), ...(options && { options }) }),
      );
      this.observations[i] = observation;
      this.rewards[i] = 0;
      this.terminated[i] = 0;
      this.truncated[i] = 0;
      this.#ended[i] = 0;
      this.#tell(i, info);
    }
    if (mask === undefined) {
      this.#started = true;
      this.#failed = false;
    }
  }

  /** @throws EnvironmentFailure */
  step(actions: readonly unknown[]): void {
    this.#begin();
    for (let i = 0; i < this.numEnvs; i++) {
      if (this.#ended[i] === 1 && this.#autoreset === 'next-step') this.#startAnew(i);
      else this.#stepOne(i, actions[i]);
    }
  }

  #begin(): void {
    this.finalRows.length = 0;
    this.finalObservations.length = 0;
    this.infos = new VectorInfos(this.numEnvs);
  }

  #startAnew(i: number): void {
    const { observation, info } = this.#guarded(i, () => this.#envs[i].reset());
    this.observations[i] = observation;
    this.rewards[i] = 0;
    this.terminated[i] = 0;
    this.truncated[i] = 0;
    this.#ended[i] = 0;
    this.#tell(i, info);
  }

  #stepOne(i: number, action: unknown): void {
    let result: StepResult<unknown>;
    let beginning: ResetResult<unknown> | undefined;
    try {
      result = this.#envs[i].step(action);
    } catch (error) {
      if (!this.#restarts) this.#fail(i, error);
      beginning = this.#remake(i);
      const info = { bridge_restart: true, bridge_error: error instanceof Error ? error.message : String(error) };
      result = { observation: this.observations[i], reward: 0, terminated: false, truncated: true, info };
    }
    const { observation, reward, terminated, truncated, info } = result;
    this.observations[i] = observation;
    this.rewards[i] = reward;
    this.terminated[i] = terminated ? 1 : 0;
    this.truncated[i] = truncated ? 1 : 0;
    const ended = terminated || truncated;
    this.#ended[i] = ended ? 1 : 0;
    if (!ended || this.#autoreset !== 'same-step') {
      this.#tell(i, info);
      return;
    }
    this.finalRows.push(i);
    this.finalObservations.push(observation);
    if (this.#wanted !== 'none') this.infos.add(i, { final_info: this.#selected(info) });
    const restarted = beginning !== undefined;
    beginning ??= this.#guarded(i, () => this.#envs[i].reset());
    this.observations[i] = beginning.observation;
    this.#ended[i] = 0;
    this.#tell(i, restarted ? { ...beginning.info, ...info } : beginning.info);
  }

  #remake(i: number): ResetResult<unknown> {
    this.#incarnations[i]++;
    const seed = this.#seeds[i];
    return this.#guarded(i, () => {
      this.#envs[i].close?.();
      this.#envs[i] = this.#make();
      return this.#envs[i].reset(seed === null ? {} : { seed: seed + SEED_STRIDE * this.#incarnations[i] });
    });
  }

  #tell(i: number, info: Info): void {
    if (this.#wanted === 'none') return;
    const mask = this.#envs[i].actionMask?.();
    // Under the name that algorithms with masks look for.
    this.infos.add(i, this.#selected(mask ? { ...info, action_mask: Int8Array.from(mask) } : info));
  }

  #selected(info: Info): Info {
    const wanted = this.#wanted;
    if (typeof wanted === 'string') return info;
    return Object.fromEntries(Object.entries(info).filter(([key]) => wanted.includes(key)));
  }

  #guarded<T>(i: number, act: () => T): T {
    try {
      return act();
    } catch (error) {
      return this.#fail(i, error);
    }
  }

  #fail(i: number, error: unknown): never {
    this.#failed = true;
    throw new EnvironmentFailure(i, error);
  }

  render(): (string | undefined)[] {
    return this.#envs.map((env, i) => this.#guarded(i, () => env.render?.()));
  }

  close(): void {
    for (const env of this.#envs) env.close?.();
  }
}
