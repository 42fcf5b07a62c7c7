import type { Rollout, Tails } from '../../algorithms/rollout.ts';
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
  tensors: Record<string, Tensor>;
  normaliser: MomentsState | undefined;
}

/** What an actor experienced. Plain data, which travels between threads. */
export interface Experience {
  observations: Float32Array;
  actions: Float32Array;
  logProbs: Float64Array;
  masks: Uint8Array | undefined;
  /** As the environments gave them. */
  rewards: Float64Array;
  terminated: Uint8Array;
  truncated: Uint8Array;
  tails: Tails;
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
  readonly #envs: VectorEnv;
  readonly #policy: Policy;
  readonly #collector: Collector;
  readonly #random: Random;
  readonly #observed: ObservationNormaliser | undefined;
  readonly #seed: number;

  constructor(envs: VectorEnv, engine: Engine, { policy: config, rolloutSteps, seed, random }: ActorOptions) {
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
    });
    this.facts = factsOf(envs);
  }

  async start(): Promise<void> {
    await this.#envs.reset({ seed: this.#seed });
  }

  async collect({ tensors, normaliser }: ActingPolicy): Promise<Experience> {
    this.#policy.model.setTensors(tensors);
    if (normaliser) this.#policy.observationNormaliser?.moments.setState(normaliser);
    this.#observed?.moments.clear();
    const rollout = await this.#collector.collect();
    return { ...copyOf(rollout), observed: this.#observed?.moments.getState(), ...this.#takeEpisodes() };
  }

  #takeEpisodes(): Pick<Experience, 'episodes' | 'signalMeans'> {
    const episodes = this.#collector.episodes.getState();
    this.#collector.episodes.setState({ finished: 0, returns: [], lengths: [] });
    return { episodes, signalMeans: this.#collector.signalMeans.slice() };
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

/** The collector writes its next rollout over this one. */
function copyOf(rollout: Rollout): Omit<Experience, 'observed' | 'episodes' | 'signalMeans'> {
  const { observations, actions, logProbs, masks, rewards, terminated, truncated, tails } = rollout;
  return {
    observations: observations.slice(),
    actions: actions.slice(),
    logProbs: logProbs.slice(),
    masks: masks?.slice(),
    rewards: rewards.slice(),
    terminated: terminated.slice(),
    truncated: truncated.slice(),
    tails: {
      count: tails!.count,
      entries: tails!.entries.slice(0, tails!.count),
      observations: tails!.observations.slice(0, (tails!.count * observations.length) / logProbs.length),
    },
  };
}
