// The entry of an actor's thread: makes its environments and serves the requests of `threadActor`, in their order.

import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../core/errors.ts';
import { describeSpace } from '../../core/spaces/description.ts';
import type { VectorEnv } from '../../core/vector-env.ts';
import { createWasmEngine } from '../../engine/wasm/engine.ts';
import { type ActingPolicy, Actor, type ActorState } from './actor.ts';
import type { ThreadAnswer, ThreadRequest, ThreadSetup } from './actor-pool.ts';
import type { DescribedFacts } from './thread-actor.ts';

const { module, argument, options } = workerData as ThreadSetup;
const answer = (message: ThreadAnswer): void => parentPort?.postMessage(message);

async function open(): Promise<Actor> {
  const { makeEnvs } = (await import(module)) as { makeEnvs(argument: unknown): VectorEnv | Promise<VectorEnv> };
  return new Actor(await makeEnvs(argument), createWasmEngine(), options);
}

function factsOf({ facts }: Actor): DescribedFacts {
  const { observationSpace, actionSpace } = facts;
  return { ...facts, observationSpace: describeSpace(observationSpace), actionSpace: describeSpace(actionSpace) };
}

function serve(actor: Actor, { method, argument: asked }: ThreadRequest): unknown {
  switch (method) {
    case 'start':
      return actor.start();
    case 'collect':
      return actor.collect(asked as ActingPolicy);
    case 'getState':
      return actor.getState();
    case 'setState':
      return actor.setState(asked as ActorState);
  }
}

async function answered(id: number, work: () => unknown): Promise<void> {
  try {
    answer({ id, value: await work() });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    answer({ id, error: { message: error.message, stack: error.stack, forUser: error instanceof UserError } });
  }
}

let actor: Actor;
let queue = answered(0, async () => {
  actor = await open();
  return factsOf(actor);
});
parentPort?.on('message', (request: ThreadRequest) => {
  queue = queue.then(() => answered(request.id, () => serve(actor, request)));
});
