// The entry of an actor's thread: makes its environments and serves the requests of `threadActor`.

import { workerData } from 'node:worker_threads';
import { createCpuEngine } from '../../engine/wasm/engine.ts';
import { describeFacts, openEnvs } from '../threads/env-module.ts';
import { serve } from '../threads/serve.ts';
import { type ActingPolicy, Actor, type ActorState } from './actor.ts';
import type { ActorThreadSetup } from './thread-actor.ts';

const { envModule, numEnvs, options } = workerData as ActorThreadSetup;
let actor: Actor;

serve({
  async open() {
    actor = new Actor(await openEnvs(envModule, numEnvs), createCpuEngine(), options);
    return describeFacts(actor.facts);
  },
  start: () => actor.start(),
  collect: (policy: ActingPolicy) => actor.collect(policy),
  getState: () => actor.getState(),
  setState: (state: ActorState) => actor.setState(state),
});
