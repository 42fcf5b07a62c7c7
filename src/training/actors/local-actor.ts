import type { VectorEnv } from '../../core/vector-env.ts';
import type { Engine } from '../../engine/engine.ts';
import { Actor, type ActorOptions } from './actor.ts';
import type { ActorHandle } from './actor-handle.ts';

/** An actor in this thread, for environments that cannot be made in another: it acts when it is asked to. */
export function localActor(envs: VectorEnv, engine: Engine, options: ActorOptions): ActorHandle {
  const actor = new Actor(envs, engine, options);
  let queue: Promise<unknown> = Promise.resolve();
  // One call must be over before the next begins: they share the actor's arrays.
  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const done = queue.then(work);
    // A failure is told to who asked.
    queue = done.catch(() => {});
    return done;
  };
  return {
    facts: actor.facts,
    slots: actor.slots,
    start: () => inTurn(() => actor.start()),
    collect: (flight) => inTurn(() => actor.collect(flight)),
    getState: () => inTurn(() => actor.getState()),
    setState: (state) => inTurn(() => actor.setState(state)),
    close: async () => actor.close(),
  };
}
