import type { MlpSpec, Network } from '../engine/engine.ts';

/**
 * A network whose outputs are followed by its features, for distributions that depend on both. The features count as
 * given: their gradients go nowhere.
 */
export class FeatureNetwork implements Network {
  readonly spec: MlpSpec;
  readonly inputs: Float32Array;
  readonly inputStride: number;
  readonly outputs: Float32Array;
  readonly outputStride: number;
  readonly outputGradients: Float32Array;
  readonly inputGradients: Float32Array;
  readonly features: Float32Array;
  readonly featureStride: number;
  readonly #network: Network;
  readonly #outputSize: number;
  readonly #featureSize: number;

  constructor(network: Network, maxRows: number) {
    const { spec } = network;
    this.spec = spec;
    this.#network = network;
    this.#outputSize = spec.sizes[spec.sizes.length - 1];
    this.#featureSize = spec.sizes[spec.sizes.length - 2];
    this.inputs = network.inputs;
    this.inputStride = network.inputStride;
    this.inputGradients = network.inputGradients;
    this.features = network.features;
    this.featureStride = network.featureStride;
    this.outputStride = this.#outputSize + this.#featureSize;
    this.outputs = new Float32Array(maxRows * this.outputStride);
    this.outputGradients = new Float32Array(maxRows * this.outputStride);
  }

  forward(rows: number): void {
    const { outputs, outputStride, features, featureStride } = this;
    const { outputs: from, outputStride: fromStride } = this.#network;
    this.#network.forward(rows);
    for (let row = 0; row < rows; row++) {
      const at = row * outputStride;
      for (let i = 0; i < this.#outputSize; i++) outputs[at + i] = from[row * fromStride + i];
      for (let k = 0; k < this.#featureSize; k++) {
        outputs[at + this.#outputSize + k] = features[row * featureStride + k];
      }
    }
  }

  backward(rows: number, wantInputGradients?: boolean, wantParameterGradients?: boolean): void {
    const { outputGradients: to, outputStride: toStride } = this.#network;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < this.#outputSize; i++) {
        to[row * toStride + i] = this.outputGradients[row * this.outputStride + i];
      }
    }
    this.#network.backward(rows, wantInputGradients, wantParameterGradients);
  }
}
