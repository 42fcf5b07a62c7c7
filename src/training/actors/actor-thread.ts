// The entry of an actor's thread: makes its environments and serves the requests of `threadActor`.

import { workerData } from 'node:worker_threads';
import { createCpuEngine } from '../../engine/wasm/engine.ts';
import { describeFacts, openEnvs } from '../threads/env-module.ts';
import { serve } from '../threads/serve.ts';
import { Actor, type ActorState, type Flight } from './actor.ts';
import type { ActorThreadSetup, OpenedActor } from './thread-actor.ts';

const { envModule, numEnvs, options } = workerData as ActorThreadSetup;
let actor: Actor;

serve({
  async open(): Promise<OpenedActor> {
    actor = new Actor(await openEnvs(envModule, numEnvs), createCpuEngine(), options);
    return { facts: describeFacts(actor.facts), slots: actor.slots };
  },
  start: () => actor.start(),
  collect: (flight: Flight) => actor.collect(flight),
  getState: () => actor.getState(),
  setState: (state: ActorState) => actor.setState(state),
});
