import type { LayersModel, Tensor as TfTensor, Variable } from '@tensorflow/tfjs';
import type { Random } from '../../core/random.ts';
import type { AdamOptions, Model, ModelSpec, OptimiserState, ParameterVector, Tensor } from '../engine.ts';
import { orthogonal } from '../initialise.ts';
import { checkSpec, checkTensors } from '../model-checks.ts';
import type { Tf } from './load.ts';
import { type Dense, TensorflowNetwork, type Trained } from './network.ts';

/** A variable as the model trains it, under the name it is stored by. */
interface Parameter extends Trained {
  readonly name: string;
  firstMoment: TfTensor;
  secondMoment: TfTensor;
}

export class TensorflowModel implements Model {
  readonly networks: Readonly<Record<string, TensorflowNetwork>>;
  readonly vectors: Readonly<Record<string, ParameterVector>>;
  readonly #tf: Tf;
  readonly #parameters: Parameter[] = [];
  readonly #bodies: LayersModel[] = [];
  #step = 0;

  constructor(
    tf: Tf,
    spec: ModelSpec,
    random: Random,
    body: (network: string, inputSize: number) => LayersModel | undefined = () => undefined,
  ) {
    checkSpec(spec);
    this.#tf = tf;
    const networks: Record<string, TensorflowNetwork> = {};
    for (const [name, network] of Object.entries(spec.networks)) {
      const { sizes, outputGain, hiddenGain = Math.SQRT2, rowsPerSample = 1 } = network;
      const first = this.#parameters.length;
      const given = body(name, sizes[0]);
      if (given) this.#adopt(name, given);
      const widths = given ? [widthOf(given), sizes[sizes.length - 1]] : sizes;
      const layers: Dense[] = [];
      for (let i = 0; i + 1 < widths.length; i++) {
        const [inputs, outputs] = [widths[i], widths[i + 1]];
        const gain = i + 2 === widths.length ? outputGain : hiddenGain;
        const weight = Float32Array.from(orthogonal(inputs, outputs, gain, random));
        layers.push({
          weight: this.#create(`${name}.${i}.weight`, weight, [inputs, outputs]),
          bias: this.#create(`${name}.${i}.bias`, new Float32Array(outputs), [outputs]),
        });
      }
      const own = this.#parameters.slice(first);
      networks[name] = new TensorflowNetwork(tf, network, layers, given, own, spec.maxRows * rowsPerSample);
    }
    this.networks = networks;
    const vectors: Record<string, ParameterVector> = {};
    for (const [name, initial] of Object.entries(spec.vectors ?? {})) {
      const values = Float32Array.from(initial);
      this.#create(name, values, [values.length]);
      vectors[name] = { values, gradients: new Float32Array(values.length) };
    }
    this.vectors = vectors;
  }

  #create(name: string, values: Float32Array, shape: number[]): Variable {
    const { tensor, tidy, variable } = this.#tf;
    return this.#add(
      name,
      tidy(() => variable(tensor(values.slice(), shape))),
    );
  }

  #add(name: string, variable: Variable): Variable {
    const zeros = () => this.#tf.zerosLike(variable);
    this.#parameters.push({ name, variable, gradient: zeros(), firstMoment: zeros(), secondMoment: zeros() });
    return variable;
  }

  /** Takes in the weights of a body: those that are trained are trained with the rest. */
  #adopt(network: string, body: LayersModel): void {
    this.#bodies.push(body);
    body.trainableWeights.forEach((weight, i) => {
      // The layer reads the variable that it made.
      const variable = (weight as unknown as { val: Variable }).val;
      this.#add(`${network}.body.${i}.${weight.originalName.split('/').pop()}`, variable);
    });
  }

  zeroGradients(): void {
    for (const parameter of this.#parameters) {
      const zeros = this.#tf.zerosLike(parameter.gradient);
      parameter.gradient.dispose();
      parameter.gradient = zeros;
    }
    for (const { gradients } of Object.values(this.vectors)) gradients.fill(0);
  }

  /** As the kernels': see `WasmModel.adamStep`. */
  adamStep({ learningRate, maxGradientNorm, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-5 }: AdamOptions): number {
    const tf = this.#tf;
    this.#sendVectors();
    const norm = tf.tidy(() => {
      const squares = this.#parameters.map(({ gradient }) => tf.sum(tf.square(gradient)));
      return Math.sqrt(squares.length === 0 ? 0 : tf.addN(squares).dataSync()[0]);
    });
    if (!Number.isFinite(norm)) return norm;
    this.#step++;
    const clip = Math.min(1, maxGradientNorm / (norm + 1e-6));
    const stepSize = learningRate / (1 - beta1 ** this.#step);
    const rootCorrection = 1 / Math.sqrt(1 - beta2 ** this.#step);
    for (const parameter of this.#parameters) {
      const { variable, gradient, firstMoment, secondMoment } = parameter;
      const [m, v] = tf.tidy(() => {
        const g = tf.mul(gradient, clip);
        const m = tf.add(tf.mul(firstMoment, beta1), tf.mul(g, 1 - beta1));
        const v = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(g), 1 - beta2));
        const denominator = tf.add(tf.mul(tf.sqrt(v), rootCorrection), epsilon);
        variable.assign(tf.sub(variable, tf.div(tf.mul(m, stepSize), denominator)));
        return [m, v];
      });
      tf.dispose([firstMoment, secondMoment]);
      parameter.firstMoment = m;
      parameter.secondMoment = v;
    }
    this.#fetchVectors();
    return norm;
  }

  /** Free vectors are read and written here, between steps: to their variables, and what was gathered of gradients. */
  #sendVectors(): void {
    for (const [parameter, { values, gradients }] of this.#vectorParameters()) {
      this.#assign(parameter.variable, values);
      parameter.gradient.dispose();
      parameter.gradient = this.#tf.tensor1d(gradients.slice());
    }
  }

  #fetchVectors(): void {
    for (const [{ variable }, { values }] of this.#vectorParameters()) values.set(variable.dataSync());
  }

  #vectorParameters(): [Parameter, ParameterVector][] {
    return this.#parameters.flatMap((parameter) => {
      const vector = this.vectors[parameter.name];
      return vector ? [[parameter, vector] as [Parameter, ParameterVector]] : [];
    });
  }

  #assign(variable: Variable, data: Float32Array): void {
    this.#tf.tidy(() => variable.assign(this.#tf.tensor(data.slice(), variable.shape)));
  }

  getTensors(): Record<string, Tensor> {
    this.#sendVectorValues();
    return this.#read(({ variable }) => variable);
  }

  #sendVectorValues(): void {
    for (const [{ variable }, { values }] of this.#vectorParameters()) this.#assign(variable, values);
  }

  /** @throws UserError when names or shapes are not this model's; then nothing has changed. */
  setTensors(tensors: Readonly<Record<string, Tensor>>): void {
    checkTensors(tensors, this.#shapes(), 'weights');
    for (const { name, variable } of this.#parameters) this.#assign(variable, tensors[name].data);
    this.#fetchVectors();
  }

  /** @throws Error when the other is not a model of this engine of as many tensors */
  approach(target: Model, share: number): void {
    if (!(target instanceof TensorflowModel && target.#parameters.length === this.#parameters.length)) {
      throw new Error('a model can approach only one of the same spec in the same engine');
    }
    const tf = this.#tf;
    this.#sendVectorValues();
    target.#sendVectorValues();
    this.#parameters.forEach(({ variable }, i) => {
      const other = target.#parameters[i].variable;
      tf.tidy(() => variable.assign(tf.add(variable, tf.mul(tf.sub(other, variable), share))));
    });
    this.#fetchVectors();
  }

  getOptimiserState(): OptimiserState {
    return {
      step: this.#step,
      firstMoments: this.#read(({ firstMoment }) => firstMoment),
      secondMoments: this.#read(({ secondMoment }) => secondMoment),
    };
  }

  /** @throws UserError when names or shapes are not this model's; then nothing has changed. */
  setOptimiserState({ step, firstMoments, secondMoments }: OptimiserState): void {
    checkTensors(firstMoments, this.#shapes(), 'first moments');
    checkTensors(secondMoments, this.#shapes(), 'second moments');
    for (const parameter of this.#parameters) {
      this.#tf.dispose([parameter.firstMoment, parameter.secondMoment]);
      const { shape } = parameter.variable;
      parameter.firstMoment = this.#tf.tensor(firstMoments[parameter.name].data.slice(), shape);
      parameter.secondMoment = this.#tf.tensor(secondMoments[parameter.name].data.slice(), shape);
    }
    this.#step = step;
  }

  dispose(): void {
    // Bodies take their own variables along.
    for (const body of this.#bodies.splice(0)) body.dispose();
    for (const { variable, gradient, firstMoment, secondMoment } of this.#parameters.splice(0)) {
      this.#tf.dispose([gradient, firstMoment, secondMoment]);
      if (!variable.isDisposed) variable.dispose();
    }
  }

  #shapes(): Map<string, readonly number[]> {
    return new Map(this.#parameters.map(({ name, variable }) => [name, variable.shape]));
  }

  #read(of: (parameter: Parameter) => TfTensor): Record<string, Tensor> {
    return Object.fromEntries(
      this.#parameters.map((parameter) => {
        const tensor = of(parameter);
        return [parameter.name, { shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) }];
      }),
    );
  }
}

function widthOf(body: LayersModel): number {
  const shape = body.outputShape as number[];
  return shape[shape.length - 1];
}
