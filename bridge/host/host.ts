import { loadEnv, needsLoading } from '../../src/core/registry.ts';
import { answerGreeting, createGreeting, type Greeting, plainMessage, readGreeting } from '../protocol/greeting.ts';
import { decodeMessage, encodeMessage, type Message, messageType, ProtocolError } from '../protocol/message.ts';
import type { Connection } from '../transports/connection.ts';
import { EnvironmentFailure, Refusal } from './served-envs.ts';
import { type Reply, Session } from './sessions.ts';

const HELLO_EVERY_MS = 1000;
const FORGET_AFTER_MS = 60_000;

export interface HostOptions {
  /** Ids of environments that may be made, `*` standing for anything. */
  allow: readonly string[];
  maxSessions: number;
}

interface OpenSession {
  session: Session | undefined;
  /** The request answered last, and its answer, to be given again if it is asked for again. */
  seq: number;
  answer: readonly Uint8Array[];
}

/** One who uses environments here. */
interface Driver {
  connection: Connection;
  readonly sessions: Map<number, OpenSession>;
  forget?: NodeJS.Timeout;
}

/** Serves environments to any number of drivers. */
export class Host {
  readonly greeting: Greeting;
  readonly #options: HostOptions;
  readonly #drivers = new Map<number, Driver>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.greeting = createGreeting('host', options.allow);
  }

  get sessionCount(): number {
    let count = 0;
    for (const { sessions } of this.#drivers.values()) {
      for (const { session } of sessions.values()) if (session) count++;
    }
    return count;
  }

  /** Serves whoever has connected. */
  receive(connection: Connection): void {
    this.#attach(connection);
  }

  /**
   * Introduces the host to a driver it has connected to.
   *
   * @param refused told why, when the driver has no use for it
   */
  visit(connection: Connection, refused: (reason: string) => void): void {
    let timer: NodeJS.Timeout | undefined;
    const hello = (): void => connection.send(encodeMessage(plainMessage(messageType.HELLO, this.greeting)));
    this.#attach(connection, {
      connected() {
        clearInterval(timer);
        timer = setInterval(hello, HELLO_EVERY_MS);
        hello();
      },
      welcomed: () => clearInterval(timer),
      refused(reason) {
        clearInterval(timer);
        refused(reason);
      },
    });
  }

  #attach(
    connection: Connection,
    visiting?: { connected(): void; welcomed(): void; refused(reason: string): void },
  ): void {
    let driver: Driver | undefined;
    const greet = (greeting: Greeting): void => {
      driver = this.#driverOf(greeting.instance, connection);
    };
    connection.listen({
      connected: visiting?.connected,
      message: (frames) => {
        try {
          const message = decodeMessage(frames);
          switch (message.type) {
            case messageType.HELLO: {
              const greeting = readGreeting(message);
              const answer = answerGreeting(this.greeting, greeting);
              connection.send(encodeMessage(answer));
              if (answer.type === messageType.WELCOME) greet(greeting);
              return;
            }
            case messageType.WELCOME:
              greet(readGreeting(message));
              visiting?.welcomed();
              return;
            case messageType.REJECT:
              visiting?.refused([message.meta?.message, message.meta?.hint].filter(Boolean).join('\n'));
              return;
            case messageType.PING:
              connection.send(encodeMessage({ ...message, type: messageType.PONG }));
              return;
            case messageType.BYE:
              if (driver) this.#closeAll(driver);
              return;
            case messageType.PONG:
            case messageType.ERROR:
              return;
            default:
              this.#whenLoaded(message, connection, () => this.#serve(driver, message, connection));
          }
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          connection.send(encodeMessage(plainMessage(messageType.ERROR, { code: error.code, message: error.message })));
        }
      },
      lost: (reason) => {
        visiting?.refused(reason);
        const gone = driver;
        if (gone === undefined || gone.connection !== connection) return;
        gone.forget = setTimeout(() => this.#closeAll(gone), FORGET_AFTER_MS);
        gone.forget.unref();
      },
    });
  }

  #driverOf(instance: number, connection: Connection): Driver {
    const driver: Driver = this.#drivers.get(instance) ?? { connection, sessions: new Map() };
    clearTimeout(driver.forget);
    driver.connection = connection;
    this.#drivers.set(instance, driver);
    return driver;
  }

  /** Some environments have to be loaded before they can be made; meanwhile the driver waits for its answer. */
  #whenLoaded(request: Message, connection: Connection, serve: () => void): void {
    const environment = request.type === messageType.OPEN ? request.meta?.environment : undefined;
    if (typeof environment !== 'string' || !this.#allows(environment) || !needsLoading(environment)) {
      serve();
      return;
    }
    loadEnv(environment).then(serve, (error: Error) => {
      const refusal = new Refusal('bad-request', error.message);
      connection.send(encodeMessage(errorAnswer(request, this.greeting.instance, refusal, connection.local)));
    });
  }

  #serve(driver: Driver | undefined, request: Message, connection: Connection): void {
    const { type, session: id, seq } = request;
    const open = driver?.sessions.get(id);
    if (open?.seq === seq && request.epoch === this.greeting.instance) {
      connection.send(open.answer);
      return;
    }
    const fault = this.#faultOf(request, driver, open);
    if (driver === undefined || fault) {
      connection.send(encodeMessage(errorAnswer(request, this.greeting.instance, fault, connection.local)));
      return;
    }
    const { session, answer } = this.#answer(open?.session, request, connection.local);
    connection.send(answer);
    if (type === messageType.CLOSE) driver.sessions.delete(id);
    else driver.sessions.set(id, { session, seq, answer });
  }

  /** Why a request cannot be carried out, whatever it asks. */
  #faultOf({ type, session, seq, epoch }: Message, driver: Driver | undefined, open: OpenSession | undefined) {
    if (type < messageType.OPEN || type > messageType.CLOSE || type % 2 === 1) {
      return new Refusal('protocol', `There is no request of type ${type}.`);
    }
    if (driver === undefined) return new Refusal('state', 'Expected HELLO before any request.');
    if (epoch !== this.greeting.instance) return new Refusal('epoch', 'The host was started anew.');
    if (open === undefined && type !== messageType.OPEN) {
      return new Refusal('no-session', `There is no session ${session}.`);
    }
    const next = (open?.seq ?? 0) + 1;
    if (seq !== next) return new Refusal('state', `Expected request ${next}, got ${seq}.`);
    return undefined;
  }

  #answer(
    session: Session | undefined,
    request: Message,
    local: boolean,
  ): { session: Session | undefined; answer: readonly Uint8Array[] } {
    let current = session;
    try {
      let reply: Reply = { buffers: [] };
      if (request.type === messageType.OPEN) {
        if (session) throw new Refusal('state', 'The session is open already.');
        if (this.sessionCount >= this.#options.maxSessions) {
          throw new Refusal(
            'busy',
            `This host has ${this.#options.maxSessions} sessions already, as many as it takes.`,
          );
        }
        current = new Session(request.meta ?? {}, (id) => this.#allows(id));
        reply = current.opened;
      } else if (current === undefined) {
        throw new Refusal('no-session', 'The session could not be opened.');
      } else if (request.type === messageType.CLOSE) {
        current.close();
      } else {
        reply = current.answer(request);
      }
      const { type, session: id, seq, rows } = request;
      const header = { type: type + 1, session: id, seq, epoch: this.greeting.instance };
      return { session: current, answer: encodeMessage({ final: false, rows, ...reply, ...header }) };
    } catch (error) {
      return { session: current, answer: encodeMessage(errorAnswer(request, this.greeting.instance, error, local)) };
    }
  }

  #allows(id: string): boolean {
    return this.#options.allow.some((pattern) => {
      const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
      return new RegExp(`^${escaped}$`).test(id);
    });
  }

  #closeAll(driver: Driver): void {
    for (const { session } of driver.sessions.values()) session?.close();
    driver.sessions.clear();
    for (const [instance, known] of this.#drivers) if (known === driver) this.#drivers.delete(instance);
  }

  /** Says goodbye to all, and closes their environments. */
  close(): void {
    for (const driver of [...this.#drivers.values()]) {
      driver.connection.send(encodeMessage(plainMessage(messageType.BYE, { reason: 'the host was stopped' })));
      this.#closeAll(driver);
    }
  }
}

function errorAnswer({ session, seq }: Message, epoch: number, error: unknown, local: boolean): Message {
  const failure = error instanceof EnvironmentFailure ? error : undefined;
  const cause = failure ? failure.cause : error;
  const meta = {
    code: codeOf(error),
    message: error instanceof Error ? error.message : String(error),
    ...(failure && { index: failure.index, exception: cause instanceof Error ? cause.name : 'exception' }),
    ...(local && failure && cause instanceof Error && cause.stack && { traceback: cause.stack }),
  };
  return { ...plainMessage(messageType.ERROR, meta), session, seq, epoch };
}

function codeOf(error: unknown): string {
  if (error instanceof Refusal || error instanceof ProtocolError) return error.code;
  return error instanceof EnvironmentFailure ? 'environment' : 'internal';
}
