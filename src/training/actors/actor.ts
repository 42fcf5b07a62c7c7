import type { Rollout } from '../../algorithms/rollout.ts';
import { Random, type RandomState } from '../../core/random.ts';
import type { VectorEnv } from '../../core/vector-env.ts';
import type { Engine, Tensor } from '../../engine/engine.ts';
import type { MomentsState, ObservationNormaliser } from '../../policy/normalisers.ts';
import { normaliserOf, Policy, type PolicyConfig } from '../../policy/policy.ts';
import { Collector, type CollectorState } from '../collector.ts';
import type { EpisodeWindowState } from '../episodes.ts';
import { type EnvFacts, factsOf } from '../threads/env-module.ts';

/** What an actor acts with: the weights after an update, and the observation normaliser as it was then. */
export interface ActingPolicy {
  /** Updates before these weights. */
  version: number;
  tensors: Record<string, Tensor>;
  normaliser: MomentsState | undefined;
}

/** What an actor is asked to do. */
export interface Flight {
  policy: ActingPolicy;
  /** Number of the rollout to write to, among its slots. */
  slot: number;
}

/** What an actor tells of a rollout, which is in its slot by then. Plain data, which travels between threads. */
export interface Experience {
  /** Of the weights it has acted with. */
  version: number;
  /** Tails in the slot: the one thing that shared memory does not tell. */
  tails: number;
  /** Moments of the raw observations seen, where observations are normalised. */
  observed: MomentsState | undefined;
  /** Episodes that ended meanwhile. */
  episodes: EpisodeWindowState;
  signalMeans: Float64Array;
}

/** JSON-able. */
export interface ActorState {
  collector: CollectorState;
  random: RandomState;
}

export interface ActorOptions {
  policy: PolicyConfig;
  rolloutSteps: number;
  /** Rollouts there is room for. */
  slots: number;
  /** Of its first episodes. */
  seed: number;
  /** Samples its actions. */
  random: RandomState;
}

/**
 * Acts in environments of its own with weights it is given, one rollout at a time. Rewards stay raw: to scale them is up
 * to who sees those of all actors.
 */
export class Actor {
  readonly facts: EnvFacts;
  /** Rollouts in shared memory. Rewards are as the environments gave them. */
  readonly slots: readonly Rollout[];
  readonly #envs: VectorEnv;
  readonly #policy: Policy;
  readonly #collector: Collector;
  readonly #random: Random;
  readonly #observed: ObservationNormaliser | undefined;
  readonly #seed: number;
  /** Of the weights it has. */
  #version = Number.NaN;

  constructor(envs: VectorEnv, engine: Engine, options: ActorOptions) {
    const { policy: config, rolloutSteps, slots, seed, random } = options;
    this.#envs = envs;
    this.#seed = seed;
    this.#random = new Random(0);
    this.#random.setState(random);
    this.#policy = new Policy(engine, {
      config: { ...config, normaliseRewards: false },
      observationSpace: envs.observationSpace,
      actionSpace: envs.actionSpace,
      maxRows: envs.numEnvs,
      // Its weights are those of others.
      random: new Random(0),
    });
    this.#observed = config.normaliseObservations ? normaliserOf(config, envs.observationSpace) : undefined;
    this.#collector = new Collector(envs, this.#policy, {
      steps: rolloutSteps,
      gamma: 1,
      random: this.#random,
      keepTails: true,
      observed: this.#observed,
      sharedSlots: slots,
    });
    this.slots = this.#collector.slots;
    this.facts = factsOf(envs);
  }

  async start(): Promise<void> {
    await this.#envs.reset({ seed: this.#seed });
  }

  async collect({ policy, slot }: Flight): Promise<Experience> {
    this.#adopt(policy);
    this.#observed?.moments.clear();
    const { tails } = await this.#collector.collect(slot);
    const { episodes, signalMeans } = this.#collector;
    const experience: Experience = {
      version: this.#version,
      tails: tails!.count,
      observed: this.#observed?.moments.getState(),
      episodes: episodes.getState(),
      signalMeans: signalMeans.slice(),
    };
    episodes.setState({ finished: 0, returns: [], lengths: [] });
    return experience;
  }

  #adopt({ version, tensors, normaliser }: ActingPolicy): void {
    this.#policy.model.setTensors(tensors);
    if (normaliser) this.#policy.observationNormaliser?.moments.setState(normaliser);
    this.#version = version;
  }

  getState(): ActorState {
    return { collector: this.#collector.getState(), random: this.#random.getState() };
  }

  async setState({ collector, random }: ActorState): Promise<void> {
    await this.#collector.setState(collector);
    this.#random.setState(random);
  }

  close(): void {
    this.#policy.model.dispose();
  }
}
