/** One layer as the host lays it out in memory: 16 words. Strides in bytes, pointers to 64-byte aligned blocks. */
@unmanaged
export class Layer {
  inputs: i32;
  outputs: i32;
  inputStride: usize;
  outputStride: usize;
  activation: i32;
  /** Rows x inputs: the outputs of the layer before. */
  input: usize;
  /** W x + b; the same block as `output` where the derivative can be told from the output. */
  preActivation: usize;
  output: usize;
  /** dLoss/dOutput, which `backward` turns into dLoss/dPreActivation in place. */
  outputGradient: usize;
  inputGradient: usize;
  /** In panels of 8 columns and perhaps one of 4, `inputs` rounded up to 4 rows, or to 8 in the one of 4. */
  weight: usize;
  bias: usize;
  /** W^T in panels. */
  transposed: usize;
  weightGradient: usize;
  biasGradient: usize;
  /** The model's parameter version of which `transposed` is the transpose. */
  transposedVersion: i32;
}

@unmanaged
export class Network {
  layers: i32;
  /** Address of the model's parameter version. */
  version: usize;
  reserved0: i32;
  reserved1: i32;
}

// @ts-ignore: decorator
@inline
export function layerOf(network: usize, index: i32): Layer {
  return changetype<Layer>(network + offsetof<Network>() + index * offsetof<Layer>());
}
