import { UserError } from '../../src/core/errors.ts';
import { createGreeting } from '../protocol/greeting.ts';
import type { CurveKeys } from '../transports/keys.ts';
import { bindRouter } from '../transports/zmq.ts';
import { type Deadlines, defaultDeadlines, type HostLink } from './host-link.ts';
import { Arrivals, type Hosts } from './hosts.ts';
import { linkTo, receiveHost } from './introductions.ts';

export interface DialInOptions {
  /** Address to listen on: `tcp://127.0.0.1:5557`. */
  listen: string;
  /** How many hosts to wait for; slots share them in turn. */
  count: number;
  keys?: CurveKeys;
  deadlines?: Deadlines;
  /** Told when hosts are waited for. */
  onWaiting?(message: string): void;
}

export interface DialInHosts extends Hosts {
  readonly endpoint: string;
  /** The live host of a process. */
  find(pid: number): HostLink | undefined;
  expect(pid: number): Promise<HostLink>;
}

/**
 * Listens for hosts that connect by themselves, and may come, go and come back.
 *
 * @throws UserError for an address that is taken, or beyond this machine without keys
 */
export async function dialInHosts(options: DialInOptions): Promise<DialInHosts> {
  const { listen, count, keys, deadlines = defaultDeadlines, onWaiting } = options;
  const mine = createGreeting('driver');
  const links = new Map<number, HostLink>();
  /** The instance that serves a slot. */
  const taken: (number | undefined)[] = new Array(count).fill(undefined);
  const arrivals = new Arrivals();
  let announced = false;

  const binding = await bindRouter(listen, keys, (connection) => {
    receiveHost(connection, mine, {
      link(host) {
        const known = links.get(host.instance);
        const link = linkTo(known, connection, host, deadlines);
        if (link === known) return link;
        links.set(host.instance, link);
        link.onLost = () => {
          links.delete(host.instance);
          taken.forEach((instance, k) => {
            if (instance === host.instance) taken[k] = undefined;
          });
        };
        announced = false;
        arrivals.announce();
        return link;
      },
      refused: (error) => onWaiting?.(error.message),
      disconnected: (link, reason) => link.disconnected(reason),
    });
  });

  const forSlot = (k: number): HostLink | undefined => {
    const current = taken[k] === undefined ? undefined : links.get(taken[k]);
    if (current) return current;
    const free = [...links.values()].find(({ host }) => !taken.includes(host.instance));
    taken[k] = free?.host.instance;
    return free;
  };

  const find = (pid: number): HostLink | undefined => [...links.values()].find(({ host }) => host.pid === pid);
  const invitation = `python -m upslope.host --connect ${binding.endpoint}`;
  return {
    endpoint: binding.endpoint,
    async acquire(slot) {
      const k = slot % count;
      if (forSlot(k) === undefined && !announced) {
        announced = true;
        onWaiting?.(`Waiting for a host at ${binding.endpoint}: ${invitation}`);
      }
      return arrivals.find(
        () => forSlot(k),
        deadlines.open,
        () =>
          new UserError(
            `No host has come to ${binding.endpoint} within ${deadlines.open} s: expected ${count}, ` +
              `${links.size} there. Start one with: ${invitation}`,
          ),
      );
    },
    find,
    expect(pid) {
      const missing = () => new UserError(`The host of process ${pid} did not connect within ${deadlines.open} s.`);
      return arrivals.find(() => find(pid), deadlines.open, missing);
    },
    async close() {
      for (const link of links.values()) link.leave();
      await binding.close();
    },
  };
}
