import type { Rollout } from '../../algorithms/rollout.ts';
import { type DescribedFacts, type EnvModule, factsFrom } from '../threads/env-module.ts';
import { startThread } from '../threads/thread.ts';
import type { ActorOptions, ActorState, Experience } from './actor.ts';
import type { ActorHandle } from './actor-handle.ts';

/** What the thread of an actor begins with. */
export interface ActorThreadSetup {
  envModule: EnvModule;
  numEnvs: number;
  options: ActorOptions;
}

/** What it tells once its environments are made. Both threads have the memory of the slots. */
export interface OpenedActor {
  facts: DescribedFacts;
  slots: readonly Rollout[];
}

/**
 * Starts an actor in a thread of its own.
 *
 * @throws UserError what its environments throw when they are made
 */
export async function threadActor(setup: ActorThreadSetup): Promise<ActorHandle> {
  const thread = startThread(['src', 'training', 'actors', 'actor-thread.js'], setup);
  try {
    const { facts, slots } = await thread.ask<OpenedActor>('open');
    return {
      facts: factsFrom(facts),
      slots,
      start: () => thread.ask('start'),
      collect: (flight) => thread.ask<Experience>('collect', flight),
      getState: () => thread.ask<ActorState>('getState'),
      setState: (state) => thread.ask('setState', state),
      close: () => thread.close(),
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
