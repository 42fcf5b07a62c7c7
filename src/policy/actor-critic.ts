import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { Box } from '../core/spaces/box.ts';
import type { Space } from '../core/spaces/space.ts';
import type { Activation, Engine, MlpSpec, Model, Network } from '../engine/engine.ts';
import { FeatureNetwork } from './feature-network.ts';
import { GruNetwork } from './gru-network.ts';
import { type ItemLayout, ItemNetwork } from './item-network.ts';

export const networkNames = ['mlp', 'per-item', 'gru'] as const;
export type NetworkName = (typeof networkNames)[number];

export interface ActorCriticOptions {
  config: {
    network: NetworkName;
    hidden: readonly number[];
    criticHidden: readonly number[] | null;
    activation: Activation;
    recurrentSize: number;
  };
  observationSpace: Space;
  /** Numbers the actor gives a row. */
  parameterSize: number;
  /** Whether the actor gives the features of its last hidden layer beside them. */
  withFeatures: boolean;
  /** Initial values of the free log standard deviations; empty for none. */
  logStd: readonly number[];
  /** Whether there is to be a critic at all. */
  hasCritic: boolean;
  maxRows: number;
  random: Random;
}

export interface ActorCritic {
  model: Model;
  actor: Network;
  critic: Network | undefined;
  /** The same two where they remember, else none. */
  recurrent: readonly GruNetwork[];
}

// Andrychowicz et al. 2021: a small last layer lets training start from an almost uniform policy.
const actorGain = 0.01;
const criticGain = 1;
// Huang et al. 2022, "The 37 implementation details of PPO", on recurrent policies.
const recurrentGain = 1;

/**
 * The networks of a policy, which share nothing.
 *
 * @throws UserError where `per-item` does not fit the observation or the action
 */
export function actorCritic(engine: Engine, options: ActorCriticOptions): ActorCritic {
  switch (options.config.network) {
    case 'mlp':
      return plain(engine, options);
    case 'per-item':
      return perItem(engine, options);
    case 'gru':
      return recurrent(engine, options);
  }
}

function plain(
  engine: Engine,
  { config, observationSpace, parameterSize, withFeatures, logStd, hasCritic, maxRows, random }: ActorCriticOptions,
): ActorCritic {
  const { hidden, criticHidden, activation } = config;
  const inputs = observationSpace.flatSize;
  const networks: Record<string, MlpSpec> = {
    actor: { sizes: [inputs, ...hidden, parameterSize], activation, outputGain: actorGain },
    ...(hasCritic && {
      critic: { sizes: [inputs, ...(criticHidden ?? hidden), 1], activation, outputGain: criticGain },
    }),
  };
  const model = engine.createModel({ networks, vectors: logStd.length > 0 ? { logStd } : {}, maxRows }, random);
  const { actor, critic } = model.networks;
  return { model, actor: withFeatures ? new FeatureNetwork(actor, maxRows) : actor, critic, recurrent: [] };
}

function perItem(engine: Engine, options: ActorCriticOptions): ActorCritic {
  if (options.withFeatures) {
    throw new UserError(
      "State-dependent exploration needs the features of a whole observation; the policy network 'per-item' has those of " +
        "single items. Use the network 'mlp', or independent exploration.",
    );
  }
  const { config, observationSpace, parameterSize, logStd, hasCritic, maxRows, random } = options;
  const { hidden, criticHidden, activation } = config;
  const layout = itemLayout(observationSpace);
  const { items, width } = layout;
  const { heads, withBias } = headsOf(parameterSize, items);
  const sizes = (widths: readonly number[], outputs: number) => [2 * width, ...widths, outputs];
  const networks: Record<string, MlpSpec> = {
    actor: { sizes: sizes(hidden, heads), activation, outputGain: actorGain, rowsPerSample: items },
    ...(hasCritic && {
      critic: { sizes: sizes(criticHidden ?? hidden, 1), activation, outputGain: criticGain, rowsPerSample: items },
    }),
  };
  const vectors = {
    ...(logStd.length > 0 && { logStd }),
    ...(withBias && { bias: new Array<number>(heads).fill(0) }),
  };
  const model = engine.createModel({ networks, vectors, maxRows }, random);
  return {
    model,
    actor: new ItemNetwork(model.networks.actor, layout, maxRows, { bias: model.vectors.bias }),
    critic: hasCritic ? new ItemNetwork(model.networks.critic, layout, maxRows, { pool: true }) : undefined,
    recurrent: [],
  };
}

function recurrent(engine: Engine, options: ActorCriticOptions): ActorCritic {
  if (options.withFeatures || !options.hasCritic) {
    throw new UserError(
      "The policy network 'gru' learns by sequences of what just happened, with independent exploration: it goes with " +
        "the algorithm 'ppo' alone. Use the network 'mlp', or ppo without policy.exploration.",
    );
  }
  const { config, observationSpace, parameterSize, logStd, maxRows, random } = options;
  const { hidden, criticHidden, activation, recurrentSize: size } = config;
  const linear = (inputs: number) => ({
    sizes: [inputs, 3 * size],
    activation: 'none' as const,
    outputGain: recurrentGain,
  });
  const networks = {
    'actor.input': linear(observationSpace.flatSize),
    'actor.recurrent': linear(size),
    'actor.head': { sizes: [size, ...hidden, parameterSize], activation, outputGain: actorGain },
    'critic.input': linear(observationSpace.flatSize),
    'critic.recurrent': linear(size),
    'critic.head': { sizes: [size, ...(criticHidden ?? hidden), 1], activation, outputGain: criticGain },
  };
  const model = engine.createModel({ networks, vectors: logStd.length > 0 ? { logStd } : {}, maxRows }, random);
  const [actor, critic] = ['actor', 'critic'].map((name) => {
    const part = (suffix: string) => model.networks[`${name}.${suffix}`];
    return new GruNetwork({ input: part('input'), recurrent: part('recurrent'), head: part('head') }, maxRows);
  });
  return { model, actor, critic, recurrent: [actor, critic] };
}

/**
 * Items of an observation that is a table with a common row first.
 *
 * @throws UserError for any other observation
 */
export function itemLayout(space: Space): ItemLayout {
  const shape = space.type === 'box' ? (space as Box).shape : [];
  if (shape.length !== 2 || shape[0] < 2) {
    throw new UserError(
      "The policy network 'per-item' needs an observation that is a table, a Box of shape [items + 1, width] whose " +
        `first row is what the items have in common; this one is ${space}. Use the network 'mlp'.`,
    );
  }
  return { items: shape[0] - 1, width: shape[1] };
}

/** How many numbers of each item the actor gives, and whether the option of none of them comes first. */
function headsOf(parameterSize: number, items: number): { heads: number; withBias: boolean } {
  if (parameterSize % items === 0) return { heads: parameterSize / items, withBias: false };
  if (parameterSize % (items + 1) === 0) return { heads: parameterSize / (items + 1), withBias: true };
  throw new UserError(
    `The policy network 'per-item' answers for ${items} items, or for them and the option of none, but the ` +
      `distribution takes ${parameterSize} numbers. Use the network 'mlp'.`,
  );
}
