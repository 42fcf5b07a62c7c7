import type { Activation, Tensor } from '../../src/engine/engine.ts';

/** A multilayer perceptron in double precision and plain loops: the truth against which the kernels are held. */
export interface ReferenceNetwork {
  sizes: readonly number[];
  activation: Activation;
  /** One [in, out] matrix, row-major, and one bias per layer. */
  weights: Float64Array[];
  biases: Float64Array[];
}

export function referenceOf(
  name: string,
  sizes: readonly number[],
  activation: Activation,
  tensors: Readonly<Record<string, Tensor>>,
): ReferenceNetwork {
  const layers = Array.from({ length: sizes.length - 1 }, (_, i) => i);
  return {
    sizes,
    activation,
    weights: layers.map((i) => Float64Array.from(tensors[`${name}.${i}.weight`].data)),
    biases: layers.map((i) => Float64Array.from(tensors[`${name}.${i}.bias`].data)),
  };
}

const activations: Record<Activation, (x: number) => number> = {
  none: (x) => x,
  tanh: Math.tanh,
  relu: (x) => Math.max(0, x),
  silu: (x) => x / (1 + Math.exp(-x)),
};

/** Outputs for one row of inputs. */
export function referenceForward(network: ReferenceNetwork, row: ArrayLike<number>): Float64Array {
  const { sizes, weights, biases } = network;
  let values = Float64Array.from(row);
  for (let layer = 0; layer < weights.length; layer++) {
    const width = sizes[layer + 1];
    const next = Float64Array.from(biases[layer]);
    for (let k = 0; k < values.length; k++) {
      for (let n = 0; n < width; n++) next[n] += values[k] * weights[layer][k * width + n];
    }
    values = layer === weights.length - 1 ? next : next.map(activations[network.activation]);
  }
  return values;
}

/** Central difference of `f` in the entry `index` of `array`. */
export function centralDifference(
  array: Float64Array | Float32Array,
  index: number,
  f: () => number,
  h = 1e-5,
): number {
  const kept = array[index];
  array[index] = kept + h;
  const above = f();
  array[index] = kept - h;
  const below = f();
  array[index] = kept;
  return (above - below) / (2 * h);
}
