import type { EnvOptions } from '../../src/core/registry.ts';
import { type Space, type SpaceDescription, spaceFrom } from '../../src/core/spaces/index.ts';
import type { AutoresetMode } from '../../src/core/vector-env.ts';
import { randomId } from '../protocol/greeting.ts';
import { decodeInfos } from '../protocol/infos.ts';
import { layoutOf } from '../protocol/layout.ts';
import { type Message, messageType, ProtocolError } from '../protocol/message.ts';
import type { HostLink } from './host-link.ts';

/** A batch of environments to be made on a host. */
export interface BatchRequest {
  environment: string;
  options?: EnvOptions;
  numEnvs: number;
  autoreset: AutoresetMode;
  maxEpisodeSteps?: number;
  renderMode?: string;
  /** What becomes of an environment that throws: the error is raised here, or the environment made anew there. */
  onError?: 'raise' | 'restart';
  /** Which entries of the infos are sent. */
  infos?: 'all' | 'none' | readonly string[];
}

export interface RemoteReset {
  /** For the first environment, the next ones counting up from it, or one for each. */
  seed?: number | readonly (number | null)[];
  options?: Record<string, unknown>;
  mask?: Uint8Array;
}

/** The parts of an answer to RESET or STEP, as they came. */
export interface BatchOutcome {
  observation: readonly Uint8Array[];
  infos: Record<string, unknown>;
}

export interface StepOutcome extends BatchOutcome {
  rewards: Float64Array;
  terminated: Uint8Array;
  truncated: Uint8Array;
  /** Rows whose episode ended, and their last observations; under `same-step` only. */
  finalRows: Int32Array;
  finalObservation: readonly Uint8Array[];
}

/** A batch of environments on a host. */
export class RemoteSession {
  readonly link: HostLink;
  readonly numEnvs: number;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly #id: number;
  readonly #name: string;
  readonly #firstRow: number;
  readonly #observationBuffers: number;
  #seq = 1;

  private constructor(
    link: HostLink,
    id: number,
    request: BatchRequest,
    firstRow: number,
    { meta = {}, rows }: Message,
  ) {
    this.link = link;
    this.numEnvs = request.numEnvs;
    this.#id = id;
    this.#name = request.environment;
    this.#firstRow = firstRow;
    if (rows !== request.numEnvs) this.#refuse(`${request.numEnvs} environments`, `${rows}`);
    this.observationSpace = spaceFrom(meta.observationSpace as SpaceDescription);
    this.actionSpace = spaceFrom(meta.actionSpace as SpaceDescription);
    this.spec = (meta.spec ?? {}) as Record<string, unknown>;
    this.metadata = (meta.metadata ?? {}) as Record<string, unknown>;
    this.#observationBuffers = layoutOf(this.observationSpace).bufferCount;
  }

  /**
   * @param firstRow where these environments begin in a larger batch, for errors
   * @throws HostLost; RemoteError when the host cannot or may not make them
   */
  static async open(link: HostLink, request: BatchRequest, firstRow = 0): Promise<RemoteSession> {
    const id = randomId();
    const { environment, options = {}, numEnvs, autoreset, onError = 'raise', infos = 'all' } = request;
    const { maxEpisodeSteps = null, renderMode = null } = request;
    const meta = { environment, options, numEnvs, autoreset, maxEpisodeSteps, renderMode, onError, infos };
    const { deadlines } = link;
    const opening = { type: messageType.OPEN, session: id, seq: 1, rows: numEnvs, meta };
    const answer = await link.request(opening, `making ${environment}`, deadlines.open, firstRow);
    return new RemoteSession(link, id, request, firstRow, answer);
  }

  /** @throws HostLost, RemoteError */
  async reset({ seed, options, mask }: RemoteReset = {}): Promise<BatchOutcome> {
    const meta = { seed: seed ?? null, options: options ?? null };
    const answer = await this.#ask(messageType.RESET, 'resetting', meta, mask ? [mask] : []);
    return {
      observation: answer.buffers.slice(0, this.#observationBuffers),
      infos: this.#infos(answer, this.#observationBuffers),
    };
  }

  /**
   * @param action one action an environment, in the layout of the action space
   * @throws HostLost, RemoteError
   */
  async step(action: readonly Uint8Array[]): Promise<StepOutcome> {
    const answer = await this.#ask(messageType.STEP, 'stepping', undefined, action);
    const { buffers, final } = answer;
    const k = this.#observationBuffers;
    const end = final ? 2 * k + 4 : k + 3;
    if (buffers.length < end) this.#refuse(`at least ${end} buffers`, `${buffers.length}`);
    return {
      observation: buffers.slice(0, k),
      rewards: new Float64Array(this.#bytes(buffers[k], 8 * this.numEnvs, 'reward')),
      terminated: new Uint8Array(this.#bytes(buffers[k + 1], this.numEnvs, 'terminated')),
      truncated: new Uint8Array(this.#bytes(buffers[k + 2], this.numEnvs, 'truncated')),
      finalRows: final ? this.#finalRows(buffers[k + 3]) : NONE,
      finalObservation: final ? buffers.slice(k + 4, end) : [],
      infos: this.#infos(answer, end),
    };
  }

  /** A picture of each environment: pixels with their shape, text, or null. */
  async render(): Promise<({ shape: number[]; pixels: Uint8Array } | { text: string } | null)[]> {
    const { meta, buffers } = await this.#ask(messageType.RENDER, 'rendering', undefined, []);
    let at = 0;
    return ((meta?.frames ?? []) as ({ shape: number[] } | { text: string } | null)[]).map((frame) => {
      return frame && 'shape' in frame ? { shape: frame.shape, pixels: buffers[at++] } : frame;
    });
  }

  async close(): Promise<void> {
    if (!this.link.isLost) await this.#ask(messageType.CLOSE, 'closing', undefined, []);
  }

  async #ask(
    type: number,
    what: string,
    meta: Record<string, unknown> | undefined,
    buffers: readonly Uint8Array[],
  ): Promise<Message> {
    this.#seq++;
    const { step, open } = this.link.deadlines;
    const request = { type, session: this.#id, seq: this.#seq, rows: this.numEnvs, meta, buffers };
    const seconds = type === messageType.RESET ? open : step;
    const answer = await this.link.request(request, `${what} ${this.#name}`, seconds, this.#firstRow);
    if (answer.type !== type + 1) this.#refuse(`an answer of type ${type + 1}`, `${answer.type}`);
    return answer;
  }

  #infos({ meta, buffers }: Message, at: number): Record<string, unknown> {
    return meta?.infos ? decodeInfos(meta.infos as Record<string, unknown>, buffers.slice(at)) : {};
  }

  #finalRows(buffer: Uint8Array): Int32Array {
    const rows = new Int32Array(this.#bytes(buffer, buffer.length - (buffer.length % 4), 'final rows'));
    const rising = rows.every((row, i) => row >= 0 && row < this.numEnvs && (i === 0 || row > rows[i - 1]));
    if (!rising) this.#refuse(`rising rows below ${this.numEnvs}`, `[${rows.join(', ')}]`);
    return rows;
  }

  /** A copy, as numbers have to lie at multiples of their size. */
  #bytes(buffer: Uint8Array, length: number, leaf: string): ArrayBuffer {
    if (buffer.length !== length) this.#refuse(`${length} bytes of ${leaf}`, `${buffer.length}`);
    return Uint8Array.from(buffer).buffer;
  }

  #refuse(expected: string, got: string): never {
    throw new ProtocolError('protocol', `${this.#name} (${this.link.name}): expected ${expected}, got ${got}.`);
  }
}

const NONE = new Int32Array(0);
