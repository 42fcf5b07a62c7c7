import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { Space } from '../core/spaces/space.ts';
import type { Team } from '../core/team.ts';
import type { Activation, Engine, Model, Network } from '../engine/engine.ts';
import { actorCritic, itemLayout, type NetworkName } from './actor-critic.ts';
import {
  choicesOf,
  createDistribution,
  createStateDependentNoise,
  type Distribution,
  type DistributionName,
  distributionShape,
} from './distributions/index.ts';
import type { GruNetwork } from './gru-network.ts';
import { ObservationNormaliser, RunningMoments, rewardUnit } from './normalisers.ts';

export const explorationNames = ['independent', 'state-dependent'] as const;
export type ExplorationName = (typeof explorationNames)[number];

/** What a policy is made of. */
export interface PolicyConfig {
  /**
   * `mlp` reads the observation as one row of numbers. `per-item` is one network evaluated identically for every item
   * of a table of them, see `ItemNetwork`. `gru` remembers what it has read in an episode, see `GruNetwork`, and is for
   * tasks whose observation does not tell all.
   */
  network: NetworkName;
  /** Widths of the hidden layers, in the actor and in the critic, which share nothing; none make it linear. */
  hidden: readonly number[];
  /** Widths of the critic's, where they are not the actor's. */
  criticHidden: readonly number[] | null;
  /** Numbers that each of a `gru`'s two networks remembers; the hidden layers come after them. */
  recurrentSize: number;
  activation: Activation;
  distribution: DistributionName;
  /** Initial log standard deviation of Gaussian policies. */
  logStdInitial: number;
  /** Log standard deviations from the network rather than from free parameters. */
  stateDependentStd: boolean;
  /**
   * How continuous actions vary while training: `independent` from step to step, or `state-dependent`, by noise that is a
   * function of the state and held for a while, see `StateDependentNoise`. `logStdInitial` is then that of each feature.
   */
  exploration: ExplorationName;
  /** Steps for which state-dependent noise is held; 0 for a rollout, with SAC until it learns again. */
  noiseSteps: number;
  /** Running mean and standard deviation of observations, clipped to +-10. */
  normaliseObservations: boolean;
  /** Rewards divided by the running standard deviation of the discounted return. */
  normaliseRewards: boolean;
}

export const policyDefaults: PolicyConfig = {
  network: 'mlp',
  hidden: [64, 64],
  criticHidden: null,
  recurrentSize: 64,
  activation: 'tanh',
  distribution: 'auto',
  logStdInitial: 0,
  stateDependentStd: false,
  exploration: 'independent',
  noiseSteps: 0,
  normaliseObservations: false,
  normaliseRewards: false,
};

export interface PolicyOptions {
  config: PolicyConfig;
  observationSpace: Space;
  actionSpace: Space;
  /** The most rows handled in one pass. */
  maxRows: number;
  /** Initialises the weights. */
  random: Random;
  /** False for a policy that comes without a value function, as of algorithms that learn the value of actions. Default true. */
  hasCritic?: boolean;
}

/**
 * An actor and mostly a critic, with the normalisers they were trained under: everything needed to act.
 *
 * Observations reach the networks as normalised, compact rows (`observationSize` numbers each); `normalise` makes
 * them from raw ones.
 *
 * A policy with memory acts on a state beside the observation, one row of `stateSize` numbers for each episode it is in,
 * all zero where one begins. Whoever lets it act keeps the states; the policy itself keeps none.
 */
export class Policy {
  readonly config: PolicyConfig;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  /** Numbers in a row of state; 0 for policies without memory. */
  readonly stateSize: number;
  readonly model: Model;
  /** The threads that train it together. */
  readonly team: Team;
  readonly actor: Network;
  readonly hasCritic: boolean;
  readonly distribution: Distribution;
  readonly observationNormaliser: ObservationNormaliser | undefined;
  /** Moments of the discounted return, by which rewards are scaled while training. */
  readonly returnMoments: RunningMoments | undefined;
  /** The most rows handled in one pass. */
  readonly maxRows: number;
  /** Rows to handle in one pass where there are many to learn from, at most `maxRows`. */
  readonly chunkRows: number;
  /** Choices of a discrete action row, all slots together: the length of its mask. 0 for continuous actions. */
  readonly maskSize: number;
  readonly #critic: Network | undefined;
  readonly #recurrent: readonly GruNetwork[];
  readonly #normalised: Float32Array;
  readonly #action: Float32Array;

  constructor(engine: Engine, options: PolicyOptions) {
    const { config, observationSpace, actionSpace, maxRows, random, hasCritic = true } = options;
    this.config = config;
    this.observationSpace = observationSpace;
    this.actionSpace = actionSpace;
    this.observationSize = observationSpace.flatSize;
    this.maxRows = maxRows;

    const shape = policyShape(config, observationSpace, actionSpace);
    const { model, actor, critic, recurrent } = actorCritic(engine, {
      config,
      observationSpace,
      ...shape,
      logStd: new Array<number>(shape.logStdSize).fill(config.logStdInitial),
      hasCritic,
      maxRows,
      random,
    });
    this.model = model;
    this.team = engine.team;
    this.actor = actor;
    this.hasCritic = hasCritic;
    this.#critic = critic;
    this.#recurrent = recurrent;
    this.stateSize = recurrent.reduce((sum, { stateSize }) => sum + stateSize, 0);
    // Rows of one sequence depend on each other, so with memory the more sequences at a time, the more rows at once.
    this.chunkRows = this.stateSize > 0 ? maxRows : Math.min(maxRows, engine.preferredChunkRows);
    const { logStd = 'network' } = model.vectors;
    this.distribution =
      shape.withFeatures && logStd !== 'network'
        ? createStateDependentNoise(config.distribution, actionSpace, logStd)
        : createDistribution(config.distribution, actionSpace, logStd);
    this.observationNormaliser = config.normaliseObservations ? normaliserOf(config, observationSpace) : undefined;
    this.returnMoments = config.normaliseRewards ? new RunningMoments(1) : undefined;
    this.maskSize = (choicesOf(actionSpace) ?? []).reduce((sum, n) => sum + n, 0);
    this.#normalised = new Float32Array(maxRows * this.observationSize);
    this.#action = new Float32Array(this.distribution.actionSize);
  }

  /** @throws UserError where the policy has none */
  get critic(): Network {
    if (this.#critic) return this.#critic;
    throw new UserError(
      'This policy has no value function: it was trained by an algorithm that learns the value of actions instead. ' +
        'It can act; to ask for values, train one by ppo or a2c.',
    );
  }

  /** Raw observation rows to the rows the networks see. `out` may be `observations`. */
  normalise(observations: Float32Array, rows: number, out: Float32Array): void {
    if (this.observationNormaliser) this.observationNormaliser.normalise(observations, rows, out);
    else if (out !== observations) out.set(observations.subarray(0, rows * this.observationSize));
  }

  /**
   * Puts normalised rows of `observations` into the first rows of its networks: those from row `from` on, or the ones
   * that `order` names from there on.
   */
  loadRows(observations: Float32Array, from: number, rows: number, order?: Int32Array): void {
    const size = this.observationSize;
    const { inputs, inputStride } = this.actor;
    // Without a critic the actor gets its numbers twice.
    const { inputs: criticInputs, inputStride: criticStride } = this.#critic ?? this.actor;
    for (let row = 0; row < rows; row++) {
      const source = (order === undefined ? from + row : order[from + row]) * size;
      const at = row * inputStride;
      const criticAt = row * criticStride;
      for (let i = 0; i < size; i++) {
        inputs[at + i] = observations[source + i];
        criticInputs[criticAt + i] = observations[source + i];
      }
    }
  }

  /** What is remembered at the start of an episode, which is nothing: rows x stateSize zeros. */
  initialState(rows: number): Float32Array {
    return new Float32Array(rows * this.stateSize);
  }

  /** Row `row` of both networks goes on from row `from` of `states`. */
  loadState(states: Float32Array, from: number, row: number): void {
    let at = from * this.stateSize;
    for (const network of this.#recurrent) {
      network.begin(row, states, at);
      at += network.stateSize;
    }
  }

  /** Row `row` of both networks goes on from the row before it. */
  followRow(row: number): void {
    for (const network of this.#recurrent) network.follow(row);
  }

  /** Puts the state after row `row`, once both networks have read it, into row `to` of `states`. */
  saveState(row: number, states: Float32Array, to: number): void {
    let at = to * this.stateSize;
    for (const network of this.#recurrent) {
      network.stateAfter(row, states, at);
      at += network.stateSize;
    }
  }

  /** One Adam step over all parameters; returns the gradient norm before clipping. */
  optimise(learningRate: number, maxGradientNorm: number, epsilon: number): number {
    const norm = this.model.adamStep({ learningRate, maxGradientNorm, epsilon });
    this.distribution.project?.();
    return norm;
  }

  /**
   * The critic's value of one raw observation row, in units of the reward. Throws where there is no critic.
   * @param state as it was before the observation; stays as it is
   */
  value(observation: Float32Array, state = this.#noState()): number {
    this.normalise(observation, 1, this.#normalised);
    this.loadRows(this.#normalised, 0, 1);
    this.loadState(state, 0, 0);
    this.critic.forward(1);
    return this.critic.outputs[0] * (this.returnMoments ? rewardUnit(this.returnMoments) : 1);
  }

  /**
   * Acts without exploring on raw observation rows, writing environment actions.
   * @param masks allowed choices, rows x maskSize
   * @param states one row for each row, moved on by the observations; needed by policies with memory only
   */
  actDeterministically(
    observations: Float32Array,
    rows: number,
    actions: Float32Array,
    masks?: Uint8Array,
    states = this.#noState(),
  ): void {
    const { actor, distribution } = this;
    this.normalise(observations, rows, this.#normalised);
    this.loadRows(this.#normalised, 0, rows);
    for (let row = 0; row < rows; row++) this.loadState(states, row, row);
    actor.forward(rows);
    if (this.stateSize > 0) {
      this.critic.forward(rows);
      for (let row = 0; row < rows; row++) this.saveState(row, states, row);
    }
    const action = this.#action;
    for (let row = 0; row < rows; row++) {
      if (masks) distribution.setMask?.(masks, row * this.maskSize);
      distribution.deterministic(actor.outputs, row * actor.outputStride, action, 0);
      distribution.toEnvironment(action, 0, actions, row * distribution.environmentActionSize);
    }
    distribution.setMask?.(undefined, 0);
  }

  #noState(): Float32Array {
    if (this.stateSize > 0) throw new TypeError('a policy with memory acts on a state: pass one, see `initialState`');
    return NO_STATE;
  }
}

const NO_STATE = new Float32Array(0);

/** What the actor gives, and how many free log standard deviations there are. */
function policyShape(config: PolicyConfig, observationSpace: Space, actionSpace: Space) {
  const { distribution, stateDependentStd, exploration, hidden } = config;
  if (exploration === 'independent') {
    return { ...distributionShape(distribution, actionSpace, stateDependentStd), withFeatures: false };
  }
  const features = hidden.at(-1) ?? observationSpace.flatSize;
  const { flatSize } = actionSpace;
  return { parameterSize: flatSize, logStdSize: features * flatSize, withFeatures: true };
}

/** Measures observations. Where one network serves all items, they are measured with one scale too. */
export function normaliserOf({ network }: PolicyConfig, observationSpace: Space): ObservationNormaliser {
  if (network !== 'per-item') return new ObservationNormaliser(observationSpace.flatSize);
  const { items, width } = itemLayout(observationSpace);
  return new ObservationNormaliser(width, items + 1);
}
