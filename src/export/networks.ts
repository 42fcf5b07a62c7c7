import type { Activation, Tensor } from '../engine/engine.ts';
import type { ItemLayout } from '../policy/item-network.ts';
import type { GraphBuilder, Value } from './graph.ts';

/** Weights of a policy by name, as `Model.getTensors` gives them. */
export type Weights = Readonly<Record<string, Tensor>>;

export interface NetworkValues {
  outputs: Value;
  /** What the last layer reads. */
  features: Value;
}

function weight(graph: GraphBuilder, weights: Weights, name: string): Value {
  const { data, shape } = weights[name];
  return graph.constant(name, data, shape);
}

/** x W + b of one layer. */
function affine(graph: GraphBuilder, weights: Weights, layer: string, input: Value): Value {
  const product = graph.apply({ op: 'matmul' }, input, weight(graph, weights, `${layer}.weight`));
  return graph.apply({ op: 'add' }, product, weight(graph, weights, `${layer}.bias`));
}

function activated(graph: GraphBuilder, activation: Activation, value: Value): Value {
  switch (activation) {
    case 'tanh':
    case 'relu':
      return graph.apply({ op: activation }, value);
    case 'silu':
      return graph.apply({ op: 'multiply' }, value, graph.apply({ op: 'sigmoid' }, value));
    case 'none':
      return value;
  }
}

/** Layers of a multilayer perceptron. */
export function depthOf(weights: Weights, network: string): number {
  let depth = 0;
  while (`${network}.${depth}.weight` in weights) depth++;
  return depth;
}

/** A multilayer perceptron from layer `first` on; the last layer is linear. */
export function mlp(
  graph: GraphBuilder,
  weights: Weights,
  network: string,
  activation: Activation,
  input: Value,
  first = 0,
): NetworkValues {
  const last = depthOf(weights, network) - 1;
  let features = input;
  for (let i = first; i < last; i++) {
    features = activated(graph, activation, affine(graph, weights, `${network}.${i}`, features));
  }
  return { outputs: affine(graph, weights, `${network}.${last}`, features), features };
}

/**
 * `ItemNetwork`: what of the first layer's product comes from the common row is computed once, and not for every item.
 *
 * @param pool the mean over the items, rather than all items' first numbers, then all second ones
 */
export function perItem(
  graph: GraphBuilder,
  weights: Weights,
  network: string,
  activation: Activation,
  { items, width }: ItemLayout,
  observation: Value,
  pool = false,
): Value {
  const table = graph.apply({ op: 'reshape', shape: [-1, items + 1, width] }, observation);
  const common = graph.apply({ op: 'slice', begin: [0, 0, 0], size: [-1, 1, width] }, table);
  const own = graph.apply({ op: 'slice', begin: [0, 1, 0], size: [-1, items, width] }, table);
  const firstWeight = weight(graph, weights, `${network}.0.weight`);
  const units = weights[`${network}.0.weight`].shape[1];
  const product = (rows: Value, count: number, from: number) => {
    const part = graph.apply({ op: 'slice', begin: [from, 0], size: [width, units] }, firstWeight);
    const flat = graph.apply({ op: 'reshape', shape: [-1, width] }, rows);
    const flatProduct = graph.apply({ op: 'matmul' }, flat, part);
    return graph.apply({ op: 'reshape', shape: [-1, count, units] }, flatProduct);
  };
  const sum = graph.apply({ op: 'add' }, product(own, items, 0), product(common, 1, width));
  const biased = graph.apply({ op: 'add' }, sum, weight(graph, weights, `${network}.0.bias`));
  const flat = graph.apply({ op: 'reshape', shape: [-1, units] }, biased);
  const deep = depthOf(weights, network) > 1;
  const scores = deep ? mlp(graph, weights, network, activation, activated(graph, activation, flat), 1).outputs : flat;

  const heads = weights[`${network}.${depthOf(weights, network) - 1}.weight`].shape[1];
  const byItem = graph.apply({ op: 'reshape', shape: [-1, items, heads] }, scores);
  if (pool) {
    const total = graph.apply({ op: 'sum', axis: 1, keepAxis: false }, byItem);
    return graph.apply({ op: 'divide' }, total, graph.constant('items', [items]));
  }
  const byHead = graph.apply({ op: 'transpose', permutation: [0, 2, 1] }, byItem);
  if (!('bias' in weights)) return graph.apply({ op: 'reshape', shape: [-1, heads * items] }, byHead);
  // The option of none of them comes first in each group.
  const bias = graph.constant('bias', weights.bias.data, [heads, 1]);
  const rest = graph.constant('bias.rest', new Float32Array(heads * items), [heads, items]);
  const biasRow = graph.apply({ op: 'concat', axis: 1 }, bias, rest);
  const padded = graph.apply({ op: 'pad', before: [0, 0, 1] }, byHead);
  const whole = graph.apply({ op: 'add' }, padded, biasRow);
  return graph.apply({ op: 'reshape', shape: [-1, heads * (items + 1)] }, whole);
}

/** `GruNetwork`, one step: what its head says, and the state after the observation. */
export function gru(
  graph: GraphBuilder,
  weights: Weights,
  network: string,
  activation: Activation,
  observation: Value,
  state: Value,
): { outputs: Value; nextState: Value } {
  const size = weights[`${network}.recurrent.0.weight`].shape[0];
  const x = affine(graph, weights, `${network}.input.0`, observation);
  const u = affine(graph, weights, `${network}.recurrent.0`, state);
  const gate = (k: number) =>
    graph.apply(
      { op: 'sigmoid' },
      graph.apply({ op: 'add' }, graph.columns(x, k * size, size), graph.columns(u, k * size, size)),
    );
  const r = gate(0);
  const z = gate(1);
  const reset = graph.apply({ op: 'multiply' }, r, graph.columns(u, 2 * size, size));
  const n = graph.apply({ op: 'tanh' }, graph.apply({ op: 'add' }, graph.columns(x, 2 * size, size), reset));
  // (1 - z) n + z h = n + z (h - n)
  const kept = graph.apply({ op: 'multiply' }, z, graph.apply({ op: 'subtract' }, state, n));
  const nextState = graph.apply({ op: 'add' }, n, kept);
  return { outputs: mlp(graph, weights, `${network}.head`, activation, nextState).outputs, nextState };
}
