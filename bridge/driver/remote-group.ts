import { UserError } from '../../src/core/errors.ts';
import { HostLost } from './errors.ts';
import type { Hosts } from './hosts.ts';
import { type BatchOutcome, type BatchRequest, RemoteSession, type StepOutcome } from './remote-session.ts';

/** So many losses of a host within so many seconds are no accident. */
const MOST_LOSSES = 3;
const WITHIN_SECONDS = 60;

/** Far enough apart that environments made anew repeat no other one's episodes. */
const SEED_STRIDE = 1_000_003;

/** Rows that live in one session, and outlive its host. */
export class RemoteGroup {
  readonly start: number;
  readonly count: number;
  readonly #hosts: Hosts;
  readonly #slot: number;
  readonly #request: BatchRequest;
  readonly #losses: number[] = [];
  #seeds: (number | null)[];
  #incarnation = 0;
  #session: RemoteSession;

  private constructor(hosts: Hosts, slot: number, start: number, request: BatchRequest, session: RemoteSession) {
    this.start = start;
    this.count = request.numEnvs;
    this.#hosts = hosts;
    this.#slot = slot;
    this.#request = request;
    this.#session = session;
    this.#seeds = new Array(this.count).fill(null);
  }

  static async open(hosts: Hosts, slot: number, start: number, request: BatchRequest): Promise<RemoteGroup> {
    const session = await RemoteSession.open(await hosts.acquire(slot), request, start);
    return new RemoteGroup(hosts, slot, start, request, session);
  }

  get session(): RemoteSession {
    return this.#session;
  }

  /** Resets the rows, on another host if the present one is lost. */
  async reset(seeds: (number | null)[], mask?: Uint8Array): Promise<BatchOutcome> {
    this.#seeds = seeds;
    try {
      return await this.#session.reset({ seed: seeds, mask });
    } catch (error) {
      if (!(error instanceof HostLost)) throw error;
      return this.#startAnew(error);
    }
  }

  /** Steps the rows. When their host is lost they begin anew on another one, and that beginning is given instead. */
  async step(action: readonly Uint8Array[]): Promise<{ stepped: StepOutcome } | { begun: BatchOutcome }> {
    try {
      return { stepped: await this.#session.step(action) };
    } catch (error) {
      if (!(error instanceof HostLost)) throw error;
      return { begun: await this.#startAnew(error) };
    }
  }

  async #startAnew(loss: HostLost): Promise<BatchOutcome> {
    for (let reason = loss; ; ) {
      this.#countLoss(reason);
      try {
        const link = await this.#hosts.acquire(this.#slot);
        this.#session = await RemoteSession.open(link, this.#request, this.start);
        this.#incarnation++;
        const shift = SEED_STRIDE * this.#incarnation;
        return await this.#session.reset({ seed: this.#seeds.map((seed) => (seed === null ? null : seed + shift)) });
      } catch (error) {
        if (!(error instanceof HostLost)) throw error;
        reason = error;
      }
    }
  }

  #countLoss(reason: HostLost): void {
    const now = performance.now();
    this.#losses.push(now);
    const recent = this.#losses.filter((at) => now - at < WITHIN_SECONDS * 1000);
    if (recent.length < MOST_LOSSES) return;
    throw new UserError(
      `The host of ${this.#request.environment}, environments ${this.start} to ${this.start + this.count - 1}, was lost ` +
        `${MOST_LOSSES} times within ${WITHIN_SECONDS} s. The last time: ${reason.message}`,
    );
  }

  async close(): Promise<void> {
    await this.#session.close().catch((error) => {
      if (!(error instanceof HostLost)) throw error;
    });
  }
}
