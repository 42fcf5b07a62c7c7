import type { LayersModel, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import { UserError } from '../../core/errors.ts';
import type { Activation, MlpSpec, Network } from '../engine.ts';
import type { Tf } from './load.ts';

/** One layer's parameters: weight [in, out] and bias [out]. */
export interface Dense {
  readonly weight: Variable;
  readonly bias: Variable;
}

/** A variable with the sum of its gradients. */
export interface Trained {
  readonly variable: Variable;
  gradient: Tensor;
}

/** A network whose rows go to TensorFlow and back. */
export class TensorflowNetwork implements Network {
  readonly inputs: Float32Array;
  readonly inputStride: number;
  readonly outputs: Float32Array;
  readonly outputStride: number;
  readonly outputGradients: Float32Array;
  readonly inputGradients: Float32Array;
  readonly features: Float32Array;
  readonly featureStride: number;
  readonly #tf: Tf;
  readonly #layers: readonly Dense[];
  readonly #body: LayersModel | undefined;
  readonly #trained: readonly Trained[];
  readonly #maxRows: number;

  /** @param layers the last one alone where there is a body; `trained` holds all that the network consists of */
  constructor(
    tf: Tf,
    readonly spec: MlpSpec,
    layers: readonly Dense[],
    body: LayersModel | undefined,
    trained: readonly Trained[],
    maxRows: number,
  ) {
    this.#tf = tf;
    this.#layers = layers;
    this.#body = body;
    this.#trained = trained;
    this.#maxRows = maxRows;
    this.inputStride = spec.sizes[0];
    this.outputStride = spec.sizes[spec.sizes.length - 1];
    this.featureStride = layers[layers.length - 1].weight.shape[0];
    this.inputs = new Float32Array(maxRows * this.inputStride);
    this.inputGradients = new Float32Array(maxRows * this.inputStride);
    this.outputs = new Float32Array(maxRows * this.outputStride);
    this.outputGradients = new Float32Array(maxRows * this.outputStride);
    this.features = new Float32Array(maxRows * this.featureStride);
  }

  forward(rows: number): void {
    this.#check(rows);
    if (rows === 0) return;
    const tf = this.#tf;
    this.#withRows(rows, () =>
      tf.tidy(() => {
        const { outputs, features } = this.#apply(this.#rowsOf(this.inputs, rows, this.inputStride));
        // One transfer is quicker than two.
        const both = tf.concat([outputs, features], 1).dataSync();
        const width = this.outputStride + this.featureStride;
        for (let row = 0; row < rows; row++) {
          const at = row * width;
          this.outputs.set(both.subarray(at, at + this.outputStride), row * this.outputStride);
          this.features.set(both.subarray(at + this.outputStride, at + width), row * this.featureStride);
        }
      }),
    );
  }

  /** By the gradient of sum(outputs x given gradients), whose derivative is the chain rule's. */
  backward(rows: number, wantInputGradients = false, wantParameterGradients = true): void {
    this.#check(rows);
    if (rows === 0) return;
    const tf = this.#tf;
    this.#withRows(rows, () => {
      const trained = wantParameterGradients ? this.#trained : [];
      const gradients = tf.tidy(() => {
        const inputs = this.#rowsOf(this.inputs, rows, this.inputStride);
        const given = this.#rowsOf(this.outputGradients, rows, this.outputStride);
        const surrogate = (x: Tensor): Tensor => tf.sum(tf.mul(this.#apply(x as Tensor2D).outputs, given));
        const wanted = trained.map(({ variable }) => variable);
        const { grads } = wantInputGradients
          ? gradientsOf(tf, surrogate, inputs, wanted)
          : tf.variableGrads(() => surrogate(inputs) as ReturnType<typeof tf.scalar>, wanted);
        if (wantInputGradients) this.inputGradients.set(grads[INPUTS].dataSync());
        return trained.map(({ variable, gradient }) => tf.add(gradient, grads[variable.name]));
      });
      trained.forEach((each, i) => {
        each.gradient.dispose();
        each.gradient = gradients[i];
      });
    });
  }

  #apply(inputs: Tensor2D): { outputs: Tensor2D; features: Tensor2D } {
    const tf = this.#tf;
    let features = (this.#body ? this.#body.apply(inputs, { training: false }) : inputs) as Tensor2D;
    const last = this.#layers.length - 1;
    for (const { weight, bias } of this.#layers.slice(0, last)) {
      features = activate(tf, this.spec.activation, tf.add(tf.matMul(features, weight as Tensor2D), bias));
    }
    const { weight, bias } = this.#layers[last];
    return { outputs: tf.add(tf.matMul(features, weight as Tensor2D), bias), features };
  }

  /** A copy: TensorFlow on the processor may go on reading the array it is given. */
  #rowsOf(block: Float32Array, rows: number, width: number): Tensor2D {
    return this.#tf.tensor2d(block.slice(0, rows * width), [rows, width]);
  }

  #check(rows: number): void {
    if (!(rows >= 0 && rows <= this.#maxRows)) {
      throw new RangeError(`rows must lie between 0 and maxRows = ${this.#maxRows}; got ${rows}`);
    }
  }

  /** @throws UserError where the rows do not fit into the memory of the device */
  #withRows(rows: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!/out of memory|OOM|RESOURCE_EXHAUSTED|failed to allocate/i.test((error as Error).message)) throw error;
      throw new UserError(
        `A pass of ${rows} rows through layers of ${this.spec.sizes.join(', ')} does not fit into the memory of the device. ` +
          'Set a smaller algorithm.minibatchSize or batchSize, fewer environments (environment.numEnvs) or smaller layers ' +
          `(policy.hidden).\n(${(error as Error).message.split('\n')[0]})`,
        { cause: error },
      );
    }
  }
}

const INPUTS = 'inputs';

/** Gradients by variables' names, and by the inputs. */
function gradientsOf(tf: Tf, f: (x: Tensor) => Tensor, inputs: Tensor, variables: readonly Variable[]) {
  // TensorFlow knows gradients by tensors or by variables, not by both: here the inputs are a variable for a moment.
  const variable = tf.variable(inputs, true);
  try {
    const { grads } = tf.variableGrads(() => f(variable) as ReturnType<typeof tf.scalar>, [variable, ...variables]);
    return { grads: { ...grads, [INPUTS]: grads[variable.name] } as Record<string, Tensor> };
  } finally {
    variable.dispose();
  }
}

function activate(tf: Tf, activation: Activation, x: Tensor2D): Tensor2D {
  switch (activation) {
    case 'tanh':
      return tf.tanh(x);
    case 'relu':
      return tf.relu(x);
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'none':
      return x;
  }
}
