import type { VectorEnv } from '../core/vector-env.ts';
import type { Engine, Tensor } from '../engine/engine.ts';
import type { Policy, PolicyConfig } from '../policy/policy.ts';
import type { EpisodeWindow } from './episodes.ts';
import type { EnvModule } from './threads/env-module.ts';

/** Numbers that tell how learning went, by name. */
export type Metrics = Readonly<Record<string, number>>;

/** What a checkpoint holds of a learner beside the weights and the optimiser of its policy. */
export interface LearnerState {
  /** JSON-able. */
  json: unknown;
  tensors: Readonly<Record<string, Tensor>>;
}

/**
 * An algorithm at work in its environments, as a run sees it. A run calls `start` or `setState` once, then `learn` over
 * and over, and `close` at the end.
 */
export interface Learner {
  /** What is evaluated and stored. */
  readonly policy: Policy;
  /** What `learn` reports, in the order in which it is logged. */
  readonly metricNames: readonly string[];
  /** Episodes finished while training. */
  readonly episodes: EpisodeWindow;
  readonly signalNames: readonly string[];
  /** Mean of each signal over the steps of the last call of `learn`. */
  readonly signalMeans: Float64Array;
  /** False where the environments cannot save their state, so that a resumed run starts new episodes. */
  readonly savesEnvironments: boolean;
  /** Begins the first episodes. */
  start(): Promise<void>;
  /**
   * Acts for a while and learns from it.
   * @param progress share of the run's steps already taken, for schedules
   * @returns the environment steps taken, all environments together; no metrics where nothing has been learned yet
   */
  learn(progress: number): Promise<{ steps: number; metrics: Metrics | undefined }>;
  getState(): LearnerState | Promise<LearnerState>;
  setState(state: LearnerState): Promise<void>;
  /** Frees its networks and ends its threads. The environments it opened are closed by who gave them. */
  close(): Promise<void>;
}

/** What a learner is made in. */
export interface LearnerOptions {
  /** Everything random comes from it. */
  seed: number;
  engine: Engine;
  policy: PolicyConfig;
  /** Opens the training environments. They are closed with the run. */
  openEnvs(): Promise<VectorEnv>;
  /** Where other threads find the training environments; without it all act in this one. */
  envModule?: EnvModule;
  /** Environments in a batch. */
  numEnvs?: number;
  /** Threads that learn together. Default 1: this one. */
  threads?: number;
  /** Number of the first of its environments among those of all threads. Default 0. */
  firstEnv?: number;
  /** Rows the policy will be asked about at once by others. */
  maxRows: number;
}
