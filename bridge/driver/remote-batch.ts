import type { Space } from '../../src/core/spaces/space.ts';
import { type Layout, layoutOf } from '../protocol/layout.ts';
import type { Hosts } from './hosts.ts';
import { type BatchRequest, type RemoteReset, RemoteSession } from './remote-session.ts';

export interface BatchStart {
  /** One value of the observation space for each environment. */
  observations: unknown[];
  /** Vectorised as Gymnasium does: under each key an entry for each environment, and `_key` which of them have it. */
  infos: Record<string, unknown>;
}

export interface BatchStep extends BatchStart {
  rewards: Float64Array;
  terminated: Uint8Array;
  truncated: Uint8Array;
  /** Under `same-step`, the last observation of each episode that ended, by row. */
  finalObservations: ReadonlyMap<number, unknown>;
}

/** Environments of any spaces on a host, stepped by values; `RemoteVectorEnv` is the one to train on. */
export class RemoteBatch {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly numEnvs: number;
  readonly #session: RemoteSession;
  readonly #observations: Layout;
  readonly #actions: Layout;

  private constructor(session: RemoteSession) {
    this.#session = session;
    this.numEnvs = session.numEnvs;
    this.observationSpace = session.observationSpace;
    this.actionSpace = session.actionSpace;
    this.#observations = layoutOf(this.observationSpace);
    this.#actions = layoutOf(this.actionSpace);
  }

  /** @throws UserError when no host can be had, or it cannot or may not make the environments */
  static async open(hosts: Hosts, request: BatchRequest): Promise<RemoteBatch> {
    return new RemoteBatch(await RemoteSession.open(await hosts.acquire(0), request));
  }

  /** @throws HostLost, RemoteError */
  async reset(how?: RemoteReset): Promise<BatchStart> {
    const { observation, infos } = await this.#session.reset(how);
    return { observations: this.#values(observation, this.numEnvs), infos };
  }

  /** @throws HostLost, RemoteError */
  async step(actions: readonly unknown[]): Promise<BatchStep> {
    const { observation, finalRows, finalObservation, ...rest } = await this.#session.step(
      this.#actions.encode(actions),
    );
    const last = finalRows.length > 0 ? this.#values(finalObservation, finalRows.length) : [];
    return {
      ...rest,
      observations: this.#values(observation, this.numEnvs),
      finalObservations: new Map(last.map((value, i) => [finalRows[i], value])),
    };
  }

  render() {
    return this.#session.render();
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  #values(buffers: readonly Uint8Array[], rows: number): unknown[] {
    return this.#observations.decode(buffers, rows, 'observation');
  }
}
