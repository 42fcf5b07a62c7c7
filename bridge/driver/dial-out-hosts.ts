import { UserError } from '../../src/core/errors.ts';
import { createGreeting, type Greeting } from '../protocol/greeting.ts';
import type { CurveKeys } from '../transports/keys.ts';
import { connectDealer } from '../transports/zmq.ts';
import { type Deadlines, defaultDeadlines, type HostLink } from './host-link.ts';
import { Arrivals, type Hosts } from './hosts.ts';
import { linkTo, type Visit, visitHost } from './introductions.ts';

export interface DialOutOptions {
  /** Addresses of hosts that wait for trainers, `tcp://127.0.0.1:5557`; slots share them in turn. */
  connect: readonly string[];
  keys?: CurveKeys;
  deadlines?: Deadlines;
}

/** Connects to hosts that run elsewhere. */
export function dialOutHosts({ connect, keys, deadlines = defaultDeadlines }: DialOutOptions): Hosts {
  const mine = createGreeting('driver');
  const visited = new Map<string, Promise<VisitedHost>>();
  return {
    async acquire(slot) {
      const endpoint = connect[slot % connect.length];
      if (!visited.has(endpoint)) visited.set(endpoint, visit(endpoint, mine, keys, deadlines));
      return (await visited.get(endpoint)!).link();
    },
    async close() {
      for (const host of visited.values()) (await host).leave();
    },
  };
}

interface VisitedHost {
  link(): Promise<HostLink>;
  leave(): void;
}

async function visit(
  endpoint: string,
  mine: Greeting,
  keys: CurveKeys | undefined,
  deadlines: Deadlines,
): Promise<VisitedHost> {
  const connection = await connectDealer(endpoint, keys);
  const arrivals = new Arrivals();
  let link: HostLink | undefined;
  let refusal: UserError | undefined;
  const call: Visit = visitHost(connection, mine, {
    link(host) {
      const known = link;
      link = linkTo(known, connection, host, deadlines);
      if (link !== known) {
        // It may be there still, and only have been too slow.
        link.onLost = () => call.greet();
        arrivals.announce();
      }
      return link;
    },
    refused(error) {
      refusal = error;
      arrivals.announce();
    },
    disconnected() {},
  });
  const look = (): HostLink | undefined => {
    if (refusal) throw refusal;
    return link?.isLost ? undefined : link;
  };
  const missing = (): Error => {
    const start = `python -m upslope.host --bind ${endpoint}`;
    return new UserError(`No host answers at ${endpoint} within ${deadlines.open} s. Start it with: ${start}`);
  };
  return {
    link: () => arrivals.find(look, deadlines.open, missing),
    leave() {
      link?.leave();
      call.leave();
    },
  };
}
