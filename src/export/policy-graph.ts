import { UserError } from '../core/errors.ts';
import { describeSpace, type SpaceDescription } from '../core/spaces/description.ts';
import { itemLayout } from '../policy/actor-critic.ts';
import { CLIP, EPSILON, rewardUnit } from '../policy/normalisers.ts';
import type { Policy, PolicyConfig } from '../policy/policy.ts';
import { distributionValues } from './distributions.ts';
import { type Graph, GraphBuilder, type Value } from './graph.ts';
import { depthOf, gru, mlp, type NetworkValues, perItem, type Weights } from './networks.ts';

/** What an exported policy says of itself, JSON-able. */
export interface PolicyDescription {
  observationSpace: SpaceDescription;
  actionSpace: SpaceDescription;
  architecture: Pick<PolicyConfig, 'network' | 'hidden' | 'activation' | 'distribution' | 'exploration'>;
  /** (x - mean) / sqrt(variance + epsilon), clipped to +-clip: already part of the graph. */
  observationNormaliser: { mean: number[]; variance: number[]; epsilon: number; clip: number } | null;
  inputs: Record<string, string>;
  outputs: Record<string, string>;
}

/**
 * Everything a policy does between a raw observation and the action the environment gets, as a graph:
 *
 * - inputs `observation` (rows as its space flattens them), for discrete actions `mask`, with memory `state`;
 * - outputs `action` (deterministic), `parameters` of the distribution, `value` where there is a critic, in units of the
 *   reward, and with memory `nextState`.
 *
 * @param withValue leave the critic out where false, and its half of the state
 * @throws UserError where a part of it has no such form, or its numbers are none
 */
export function policyGraph(policy: Policy, withValue = true): { graph: Graph; description: PolicyDescription } {
  const { config, observationSpace, actionSpace } = policy;
  const weights = exportableWeights(policy);
  const graph = new GraphBuilder();
  const raw = graph.input({
    name: 'observation',
    columns: policy.observationSize,
    type: 'float32',
    meaning: `as the environment gives it, flattened: ${observationSpace}`,
  });
  const observation = normalised(graph, policy, raw);
  const { actor, critic, nextState } = networks(graph, policy, weights, observation, withValue && policy.hasCritic);
  const head = distributionValues(graph, weights, { config, actionSpace }, actor);

  graph.output(
    {
      name: 'action',
      columns: head.actionColumns,
      type: head.actionType,
      meaning: `the deterministic action, as the environment takes it: ${actionSpace}`,
    },
    head.action,
  );
  graph.output(
    { name: 'parameters', columns: head.parameterColumns, type: 'float32', meaning: head.layout },
    head.parameters,
  );
  if (critic !== undefined) {
    const unit = policy.returnMoments && graph.constant('value.unit', [rewardUnit(policy.returnMoments)]);
    const value = unit === undefined ? critic : graph.apply({ op: 'multiply' }, critic, unit);
    graph.output({ name: 'value', columns: 1, type: 'float32', meaning: 'expected discounted return' }, value);
  }
  if (nextState !== undefined) {
    const { columns } = graph.inputs.find(({ name }) => name === 'state')!;
    graph.output(
      { name: 'nextState', columns, type: 'float32', meaning: "what to give as 'state' with the next observation" },
      nextState,
    );
  }
  return { graph, description: describe(policy, graph) };
}

/**
 * In single precision an observation far from 0 loses what tells it from the mean, so the mean is subtracted in two
 * parts: the first difference is exact where it matters (Sterbenz's lemma).
 */
function normalised(graph: GraphBuilder, policy: Policy, raw: Value): Value {
  const { observationNormaliser, observationSize } = policy;
  if (observationNormaliser === undefined) return raw;
  // One scale may serve several parts of a row.
  const { mean, variance } = observationNormaliser.moments;
  const tiled = (of: (i: number) => number) =>
    Float64Array.from({ length: observationSize }, (_, k) => of(k % mean.length));
  const high = graph.constant(
    'normaliser.mean',
    tiled((i) => mean[i]),
  );
  const low = graph.constant(
    'normaliser.meanRest',
    tiled((i) => mean[i] - Math.fround(mean[i])),
  );
  const scale = graph.constant(
    'normaliser.scale',
    tiled((i) => 1 / Math.sqrt(variance[i] + EPSILON)),
  );
  const rough = graph.apply({ op: 'subtract' }, raw, high);
  const centred = graph.apply({ op: 'subtract' }, rough, low);
  const scaled = graph.apply({ op: 'multiply' }, centred, scale);
  const atLeast = graph.apply({ op: 'maximum' }, scaled, graph.constant('normaliser.low', [-CLIP]));
  return graph.apply({ op: 'minimum' }, atLeast, graph.constant('normaliser.high', [CLIP]));
}

interface PolicyValues {
  actor: NetworkValues;
  critic?: Value;
  nextState?: Value;
}

function networks(
  graph: GraphBuilder,
  { config, observationSpace, stateSize }: Policy,
  weights: Weights,
  observation: Value,
  withCritic: boolean,
): PolicyValues {
  const { network, activation } = config;
  switch (network) {
    case 'mlp':
      return {
        actor: mlp(graph, weights, 'actor', activation, observation),
        critic: withCritic ? mlp(graph, weights, 'critic', activation, observation).outputs : undefined,
      };
    case 'per-item': {
      const layout = itemLayout(observationSpace);
      const outputs = perItem(graph, weights, 'actor', activation, layout, observation);
      return {
        // Distributions over items read no features.
        actor: { outputs, features: outputs },
        critic: withCritic ? perItem(graph, weights, 'critic', activation, layout, observation, true) : undefined,
      };
    }
    case 'gru': {
      const half = stateSize / 2;
      const state = graph.input({
        name: 'state',
        columns: withCritic ? stateSize : half,
        type: 'float32',
        meaning: "what is remembered of the episode: zeros at its start, then 'nextState'",
      });
      const step = (name: string, from: number) =>
        gru(graph, weights, name, activation, observation, withCritic ? graph.columns(state, from, half) : state);
      const actor = step('actor', 0);
      const critic = withCritic ? step('critic', half) : undefined;
      const both = critic && graph.apply({ op: 'concat', axis: 1 }, actor.nextState, critic.nextState);
      return {
        actor: { outputs: actor.outputs, features: actor.nextState },
        critic: critic?.outputs,
        nextState: both ?? actor.nextState,
      };
    }
    default:
      throw new UserError(
        `A policy of the network '${network}' cannot be exported: expected 'mlp', 'per-item' or 'gru'. ` +
          'Train one of those, or use the policy through upslope itself.',
      );
  }
}

/** Those of the layers we know of, all of them numbers. */
function exportableWeights({ model, config, hasCritic }: Policy): Weights {
  const weights = model.getTensors();
  for (const [name, { data }] of Object.entries(weights)) {
    if (data.every(Number.isFinite)) continue;
    throw new UserError(
      `The policy's weights '${name}' hold numbers that are none: its training went astray. ` +
        'Export the best policy instead (--policy best), or train again with a smaller learning rate.',
    );
  }
  const head = config.network === 'gru' ? '.head' : '';
  const layers = { actor: config.hidden.length + 1, critic: (config.criticHidden ?? config.hidden).length + 1 };
  for (const network of hasCritic ? (['actor', 'critic'] as const) : (['actor'] as const)) {
    const bodied = Object.keys(weights).some((name) => name.startsWith(`${network}.body.`));
    if (!bodied && depthOf(weights, network + head) === layers[network]) continue;
    throw new UserError(
      `The policy's ${network} is no network of our own: it has a body that was given to the tensorflow engine. ` +
        'Export that model by its own library (model.save), or train without a body.',
    );
  }
  return weights;
}

function describe(
  { config, observationSpace, actionSpace, observationNormaliser }: Policy,
  graph: Graph,
): PolicyDescription {
  const { network, hidden, activation, distribution, exploration } = config;
  const { mean = [], variance = [] } = observationNormaliser?.moments.getState() ?? {};
  const meanings = (ports: Graph['inputs']) => Object.fromEntries(ports.map(({ name, meaning }) => [name, meaning]));
  return {
    observationSpace: describeSpace(observationSpace),
    actionSpace: describeSpace(actionSpace),
    architecture: { network, hidden, activation, distribution, exploration },
    observationNormaliser: observationNormaliser ? { mean, variance, epsilon: EPSILON, clip: CLIP } : null,
    inputs: meanings(graph.inputs),
    outputs: meanings(graph.outputs),
  };
}
