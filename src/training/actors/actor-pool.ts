import type { ActingPolicy, ActorFacts, ActorOptions, ActorState, Experience } from './actor.ts';

/** Where threads find their environments: a module that exports `makeEnvs(argument)` and gives a VectorEnv. */
export interface ActorModule {
  /** URL, as `import` takes it. */
  module: string;
  /** Plain data, handed to `makeEnvs`. */
  argument: unknown;
}

/** An actor, here or in a thread of its own. Calls are served one after another, in their order. */
export interface ActorHandle {
  readonly facts: ActorFacts;
  start(): Promise<void>;
  collect(policy: ActingPolicy): Promise<Experience>;
  getState(): Promise<ActorState>;
  setState(state: ActorState): Promise<void>;
  close(): Promise<void>;
}

/** What a thread is begun with. */
export interface ThreadSetup extends ActorModule {
  options: ActorOptions;
}

/** What is asked of a thread, and what it answers. */
export interface ThreadRequest {
  id: number;
  method: 'start' | 'collect' | 'getState' | 'setState';
  argument: unknown;
}

export type ThreadAnswer =
  | { id: number; value: unknown }
  /** `forUser` where the message says all, and a stack would say nothing more. */
  | { id: number; error: { message: string; stack: string | undefined; forUser: boolean } };
