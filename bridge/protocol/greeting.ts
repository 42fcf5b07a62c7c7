import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { packagePath } from '../../src/core/package-path.ts';
import { type Message, messageType, ProtocolError } from './message.ts';

export type Role = 'driver' | 'host';

type Version = readonly [major: number, minor: number];

const NEWEST: Version = [1, 0];
const OLDEST: Version = [1, 0];

/** What endpoints tell each other of themselves when they meet. */
export interface Greeting {
  protocol: Version;
  oldest: Version;
  role: Role;
  /** Random for each start of an endpoint: another one means that everything held by the last one is gone. */
  instance: number;
  /** `upslope 0.1.0`. */
  software: string;
  runtime: string;
  machine: string;
  pid: number;
  /** Patterns of the environments a host may make. */
  environments?: readonly string[];
}

export function createGreeting(role: Role, environments?: readonly string[]): Greeting {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
  return {
    protocol: NEWEST,
    oldest: OLDEST,
    role,
    instance: randomId(),
    software: `upslope ${version}`,
    runtime: `Node.js ${process.versions.node}`,
    machine: hostname(),
    pid: process.pid,
    ...(environments && { environments }),
  };
}

/** From 1 to 2^32 - 1. */
export function randomId(): number {
  return 1 + Math.floor(Math.random() * (2 ** 32 - 1));
}

/** A message outside sessions. */
export function plainMessage(type: number, meta?: object): Message {
  return { type, final: false, session: 0, epoch: 0, seq: 0, rows: 0, meta: meta as Message['meta'], buffers: [] };
}

/**
 * The other side's greeting.
 *
 * @throws ProtocolError when keys are missing or of the wrong kind
 */
export function readGreeting({ meta }: Message): Greeting {
  const { protocol, oldest, role, instance, software, environments } = meta ?? {};
  const fits =
    isVersion(protocol) &&
    isVersion(oldest) &&
    (role === 'driver' || role === 'host') &&
    Number.isInteger(instance) &&
    typeof software === 'string' &&
    (environments === undefined || (Array.isArray(environments) && environments.every((id) => typeof id === 'string')));
  if (fits) return meta as unknown as Greeting;
  throw new ProtocolError(
    'protocol',
    `Expected a greeting with protocol, oldest, role, instance and software; got ${JSON.stringify(meta)?.slice(0, 200)}.`,
  );
}

function isVersion(value: unknown): value is Version {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part) && part >= 0);
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1];
}

function lower(a: Version, b: Version): Version {
  return compare(a, b) < 0 ? a : b;
}

/** What the side that was connected to answers: WELCOME with the version to speak, or REJECT with the reason. */
export function answerGreeting(mine: Greeting, theirs: Greeting): Message {
  const chosen = lower(mine.protocol, theirs.protocol);
  if (mine.role === theirs.role) {
    const message = `Both sides are ${mine.role}s: ${mine.software} and ${theirs.software}.`;
    const hint = 'One side has the environments (upslope serve, python -m upslope.host), the other one uses them.';
    return plainMessage(messageType.REJECT, { code: 'bad-request', message, hint });
  }
  if (compare(chosen, mine.oldest) >= 0 && compare(chosen, theirs.oldest) >= 0) {
    return plainMessage(messageType.WELCOME, { ...mine, protocol: chosen });
  }
  const older = compare(mine.protocol, theirs.protocol) < 0 ? mine : theirs;
  const upgrade = older.software.includes('python')
    ? 'pip install -U <upslope>/bridge/python'
    : 'npm install upslope@latest';
  return plainMessage(messageType.REJECT, {
    code: 'version',
    message:
      `${mine.software} speaks versions ${span(mine)} of the bridge protocol, ` +
      `${theirs.software} versions ${span(theirs)}: they have none in common.`,
    hint: `Update ${older.software}: ${upgrade}`,
  });
}

function span({ oldest, protocol }: Greeting): string {
  return compare(oldest, protocol) === 0 ? protocol.join('.') : `${oldest.join('.')} to ${protocol.join('.')}`;
}
