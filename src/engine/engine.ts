import type { Random } from '../core/random.ts';
import type { Team } from '../core/team.ts';

export type Activation = 'tanh' | 'relu' | 'silu' | 'none';

/** A multilayer perceptron: `sizes[0]` inputs, hidden layers, `sizes.at(-1)` outputs. */
export interface MlpSpec {
  sizes: readonly number[];
  /** After every hidden layer; the last layer is linear. */
  activation: Activation;
  /** Gain of the orthogonal initialisation of hidden layers (sqrt 2) and of the last layer. Biases start at 0. */
  hiddenGain?: number;
  outputGain: number;
  /** Rows it may hold for each of the model's `maxRows`, where one sample takes several. Default 1. */
  rowsPerSample?: number;
}

export interface ModelSpec {
  networks: Readonly<Record<string, MlpSpec>>;
  /** Free parameter vectors, such as a state-independent log standard deviation, with their initial values. */
  vectors?: Readonly<Record<string, readonly number[]>>;
  /** The most rows one forward pass may hold. */
  maxRows: number;
}

/** Rows in, rows out, gradients back. Row r of a matrix starts at r x its stride; padding columns stay zero. */
export interface Network {
  readonly spec: MlpSpec;
  readonly inputs: Float32Array;
  readonly inputStride: number;
  readonly outputs: Float32Array;
  readonly outputStride: number;
  /** dLoss/dOutputs, laid out as `outputs`: fill it before `backward`. */
  readonly outputGradients: Float32Array;
  /** dLoss/dInputs, laid out as `inputs`, after `backward(rows, true)`. */
  readonly inputGradients: Float32Array;
  /** What the last layer reads: the activations of the last hidden one, or the inputs where there is none. */
  readonly features: Float32Array;
  readonly featureStride: number;
  /** Reads `inputs`, writes `outputs`. */
  forward(rows: number): void;
  /**
   * Adds to the parameter gradients. Must follow `forward` of the same rows.
   * @param wantInputGradients default false
   * @param wantParameterGradients default true; false leaves them as they are and saves half of the work, for a network
   *   that others are trained through
   */
  backward(rows: number, wantInputGradients?: boolean, wantParameterGradients?: boolean): void;
}

export interface ParameterVector {
  readonly values: Float32Array;
  readonly gradients: Float32Array;
}

/** A named tensor without padding, the form in which weights are stored and exchanged. */
export interface Tensor {
  shape: readonly number[];
  data: Float32Array;
}

export interface AdamOptions {
  learningRate: number;
  /** Gradients are scaled down to this global norm; Infinity switches clipping off. */
  maxGradientNorm: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/** Networks and free vectors over one contiguous block of parameters, with its Adam moments. */
export interface Model {
  readonly networks: Readonly<Record<string, Network>>;
  readonly vectors: Readonly<Record<string, ParameterVector>>;
  zeroGradients(): void;
  /**
   * One Adam step (Kingma and Ba 2015, algorithm 1), by the sum of the gradients of all members of the engine's team;
   * returns their global norm before clipping.
   */
  adamStep(options: AdamOptions): number;
  /** Weights by name: `<network>.<layer>.weight` ([in, out]), `<network>.<layer>.bias`, `<vector>`. Copies. */
  getTensors(): Record<string, Tensor>;
  setTensors(tensors: Readonly<Record<string, Tensor>>): void;
  /** Moves every parameter by `share` (0 to 1) of the way to that of `target`, a model of the same spec and engine. */
  approach(target: Model, share: number): void;
  /** First and second moments under the same names, and the step count. Copies. */
  getOptimiserState(): OptimiserState;
  setOptimiserState(state: OptimiserState): void;
  /** Gives the memory back; the model must not be used afterwards. */
  dispose(): void;
}

export interface OptimiserState {
  step: number;
  firstMoments: Record<string, Tensor>;
  secondMoments: Record<string, Tensor>;
}

/** Where networks live. Engines differ in nothing but where the numbers are computed. */
export interface Engine {
  /** What is in use, for people: `wasm (relaxed simd)`. */
  readonly name: string;
  /** Rows per pass with which learning is fastest: what keeps a network's activations in the cache. */
  readonly preferredChunkRows: number;
  /**
   * Threads whose engines share their models: parameters are the same numbers for all, gradients are each thread's own
   * until an Adam step adds them up. Then every member creates the same models and takes the same steps.
   */
  readonly team: Team;
  /** Whether there are engines of its kind whose models several threads share. */
  readonly canShare: boolean;
  createModel(spec: ModelSpec, random: Random): Model;
}
