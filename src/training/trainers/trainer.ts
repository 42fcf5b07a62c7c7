import type { Random } from '../../core/random.ts';
import type { Space } from '../../core/spaces/space.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Policy, PolicyConfig } from '../../policy/policy.ts';
import type { LearnerState, Metrics } from '../learner.ts';

/** An algorithm with the networks it trains: changes them by one batch of experience after another. */
export interface Trainer<Batch> {
  readonly policy: Policy;
  /** What `train` reports, in the order in which it is logged. */
  readonly metricNames: readonly string[];
  /** @param progress share of the run's steps already taken, for schedules */
  train(batch: Batch, progress: number): Metrics | Promise<Metrics>;
  /** Networks beside the policy's, with their optimisers: a thread's, or those that several train together. */
  getNetworks(): LearnerState;
  setNetworks(state: LearnerState): void;
  /** Random streams and the like, of which every thread has its own. JSON-able. */
  getState(): unknown;
  setState(state: unknown): void | Promise<void>;
  /** Frees its networks and ends its threads. */
  close(): void | Promise<void>;
}

/** What a trainer is made in. */
export interface TrainerOptions {
  engine: Engine;
  policy: PolicyConfig;
  observationSpace: Space;
  actionSpace: Space;
  /** Rows the policy will be asked about at once by others. */
  maxRows: number;
  /** Initialises the weights. */
  weightRandom: Random;
  /** Shuffles or draws what an update needs. */
  updateRandom: Random;
}

/** Of a trainer that has no networks beside the policy's. */
export const noNetworks: Pick<Trainer<never>, 'getNetworks' | 'setNetworks'> = {
  getNetworks: () => ({ json: null, tensors: {} }),
  setNetworks() {},
};
