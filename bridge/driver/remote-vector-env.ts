import { UserError } from '../../src/core/errors.ts';
import { Guard } from '../../src/core/guard.ts';
import type { EnvOptions } from '../../src/core/registry.ts';
import { actionSizeOf } from '../../src/core/spaces/action-row.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import type { AutoresetMode, VectorEnv, VectorEnvState, VectorResetOptions } from '../../src/core/vector-env.ts';
import { rowReader, rowWriter } from '../protocol/rows.ts';
import type { Hosts } from './hosts.ts';
import { RemoteGroup } from './remote-group.ts';
import type { BatchOutcome, StepOutcome } from './remote-session.ts';
import { readSignals } from './signals.ts';

export interface RemoteVectorEnvOptions {
  /** Id on the host's side, `CartPole-v1`. */
  id: string;
  options?: EnvOptions;
  numEnvs: number;
  /** In how many parts the batch is stepped, each on the next host in turn. Default 2, so that one steps while another is read. */
  groups?: number;
  /** Default `same-step`. */
  autoreset?: AutoresetMode;
  maxEpisodeSteps?: number;
  /** Entries of the infos that are numbers, to be published for shaping and reports. */
  signals?: readonly string[];
  /** What becomes of an environment that throws. Default `raise`. */
  onError?: 'raise' | 'restart';
}

/**
 * Environments on other processes, to train on.
 *
 * A lost host is no end: its rows are reported as truncated, with reward 0, and go on with new episodes elsewhere.
 */
export class RemoteVectorEnv implements VectorEnv {
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly observations: Float32Array;
  readonly finalObservations: Float32Array;
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly signalNames: readonly string[];
  readonly signals: Float64Array;
  readonly startSignals: Float64Array;
  readonly groups: readonly RemoteGroup[];
  readonly #hosts: Hosts;
  readonly #guard: Guard;
  readonly #steps: Int32Array;
  readonly #read: ReturnType<typeof rowReader>;
  readonly #write: ReturnType<typeof rowWriter>;
  /** Under `next-step`: first observations of rows that began anew on another host, to be told in their next step. */
  readonly #begun = new Map<RemoteGroup, BatchOutcome>();
  #closed = false;
  #seed: number | undefined;
  #resumptions = 0;

  private constructor(hosts: Hosts, groups: readonly RemoteGroup[], options: RemoteVectorEnvOptions) {
    const { id, numEnvs, autoreset = 'same-step', signals = [] } = options;
    const { observationSpace, actionSpace } = groups[0].session;
    this.#hosts = hosts;
    this.groups = groups;
    this.numEnvs = numEnvs;
    this.autoreset = autoreset;
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.observationSize = observationSpace.flatSize;
    if (Number.isNaN(this.observationSize)) {
      throw new UserError(
        `${id} has observations ${observationSpace}, of no fixed size, which a policy cannot read. ` +
          'Wrap the environment so that it gives a Box, or use it by values through RemoteBatch.',
      );
    }
    this.actionSize = actionSizeOf(actionSpace);
    this.#read = rowReader(observationSpace);
    this.#write = rowWriter(actionSpace);
    this.observations = new Float32Array(numEnvs * this.observationSize);
    this.finalObservations = new Float32Array(numEnvs * this.observationSize);
    this.rewards = new Float64Array(numEnvs);
    this.terminated = new Uint8Array(numEnvs);
    this.truncated = new Uint8Array(numEnvs);
    this.signalNames = signals;
    this.signals = new Float64Array(numEnvs * signals.length);
    this.startSignals = new Float64Array(numEnvs * signals.length);
    this.#steps = new Int32Array(numEnvs);
    this.#guard = new Guard(id, observationSpace, actionSpace, this.#steps);
  }

  /**
   * @param hosts closed with the environments
   * @throws UserError when no host can be had, it cannot or may not make the environment, or one has spaces that
   *   cannot be trained on
   */
  static async open(hosts: Hosts, options: RemoteVectorEnvOptions): Promise<RemoteVectorEnv> {
    const { id, numEnvs, autoreset = 'same-step', signals = [], groups: wanted = 2 } = options;
    const parts = Math.min(wanted, numEnvs);
    const { options: kwargs, maxEpisodeSteps, onError } = options;
    const infos = signals.length > 0 ? signals : 'none';
    const common = { environment: id, options: kwargs, autoreset, maxEpisodeSteps, onError, infos } as const;
    try {
      const opening = Array.from({ length: parts }, (_, k) => {
        const start = Math.floor((k * numEnvs) / parts);
        const end = Math.floor(((k + 1) * numEnvs) / parts);
        return RemoteGroup.open(hosts, k, start, { ...common, numEnvs: end - start });
      });
      await Promise.allSettled(opening);
      return new RemoteVectorEnv(hosts, await Promise.all(opening), options);
    } catch (error) {
      await hosts.close();
      throw error;
    }
  }

  async reset({ seed, mask }: VectorResetOptions = {}): Promise<void> {
    if (typeof seed === 'object' && seed.length !== this.numEnvs) {
      throw new UserError(`A list of seeds has one for each of the ${this.numEnvs} environments; got ${seed.length}.`);
    }
    if (mask !== undefined && (mask.length !== this.numEnvs || mask.every((flag) => flag === 0))) {
      throw new UserError(
        `A reset mask has ${this.numEnvs} bytes, at least one of them not 0; got [${mask.join(', ')}].`,
      );
    }
    if (typeof seed === 'number') this.#seed = seed;
    await Promise.all(
      this.groups.map(async (group) => {
        const { start, count } = group;
        const part = mask?.slice(start, start + count);
        if (part?.every((flag) => flag === 0)) return;
        const seedOf = (row: number) => (typeof seed === 'number' ? seed + row : (seed?.[row] ?? null));
        const seeds = Array.from({ length: count }, (_, i) => seedOf(start + i));
        this.#begun.delete(group);
        this.#begin(group, await group.reset(seeds, part), part);
      }),
    );
  }

  step(actions: Float32Array, group?: RemoteGroup): Promise<void> {
    if (group) return this.#stepGroup(actions, group);
    return Promise.all(this.groups.map((one) => this.#stepGroup(actions, one))).then(() => undefined);
  }

  async #stepGroup(actions: Float32Array, group: RemoteGroup): Promise<void> {
    const { start, count } = group;
    const begun = this.#begun.get(group);
    if (begun) {
      this.#begun.delete(group);
      this.#begin(group, begun);
      return;
    }
    const rows = actions.subarray(start * this.actionSize, (start + count) * this.actionSize);
    this.#guard.checkActions(rows, start);
    const outcome = await group.step(this.#write(rows, count));
    if ('stepped' in outcome) this.#record(group, outcome.stepped);
    else this.#interrupt(group, outcome.begun);
  }

  #record(group: RemoteGroup, outcome: StepOutcome): void {
    const { start, count } = group;
    const { finalRows, finalObservation } = outcome;
    for (let i = start; i < start + count; i++) this.#steps[i]++;
    this.#readRows(outcome.observation, count, start);
    this.rewards.set(outcome.rewards, start);
    this.terminated.set(outcome.terminated, start);
    this.truncated.set(outcome.truncated, start);
    if (finalRows.length > 0) this.#readFinal(group, finalRows, finalObservation);
    this.#guard.checkRewards(outcome.rewards, start);
    this.#readSignals(group, outcome);
    for (let i = 0; i < count; i++) {
      const ended = outcome.terminated[i] || outcome.truncated[i];
      // Under next-step the step that follows begins the new episode.
      if (ended) this.#steps[start + i] = this.autoreset === 'next-step' ? -1 : 0;
    }
  }

  #readSignals({ start, count }: RemoteGroup, { infos, finalRows }: StepOutcome): void {
    const { signalNames, signals, startSignals } = this;
    if (signalNames.length === 0) return;
    const last = (infos.final_info ?? {}) as Record<string, unknown>;
    // Under next-step, this step begins the episodes of the rows that had ended.
    const rows = Array.from({ length: count }, (_, i) => i);
    const begun = this.autoreset === 'next-step' ? rows.filter((i) => this.#steps[start + i] === 0) : finalRows;
    readSignals(infos, signalNames, signals, start, rows);
    readSignals(last, signalNames, signals, start, finalRows);
    readSignals(infos, signalNames, startSignals, start, begun, Number.NaN);
  }

  #readFinal(group: RemoteGroup, finalRows: Int32Array, buffers: readonly Uint8Array[]): void {
    const size = this.observationSize;
    const rows = new Float32Array(finalRows.length * size);
    this.#read(buffers, finalRows.length, rows, 0);
    finalRows.forEach((row, k) => {
      const final = rows.subarray(k * size, (k + 1) * size);
      this.#guard.checkObservations(final, group.start + row);
      this.finalObservations.set(final, (group.start + row) * size);
    });
  }

  #readRows(buffers: readonly Uint8Array[], count: number, start: number): void {
    const size = this.observationSize;
    this.#read(buffers, count, this.observations, start * size);
    this.#guard.checkObservations(this.observations.subarray(start * size, (start + count) * size), start);
  }

  /** First observations after a reset. */
  #begin(group: RemoteGroup, { observation, infos }: BatchOutcome, mask?: Uint8Array): void {
    this.#readRows(observation, group.count, group.start);
    this.#clear(group, mask);
    const rows = Array.from(Array(group.count).keys()).filter((i) => mask?.[i] !== 0);
    readSignals(infos, this.signalNames, this.signals, group.start, rows);
    readSignals(infos, this.signalNames, this.startSignals, group.start, rows, Number.NaN);
  }

  #clear({ start, count }: RemoteGroup, mask?: Uint8Array): void {
    for (let i = 0; i < count; i++) {
      if (mask?.[i] === 0) continue;
      this.rewards[start + i] = 0;
      this.terminated[start + i] = 0;
      this.truncated[start + i] = 0;
      this.#steps[start + i] = 0;
      this.signals.fill(0, (start + i) * this.signalNames.length, (start + i + 1) * this.signalNames.length);
    }
  }

  /** The rows' episodes were cut short by the loss of their host; signals and observations are the last ones seen. */
  #interrupt(group: RemoteGroup, begun: BatchOutcome): void {
    const { start, count } = group;
    const size = this.observationSize;
    this.rewards.fill(0, start, start + count);
    this.terminated.fill(0, start, start + count);
    this.truncated.fill(1, start, start + count);
    this.#steps.fill(0, start, start + count);
    if (this.autoreset === 'next-step') this.#begun.set(group, begun);
    if (this.autoreset !== 'same-step') return;
    this.finalObservations.set(this.observations.subarray(start * size, (start + count) * size), start * size);
    this.#readRows(begun.observation, count, start);
    readSignals(begun.infos, this.signalNames, this.startSignals, start, Array(count).keys(), Number.NaN);
  }

  /** Remote environments cannot tell their state: a resumed run starts new episodes, with seeds of their own. */
  getState(): VectorEnvState {
    return { complete: false, state: { seed: this.#seed ?? null, resumptions: this.#resumptions } };
  }

  async setState({ state }: VectorEnvState): Promise<void> {
    const { seed, resumptions } = state as { seed: number | null; resumptions: number };
    await this.reset({ seed: seed === null ? undefined : seed + 7_000_003 * (resumptions + 1) });
    this.#seed = seed ?? undefined;
    this.#resumptions = resumptions + 1;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.groups.map((group) => group.close())).finally(() => this.#hosts.close());
  }
}
