import { UserError } from '../../src/core/errors.ts';
import { answerGreeting, type Greeting, plainMessage, readGreeting } from '../protocol/greeting.ts';
import { decodeMessage, encodeMessage, type Message, messageType, ProtocolError } from '../protocol/message.ts';
import type { Connection } from '../transports/connection.ts';
import { type Deadlines, HostLink } from './host-link.ts';

const HELLO_EVERY_MS = 1000;

/** Who is told how an introduction goes. */
export interface Introduced {
  /** The link to a host that has just said who it is: a new one, or the one it had, should it be known already. */
  link(host: Greeting): HostLink;
  /** The connection is of no use. */
  refused(error: UserError): void;
  /** The connection of a link broke. */
  disconnected(link: HostLink, reason: string): void;
}

/** Waits for a host to introduce itself, and passes on what it says afterwards. */
export function receiveHost(connection: Connection, mine: Greeting, introduced: Introduced): void {
  let link: HostLink | undefined;
  connection.listen({
    message(frames) {
      const message = decodeOrRefuse(frames, connection);
      if (message === undefined) return;
      if (message.type !== messageType.HELLO) {
        link?.receive(message);
        return;
      }
      const host = greetingOrRefuse(message, connection);
      if (host === undefined) return;
      const answer = answerGreeting(mine, host);
      connection.send(encodeMessage(answer));
      if (answer.type === messageType.REJECT) introduced.refused(rejection(answer));
      else link = introduced.link(host);
    },
    lost(reason) {
      if (link) introduced.disconnected(link, reason);
      else introduced.refused(new UserError(`${connection.name} was lost before it introduced itself: ${reason}.`));
    },
  });
}

/** Being introduced to a host one has connected to. */
export interface Visit {
  /** Says HELLO until it is answered. Done by itself whenever the connection is made. */
  greet(): void;
  leave(): void;
}

/** Introduces oneself to a host, and passes on what it says. */
export function visitHost(connection: Connection, mine: Greeting, introduced: Introduced): Visit {
  let link: HostLink | undefined;
  let timer: NodeJS.Timeout | undefined;
  const hello = (): void => connection.send(encodeMessage(plainMessage(messageType.HELLO, mine)));
  const greet = (): void => {
    clearInterval(timer);
    timer = setInterval(hello, HELLO_EVERY_MS);
    hello();
  };
  connection.listen({
    connected: greet,
    message(frames) {
      const message = decodeOrRefuse(frames, connection);
      if (message?.type === messageType.WELCOME) {
        clearInterval(timer);
        const host = greetingOrRefuse(message, connection);
        if (host) link = introduced.link(host);
      } else if (message?.type === messageType.REJECT) {
        clearInterval(timer);
        introduced.refused(rejection(message));
      } else if (message) {
        link?.receive(message);
      }
    },
    lost(reason) {
      clearInterval(timer);
      introduced.refused(new UserError(`${connection.name}: ${reason}.`));
    },
  });
  return {
    greet,
    leave() {
      clearInterval(timer);
      connection.close();
    },
  };
}

/** A link for a host, or what becomes of the one there was. */
export function linkTo(
  known: HostLink | undefined,
  connection: Connection,
  host: Greeting,
  deadlines: Deadlines,
): HostLink {
  if (known && !known.isLost && known.host.instance === host.instance) {
    known.resume(connection);
    return known;
  }
  known?.lose('it was started anew');
  return new HostLink(connection, host, deadlines);
}

function rejection({ meta }: Message): UserError {
  return new UserError([meta?.message, meta?.hint].filter(Boolean).join('\n'));
}

/** What is no message is answered, if it came from somebody who can read the answer, and otherwise ignored. */
export function decodeOrRefuse(frames: readonly Uint8Array[], connection: Connection): Message | undefined {
  return orRefuse(() => decodeMessage(frames), connection);
}

function greetingOrRefuse(message: Message, connection: Connection): Greeting | undefined {
  return orRefuse(() => readGreeting(message), connection);
}

function orRefuse<T>(read: () => T, connection: Connection): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { code, message } = error;
    connection.send(encodeMessage(plainMessage(messageType.ERROR, { code, message })));
    return undefined;
  }
}
