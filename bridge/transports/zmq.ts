import type { Dealer, Event, Router } from 'zeromq';
import { encodeMessage, maxMessageBytes, messageType } from '../protocol/message.ts';
import type { Connection, ConnectionListener } from './connection.ts';
import { assertFree, checkEndpoint, isLoopback, refuseTaken } from './endpoint.ts';
import type { CurveKeys } from './keys.ts';
import { authenticate } from './zap.ts';

/** Heartbeats are libzmq's own, from its own thread: an environment that computes for minutes does not miss them. */
const OPTIONS = {
  linger: 0,
  sendTimeout: 5000,
  maxMessageSize: maxMessageBytes,
  heartbeatInterval: 2000,
  heartbeatTimeout: 8000,
  heartbeatTimeToLive: 8000,
  handshakeInterval: 5000,
};

/** How long what was sent last may take to go out when a socket is closed. */
const LAST_WORDS_MS = 200;

/** A bound socket to which any number of peers connect. */
export interface Binding {
  /** With the port, where the system chose it. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Binds a ROUTER.
 *
 * @param onConnection is given each new peer with its first message still to come
 * @throws UserError for an address that is taken, or beyond this machine without keys
 */
export async function bindRouter(
  endpoint: string,
  keys: CurveKeys | undefined,
  onConnection: (connection: Connection) => void,
): Promise<Binding> {
  checkEndpoint(endpoint, 'bind', keys);
  await assertFree(endpoint);
  const zmq = await import('zeromq');
  // Of its own: keys are checked once a context, and closing it ends everything within.
  const context = new zmq.Context({ blocky: false });
  const zap = keys?.allowed && (await authenticate(context, keys.allowed));
  const socket = new zmq.Router({
    ...OPTIONS,
    context,
    mandatory: true,
    handover: false,
    // One who does not read what it asked for is given up soon: waiting would hold up all others.
    sendTimeout: 200,
    ...serverOptions(keys),
  });
  try {
    await socket.bind(endpoint);
  } catch (error) {
    socket.close();
    zap?.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') refuseTaken(endpoint);
    throw error;
  }
  const bound = socket.lastEndpoint ?? endpoint;
  const local = isLoopback(bound);
  const peers = new Map<string, Peer>();
  const outbox = new Outbox(socket, ([id]) => peers.get(idOf(id))?.lose('its connection is gone'));
  const ping = encodeMessage({
    type: messageType.PING,
    final: false,
    session: 0,
    epoch: 0,
    seq: 0,
    rows: 0,
    buffers: [],
  });
  // The event tells that somebody left, not who: a message to one who did fails.
  watch(socket, ({ type }) => {
    if (type === 'disconnect') for (const peer of peers.values()) peer.send(ping);
  });
  const receiving = receive(socket, ([id, ...frames]) => {
    const key = idOf(id);
    let peer = peers.get(key);
    if (peer === undefined) {
      peer = new Peer(
        `a peer at ${bound}`,
        local,
        (message) => outbox.push([id, ...message]),
        () => peers.delete(key),
      );
      peers.set(key, peer);
      onConnection(peer);
    }
    peer.deliver(frames);
  });
  return {
    endpoint: bound,
    async close() {
      await outbox.settled();
      socket.close();
      zap?.close();
      await receiving;
    },
  };
}

/**
 * Connects a DEALER, which goes on trying until it is closed.
 *
 * @throws UserError for an address beyond this machine without keys
 */
export async function connectDealer(endpoint: string, keys?: CurveKeys): Promise<Connection> {
  checkEndpoint(endpoint, 'connect', keys);
  const zmq = await import('zeromq');
  const context = new zmq.Context({ blocky: false });
  const socket = new zmq.Dealer({
    ...OPTIONS,
    context,
    reconnectInterval: 100,
    reconnectMaxInterval: 5000,
    // What is sent while nobody is there would be answered by whoever comes next.
    immediate: true,
    ...clientOptions(keys),
  });
  const outbox = new Outbox(socket, () => {});
  let listener: ConnectionListener | undefined;
  watch(socket, ({ type }) => {
    if (type === 'handshake') listener?.connected?.();
    if (type === 'handshake:error:auth') {
      listener?.lost(`${endpoint} does not accept the key: its owner has to allow it`);
    }
  });
  return {
    name: endpoint,
    local: isLoopback(endpoint),
    listen(toward) {
      listener = toward;
      receive(socket, (frames) => toward.message(frames));
      socket.connect(endpoint);
    },
    send: (frames) => outbox.push(frames),
    close() {
      listener = undefined;
      outbox.settled().then(() => socket.close());
    },
  };
}

/** One who has connected to a ROUTER. */
class Peer implements Connection {
  readonly name: string;
  readonly local: boolean;
  readonly #send: (frames: readonly Uint8Array[]) => void;
  readonly #forget: () => void;
  #listener: ConnectionListener | undefined;
  #open = true;

  constructor(name: string, local: boolean, send: (frames: readonly Uint8Array[]) => void, forget: () => void) {
    this.name = name;
    this.local = local;
    this.#send = send;
    this.#forget = forget;
  }

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  deliver(frames: readonly Uint8Array[]): void {
    if (this.#open) this.#listener?.message(frames);
  }

  send(frames: readonly Uint8Array[]): void {
    if (this.#open) this.#send(frames);
  }

  lose(reason: string): void {
    const listener = this.#open ? this.#listener : undefined;
    this.close();
    listener?.lost(reason);
  }

  close(): void {
    this.#open = false;
    this.#forget();
  }
}

/** A socket takes one message at a time; a second one before the first is taken would be refused. */
class Outbox {
  readonly #socket: Router | Dealer;
  readonly #onUnsent: (parts: readonly Uint8Array[]) => void;
  readonly #queue: (readonly Uint8Array[])[] = [];
  #draining: Promise<void> | undefined;

  constructor(socket: Router | Dealer, onUnsent: (parts: readonly Uint8Array[]) => void) {
    this.#socket = socket;
    this.#onUnsent = onUnsent;
  }

  push(parts: readonly Uint8Array[]): void {
    this.#queue.push(parts);
    this.#draining ??= this.#drain();
  }

  /** Resolves when nothing waits any more, or what waits is not worth waiting for. */
  async settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_WORDS_MS);
    });
    await Promise.race([this.#draining, enough]);
    clearTimeout(timer);
    this.#queue.length = 0;
  }

  async #drain(): Promise<void> {
    for (let parts = this.#queue.shift(); parts !== undefined; parts = this.#queue.shift()) {
      try {
        await this.#socket.send(parts as Uint8Array[]);
      } catch {
        this.#onUnsent(parts);
      }
    }
    this.#draining = undefined;
  }
}

function receive(socket: Router | Dealer, onMessage: (frames: Buffer[]) => void): Promise<void> {
  return readAll(socket, socket, onMessage);
}

/** Tells of what happens to a socket's connections, until it is closed. */
function watch(socket: Router | Dealer, onEvent: (event: Event) => void): Promise<void> {
  return readAll(socket, socket.events, onEvent);
}

async function readAll<T>(socket: Router | Dealer, source: AsyncIterable<T>, onItem: (item: T) => void): Promise<void> {
  for (;;) {
    try {
      for await (const item of source) onItem(item);
      return;
    } catch (error) {
      // Closed with something still waiting to be read.
      if (socket.closed) return;
      // Woken for a message that was then withdrawn.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

function idOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}

function serverOptions(keys: CurveKeys | undefined) {
  return (
    keys && { curveServer: true, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey, zapDomain: 'upslope' }
  );
}

function clientOptions(keys: CurveKeys | undefined) {
  return keys && { curveServerKey: keys.serverKey, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey };
}
