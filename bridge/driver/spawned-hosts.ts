import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGreeting } from '../protocol/greeting.ts';
import { dialInHosts } from './dial-in-hosts.ts';
import { type Deadlines, defaultDeadlines, type HostLink } from './host-link.ts';
import type { Hosts } from './hosts.ts';
import { linkTo, receiveHost } from './introductions.ts';
import { defaultPython, type HostProcess, spawnPythonHost, startError } from './spawn.ts';

export interface SpawnOptions {
  /** How many processes; slots share them in turn. */
  count: number;
  python?: string;
  imports?: readonly string[];
  deadlines?: Deadlines;
}

/** Starts Python hosts as they are wanted, each on a Unix socket of its own, and starts a lost one anew. */
export function spawnedHosts({
  count,
  python = defaultPython(),
  imports,
  deadlines = defaultDeadlines,
}: SpawnOptions): Hosts {
  const mine = createGreeting('driver');
  const slots: (Promise<HostLink> | undefined)[] = new Array(count).fill(undefined);
  const processes = new Set<HostProcess>();

  const start = (slot: number): Promise<HostLink> => {
    const host = spawnPythonHost({ python, imports, spin: count < availableParallelism() });
    processes.add(host);
    return new Promise((resolve, reject) => {
      let link: HostLink | undefined;
      host.ended.then((ending) => {
        processes.delete(host);
        link?.lose(`${ending.how}${ending.printed ? `; it printed:\n${ending.printed}` : ''}`);
        if (link === undefined) reject(startError(python, ending));
      });
      receiveHost(host.connection, mine, {
        link(greeting) {
          link = linkTo(link, host.connection, greeting, deadlines);
          link.onLost = () => {
            slots[slot] = undefined;
            host.stop();
          };
          resolve(link);
          return link;
        },
        // On its way out, it still tells why; otherwise it is of another kind, and told why itself.
        refused: (error) => setTimeout(() => host.stop().then(() => reject(error)), 500),
        // It can only be on its way out: how it ends tells more.
        disconnected: (broken) => broken.disconnected('its connection was closed'),
      });
    });
  };

  return {
    acquire(slot) {
      const k = slot % count;
      slots[k] ??= start(k).catch((error) => {
        slots[k] = undefined;
        throw error;
      });
      return slots[k];
    },
    async close() {
      const links = await Promise.allSettled(slots.filter((slot) => slot !== undefined));
      for (const link of links) if (link.status === 'fulfilled') link.value.leave();
      await Promise.all([...processes].map((host) => host.stop()));
    },
  };
}

/** The same over ZeroMQ, through a socket in a folder that nobody else may enter. */
export async function spawnedZmqHosts(options: SpawnOptions): Promise<Hosts> {
  const { count, python = defaultPython(), imports, deadlines } = options;
  const folder = mkdtempSync(join(tmpdir(), 'upslope-'));
  // Windows has no such sockets in ZeroMQ.
  const listen = process.platform === 'win32' ? 'tcp://127.0.0.1:*' : `ipc://${join(folder, 'hosts')}`;
  const guests = await dialInHosts({ listen, count, deadlines });
  const processes: (HostProcess | undefined)[] = new Array(count).fill(undefined);
  return {
    async acquire(slot) {
      const k = slot % count;
      let host = processes[k];
      if (host === undefined) {
        host = spawnPythonHost({ python, imports, connect: guests.endpoint });
        processes[k] = host;
        host.ended.then(() => {
          processes[k] = undefined;
        });
      }
      const { pid, ended } = host;
      const failed = ended.then((ending) => {
        guests.find(pid)?.lose(ending.how);
        throw startError(python, ending);
      });
      return Promise.race([guests.expect(pid), failed]);
    },
    async close() {
      await guests.close();
      await Promise.all(processes.map((host) => host?.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
