import type { EnvFacts } from '../threads/env-module.ts';
import type { ActingPolicy, ActorState, Experience } from './actor.ts';

/** An actor, here or in a thread of its own. Calls are served one after another, in their order. */
export interface ActorHandle {
  readonly facts: EnvFacts;
  start(): Promise<void>;
  collect(policy: ActingPolicy): Promise<Experience>;
  getState(): Promise<ActorState>;
  setState(state: ActorState): Promise<void>;
  close(): Promise<void>;
}
