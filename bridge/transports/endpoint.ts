import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { UserError } from '../../src/core/errors.ts';
import type { CurveKeys } from './keys.ts';

const LOOPBACK = /^(ipc:\/\/.|tcp:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\]):)/;

/** Whether only processes of this machine can reach an endpoint. */
export function isLoopback(endpoint: string): boolean {
  return LOOPBACK.test(endpoint);
}

/**
 * @param side what the endpoint is used for
 * @throws UserError for what is no ZeroMQ address, and for one beyond this machine without keys
 */
export function checkEndpoint(endpoint: string, side: 'bind' | 'connect', keys: CurveKeys | undefined): void {
  if (!/^(tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+|\*)|ipc:\/\/.+)$/.test(endpoint)) {
    throw new UserError(`Expected an address such as tcp://127.0.0.1:5557 or ipc:///tmp/host.sock; got '${endpoint}'.`);
  }
  const path = endpoint.replace(/^ipc:\/\//, '');
  if (path !== endpoint && Buffer.byteLength(path) > 100) {
    throw new UserError(`The path of a socket has at most 100 bytes; got ${endpoint}. Choose a shorter one.`);
  }
  if (isLoopback(endpoint)) return;
  const missing = keys === undefined || (side === 'bind' ? keys.allowed : keys.serverKey) === undefined;
  if (missing) {
    const wanted = side === 'bind' ? 'a key and the keys allowed to connect' : "a key and the other side's public key";
    throw new UserError(
      `${endpoint} is beyond this machine: that takes ${wanted}. ` +
        'Make a pair of keys on each side with: upslope keys <name>   (in Python: python -m upslope.keys <name>)',
    );
  }
}

/**
 * ZeroMQ lets a second process bind a Unix socket and silently take it over from the first.
 *
 * @throws UserError when somebody listens there already
 */
export async function assertFree(endpoint: string): Promise<void> {
  const path = endpoint.replace(/^ipc:\/\//, '');
  if (path === endpoint || !existsSync(path)) return;
  const taken = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
  if (taken) refuseTaken(endpoint);
}

export function refuseTaken(endpoint: string): never {
  throw new UserError(`Another process listens on ${endpoint}. Stop it, or choose another address.`);
}
