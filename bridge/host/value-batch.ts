import type { Env } from '../../src/core/env.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import { type Layout, layoutOf } from '../protocol/layout.ts';
import { EnvBatch } from './env-batch.ts';
import {
  bytesOf,
  checkActions,
  EnvironmentFailure,
  type Outcome,
  type ServedEnvs,
  type ServedEnvsOptions,
} from './served-envs.ts';

/** Environments of any spaces. */
export class ValueBatch implements ServedEnvs {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly canRender: boolean;
  readonly #batch: EnvBatch;
  readonly #observations: Layout;
  readonly #actions: Layout;

  constructor(makeOne: () => Env, options: ServedEnvsOptions) {
    this.#batch = new EnvBatch(makeOne, options);
    const { observationSpace, actionSpace, render } = this.#batch.first;
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.canRender = render !== undefined;
    this.#observations = layoutOf(observationSpace);
    this.#actions = layoutOf(actionSpace);
  }

  get ready(): boolean {
    return this.#batch.ready;
  }

  waitingForReset(): number[] {
    return this.#batch.waitingForReset();
  }

  reset(seeds: readonly (number | null)[], options: Record<string, unknown> | undefined, mask?: Uint8Array): Outcome {
    this.#batch.reset(seeds, options, mask);
    return { buffers: this.#encodeObservations(), final: false, infos: this.#batch.infos.entries };
  }

  step(action: readonly Uint8Array[]): Outcome {
    const batch = this.#batch;
    const actions = this.#actions.decode(action, batch.numEnvs, 'action');
    checkActions(actions, this.actionSpace);
    batch.step(actions);
    const { rewards, terminated, truncated, finalRows, finalObservations } = batch;
    const buffers = [...this.#encodeObservations(), bytesOf(rewards), terminated.slice(), truncated.slice()];
    const final = finalRows.length > 0;
    if (final) buffers.push(bytesOf(Int32Array.from(finalRows)), ...this.#observations.encode(finalObservations));
    return { buffers, final, infos: batch.infos.entries };
  }

  #encodeObservations(): Uint8Array[] {
    const { observations } = this.#batch;
    const odd = observations.findIndex((value) => !this.observationSpace.contains(value));
    if (odd < 0) return this.#observations.encode(observations);
    throw new EnvironmentFailure(odd, new TypeError(`the observation is not in its space ${this.observationSpace}`));
  }

  render(): (string | undefined)[] {
    return this.#batch.render();
  }

  close(): void {
    this.#batch.close();
  }
}
