import type { Hosts } from './hosts.ts';

/**
 * Lets several batches of environments use the same hosts, which are found when the first wants them and left when the
 * last is closed.
 */
export function sharedHosts(find: () => Hosts | Promise<Hosts>): () => Promise<Hosts> {
  let hosts: Promise<Hosts> | undefined;
  let users = 0;
  return async () => {
    users++;
    hosts ??= Promise.resolve(find());
    const { acquire, close } = await hosts;
    return {
      acquire,
      async close() {
        users--;
        if (users > 0) return;
        hosts = undefined;
        await close();
      },
    };
  };
}
