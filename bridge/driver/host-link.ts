import { type Greeting, plainMessage } from '../protocol/greeting.ts';
import { encodeMessage, type Message, messageType } from '../protocol/message.ts';
import type { Connection } from '../transports/connection.ts';
import { HostLost, remoteError } from './errors.ts';

/** How long a request may take before its host counts as lost, and how often it is repeated until then. Seconds. */
export interface Deadlines {
  /** Making environments, and resetting them. */
  open: number;
  step: number;
  resend: number;
}

export const defaultDeadlines: Readonly<Deadlines> = { open: 60, step: 30, resend: 5 };

/** A host whose connection broke may come back within this time as if nothing had happened. */
const GRACE_SECONDS = 2;

interface Pending {
  readonly seq: number;
  readonly what: string;
  readonly seconds: number;
  readonly since: number;
  sent: number;
  readonly frames: readonly Uint8Array[];
  resolve(answer: Message): void;
  reject(error: Error): void;
}

export interface Request {
  type: number;
  session: number;
  seq: number;
  rows: number;
  meta?: Record<string, unknown>;
  buffers?: readonly Uint8Array[];
}

/**
 * A host that has introduced itself, and the requests under way to it, at most one a session.
 *
 * A request is sent again, the same bytes, until its answer comes; hosts carry it out once. When the host is lost every
 * request fails with `HostLost`.
 */
export class HostLink {
  readonly host: Greeting;
  readonly #deadlines: Deadlines;
  readonly #pending = new Map<number, Pending>();
  readonly #timer: NodeJS.Timeout;
  #connection: Connection;
  #grace: NodeJS.Timeout | undefined;
  #lost: HostLost | undefined;
  /** Called once, when the host is lost. */
  onLost: (() => void) | undefined;

  /** @param connection over which the host has said who it is */
  constructor(connection: Connection, host: Greeting, deadlines: Deadlines) {
    this.host = host;
    this.#connection = connection;
    this.#deadlines = deadlines;
    this.#timer = setInterval(() => this.#watch(), Math.min(1000, deadlines.resend * 250, deadlines.step * 250));
    this.#timer.unref();
  }

  /** For messages to people. */
  get name(): string {
    const { machine, pid, software } = this.host;
    return `${software}, process ${pid} on ${machine}`;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  get deadlines(): Readonly<Deadlines> {
    return this.#deadlines;
  }

  /**
   * @param what is asked, for errors: `stepping CartPole-v1`
   * @param firstRow of the whole batch, where this session holds a part of it
   * @throws HostLost, RemoteError
   */
  async request(request: Request, what: string, seconds: number, firstRow = 0): Promise<Message> {
    if (this.#lost) throw this.#lost;
    const { session, seq } = request;
    const frames = encodeMessage({
      ...request,
      final: false,
      epoch: this.host.instance,
      buffers: request.buffers ?? [],
    });
    const now = performance.now();
    const answer = await new Promise<Message>((resolve, reject) => {
      this.#pending.set(session, { seq, what, seconds, since: now, sent: now, frames, resolve, reject });
      this.#connection.send(frames);
    });
    if (answer.type === messageType.ERROR) {
      const { code } = answer.meta ?? {};
      if (code === 'epoch' || code === 'no-session') throw new HostLost(`${this.name} has forgotten the session.`);
      throw remoteError(answer, `${what} (${this.name})`, firstRow);
    }
    return answer;
  }

  /** A message over the connection, outside requests. */
  send(message: Message): void {
    this.#connection.send(encodeMessage(message));
  }

  /** Takes what has come in. Answers to no question of ours are late repetitions. */
  receive(message: Message): void {
    if (message.type === messageType.PING) {
      this.send({ ...message, type: messageType.PONG });
    } else if (message.type === messageType.BYE) {
      this.lose(`it said goodbye${message.meta?.reason ? `: ${message.meta.reason}` : ''}`);
    } else {
      const pending = this.#pending.get(message.session);
      if (pending === undefined || pending.seq !== message.seq) return;
      this.#pending.delete(message.session);
      pending.resolve(message);
    }
  }

  /** The host has come back over another connection, or the same one mended: what is unanswered goes out again. */
  resume(connection: Connection): void {
    this.#connection = connection;
    clearTimeout(this.#grace);
    this.#grace = undefined;
    for (const pending of this.#pending.values()) this.#resend(pending);
  }

  /** Its connection broke; it may come back. */
  disconnected(reason: string): void {
    if (this.#grace !== undefined || this.#lost) return;
    this.#grace = setTimeout(() => this.lose(reason), GRACE_SECONDS * 1000);
  }

  lose(reason: string): void {
    if (this.#lost) return;
    this.#lost = new HostLost(`${this.name} is lost: ${reason}.`);
    this.#stopWatching();
    for (const { reject } of this.#pending.values()) reject(this.#lost);
    this.#pending.clear();
    this.onLost?.();
  }

  /** Says goodbye; nothing more is asked of this host. */
  leave(): void {
    this.onLost = undefined;
    this.#stopWatching();
    if (!this.#lost) this.send(plainMessage(messageType.BYE, { reason: 'done' }));
  }

  #stopWatching(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#grace);
  }

  #watch(): void {
    const now = performance.now();
    for (const pending of this.#pending.values()) {
      if (now - pending.since > pending.seconds * 1000) {
        this.lose(`no answer within ${pending.seconds} s to ${pending.what}`);
        return;
      }
      if (now - pending.sent > this.#deadlines.resend * 1000) this.#resend(pending);
    }
  }

  #resend(pending: Pending): void {
    pending.sent = performance.now();
    this.#connection.send(pending.frames);
  }
}
