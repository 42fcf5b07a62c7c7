import { availableParallelism } from 'node:os';
import '../envs/index.ts';
import { dialInHosts } from '../bridge/driver/dial-in-hosts.ts';
import { dialOutHosts } from '../bridge/driver/dial-out-hosts.ts';
import { defaultDeadlines } from '../bridge/driver/host-link.ts';
import type { Hosts } from '../bridge/driver/hosts.ts';
import { RemoteVectorEnv } from '../bridge/driver/remote-vector-env.ts';
import { sharedHosts } from '../bridge/driver/shared-hosts.ts';
import { spawnedHosts, spawnedZmqHosts } from '../bridge/driver/spawned-hosts.ts';
import { loadKeys } from '../bridge/transports/keys.ts';
import { UserError } from '../src/core/errors.ts';
import { loadEnv, makeRows } from '../src/core/registry.ts';
import { SyncVectorEnv } from '../src/core/sync-vector-env.ts';
import type { VectorEnv } from '../src/core/vector-env.ts';
import { type BridgeSettings, GYMNASIUM, type Scenario } from './schema.ts';

/** Makes the environments a scenario speaks of, in this process or in others. */
export interface EnvironmentMaker {
  /** @throws UserError for an unknown environment, or options it does not take */
  make(options: Record<string, unknown>, numEnvs: number): VectorEnv | Promise<VectorEnv>;
}

/**
 * Loads what the environment of a scenario needs before it can be made, such as a physics engine.
 *
 * @throws UserError for an unknown environment, and naming the package to install where one is missing
 */
export async function loadEnvironment({ id, bridge }: Scenario['environment']): Promise<void> {
  if (bridge === undefined) await loadEnv(id);
}

/** @param onWaiting told when hosts that are to come by themselves are waited for */
export function environmentMaker(
  { id, maxEpisodeSteps, signals, bridge }: Scenario['environment'],
  onWaiting?: (message: string) => void,
): EnvironmentMaker {
  if (bridge === undefined) {
    const settings = maxEpisodeSteps === undefined ? {} : { maxEpisodeSteps };
    const make = (options: Record<string, unknown>) => () => makeRows(id, options, settings);
    return { make: (options, numEnvs) => new SyncVectorEnv(make(options), numEnvs, { name: id }) };
  }
  const { groups, onError } = bridge;
  const hosts = sharedHosts(() => hostsOf(bridge, onWaiting));
  const remote = { id: id.slice(GYMNASIUM.length), maxEpisodeSteps, signals, groups, onError };
  return {
    make: async (options, numEnvs) => RemoteVectorEnv.open(await hosts(), { ...remote, options, numEnvs }),
  };
}

function hostsOf(bridge: BridgeSettings, onWaiting?: (message: string) => void): Hosts | Promise<Hosts> {
  const { listen, connect, groups, python, imports, transport } = bridge;
  const keys = keysOf(bridge);
  const deadlines = { ...defaultDeadlines, open: bridge.openSeconds, step: bridge.stepSeconds };
  if (listen !== undefined && connect !== undefined) {
    throw new UserError('environment.bridge has both listen and connect: hosts either come here, or are gone to.');
  }
  if (connect !== undefined) return dialOutHosts({ connect, keys, deadlines });
  if (listen !== undefined) return dialInHosts({ listen, count: bridge.hosts ?? 1, keys, deadlines, onWaiting });
  const count = bridge.hosts ?? Math.min(groups, availableParallelism());
  // Windows does not hand on sockets as file descriptors.
  const spawned = transport === 'zmq' || process.platform === 'win32' ? spawnedZmqHosts : spawnedHosts;
  return spawned({ count, python, imports, deadlines });
}

function keysOf({ key, allowKeys, serverKey }: BridgeSettings) {
  if (key === undefined) return undefined;
  return loadKeys({ key, allow: allowKeys, serverKey });
}
