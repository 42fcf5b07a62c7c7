import type { Rollout } from '../../algorithms/rollout.ts';
import type { EnvFacts } from '../threads/env-module.ts';
import type { ActorState, Experience, Flight } from './actor.ts';

/** An actor, here or in a thread of its own. Calls are served one after another, in their order. */
export interface ActorHandle {
  readonly facts: EnvFacts;
  /** What it writes its rollouts to, in memory that both threads have. */
  readonly slots: readonly Rollout[];
  start(): Promise<void>;
  collect(flight: Flight): Promise<Experience>;
  getState(): Promise<ActorState>;
  setState(state: ActorState): Promise<void>;
  close(): Promise<void>;
}
