import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../src/core/errors.ts';
import { isLoopback } from '../transports/endpoint.ts';
import { type KeyFiles, loadKeys } from '../transports/keys.ts';
import { streamConnection } from '../transports/stream.ts';
import { bindRouter, connectDealer } from '../transports/zmq.ts';
import { Host, type HostOptions } from './host.ts';

export interface ServeOptions extends Partial<HostOptions> {
  /** An inherited, connected Unix socket; or an address to bind; or one to connect to. Exactly one of them. */
  fd?: number;
  bind?: string;
  connect?: string;
  keys?: KeyFiles;
}

export interface Serving {
  /** Where it listens, with the port if the system chose it. */
  readonly endpoint: string;
  /** Resolves when there is nobody left to serve, or none to begin with, with the reason. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/**
 * Serves the registered environments until it is closed.
 *
 * @throws UserError for an address that is taken, or beyond this machine without keys and a list of environments
 */
export async function serve({ fd, bind, connect, keys, allow, maxSessions = 256 }: ServeOptions): Promise<Serving> {
  const address = bind ?? connect;
  if (address !== undefined && !isLoopback(address) && allow === undefined) {
    throw new UserError(
      `${address} is beyond this machine: say which environments may be made, as in --allow 'CartPole-v1'.`,
    );
  }
  const host = new Host({ allow: allow ?? ['*'], maxSessions });
  const curve = keys && loadKeys(keys);
  let end!: (reason: string) => void;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });

  if (bind !== undefined) {
    const binding = await bindRouter(bind, curve, (connection) => host.receive(connection));
    return {
      endpoint: binding.endpoint,
      ended,
      async close() {
        host.close();
        await binding.close();
      },
    };
  }
  const connection =
    connect === undefined
      ? streamConnection(inheritedSocket(fd ?? 3), `file descriptor ${fd}`, availableParallelism() > 1)
      : await connectDealer(connect, curve);
  host.visit(connection, end);
  return {
    endpoint: connection.name,
    ended,
    async close() {
      host.close();
      connection.close();
    },
  };
}

function inheritedSocket(fd: number): Socket {
  try {
    if (fstatSync(fd).isSocket()) return new Socket({ fd, readable: true, writable: true });
  } catch {
    // Told below.
  }
  throw new UserError(
    `File descriptor ${fd} is no socket: --fd is for programs that start this one with a connected pair.`,
  );
}

/** Ends the process when its standard input does: then the one who started it is gone. Works however busy it is. */
export function dieWithParent(): void {
  const watch = `
    const { readSync } = require('node:fs');
    const wait = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      try {
        if (readSync(0, Buffer.alloc(1)) === 0) break;
      } catch (error) {
        if (error.code !== 'EAGAIN') break;
        Atomics.wait(wait, 0, 0, 100);
      }
    }
    process.kill(process.pid, 'SIGKILL');`;
  new Worker(watch, { eval: true }).unref();
}
