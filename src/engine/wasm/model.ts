import { UserError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { ALONE, shareStart, type Team } from '../../core/team.ts';
import type { AdamOptions, Model, ModelSpec, OptimiserState, ParameterVector, Tensor } from '../engine.ts';
import { orthogonal } from '../initialise.ts';
import { checkSpec, checkTensors } from '../model-checks.ts';
import { type LayerParameters, placeLayers, WasmNetwork } from './network.ts';
import { packPanels, panelSize, roundUp, unpackPanels } from './panels.ts';
import type { WasmRuntime } from './runtime.ts';

/** A tensor's place in the parameter block, in floats. Matrices lie in panels, vectors as they are. */
interface Placement {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
}

/** The kernels step over whole groups of 16 parameters. */
const parameterGroup = 16;
/** Settings and scratch in the table of an Adam step. */
const adamNumbers = 9;
/** Words before the parameters in the block that threads share: a cache line. */
const headerWords = 16;
const VERSION = 0;
const STEP = 1;

/** A model of another thread's, which the members of a team train together. */
export interface Membership {
  readonly team: Team;
  /** The model's `sharedAddress`. */
  readonly address: number;
}

/** Parameters whose update is this thread's task: floats from the start of the block. */
interface Slice {
  readonly start: number;
  readonly count: number;
}

export class WasmModel implements Model {
  readonly networks: Readonly<Record<string, WasmNetwork>>;
  readonly vectors: Readonly<Record<string, ParameterVector>>;
  /** Where the parameters and all that belongs to them lie, for the members of a team. */
  readonly sharedAddress: number;
  readonly #team: Team;
  /** The gradient blocks of the team's other members, in the order of their ranks. */
  readonly #otherGradients: readonly number[];
  readonly #slice: Slice;
  readonly #squares = new Float64Array(1);
  readonly #runtime: WasmRuntime;
  readonly #blocks: number[] = [];
  readonly #placements: Placement[] = [];
  readonly #count: number;
  readonly #parameters: Float32Array;
  readonly #gradients: Float32Array;
  readonly #firstMoments: Float32Array;
  readonly #secondMoments: Float32Array;
  /** How often the parameters have changed, and how many of these changes were steps of Adam. */
  readonly #header: Int32Array;
  readonly #adamTable: number;
  readonly #adamSettings: Float32Array;

  /** @param membership where the model is another thread's; then `random` is not used */
  constructor(runtime: WasmRuntime, spec: ModelSpec, random: Random, membership?: Membership) {
    checkSpec(spec);
    this.#runtime = runtime;
    const { allocator } = runtime;
    const allocate = (floats: number): number => {
      const address = allocator.allocate(floats * 4);
      this.#blocks.push(address);
      return address;
    };

    let end = 0;
    const layersOf = new Map<string, LayerParameters[]>();
    for (const [name, { sizes }] of Object.entries(spec.networks)) {
      const placed = placeLayers(sizes, end);
      layersOf.set(name, placed.layers);
      placed.layers.forEach(({ inputs, outputs, weight, bias }, i) => {
        this.#placements.push({ name: `${name}.${i}.weight`, shape: [inputs, outputs], start: weight });
        this.#placements.push({ name: `${name}.${i}.bias`, shape: [outputs], start: bias });
      });
      end = placed.end;
    }
    const vectorStarts = new Map<string, number>();
    for (const [name, values] of Object.entries(spec.vectors ?? {})) {
      vectorStarts.set(name, end);
      this.#placements.push({ name, shape: [values.length], start: end });
      end += roundUp(values.length, parameterGroup);
    }

    this.#count = roundUp(end, parameterGroup);
    const gradients = allocate(this.#count);
    // Before others' memory is looked at: a thread's own growth of the memory shows it what others have made of it.
    this.sharedAddress = membership?.address ?? allocate(headerWords + 3 * this.#count);
    const version = this.sharedAddress;
    const parameters = version + headerWords * 4;
    const firstMoments = parameters + this.#count * 4;
    const secondMoments = firstMoments + this.#count * 4;
    this.#header = allocator.integers(version, headerWords);
    this.#gradients = allocator.floats(gradients, this.#count);
    this.#parameters = allocator.floats(parameters, this.#count);
    this.#firstMoments = allocator.floats(firstMoments, this.#count);
    this.#secondMoments = allocator.floats(secondMoments, this.#count);

    this.#team = membership?.team ?? ALONE;
    this.#otherGradients = gatherFrom(this.#team, gradients).filter((_, rank) => rank !== this.#team.rank);
    this.#slice = sliceOf(this.#team, this.#count);
    const { start } = this.#slice;
    // In the order of `AdamStep` in kernels/adam.ts.
    const blocks = [parameters, gradients, firstMoments, secondMoments];
    const addresses = [...blocks.map((block) => block + start * 4), this.#slice.count];
    this.#adamTable = allocate(addresses.length + adamNumbers);
    allocator.integers(this.#adamTable, addresses.length).set(addresses);
    this.#adamSettings = allocator.floats(this.#adamTable + addresses.length * 4, adamNumbers);

    const networks: Record<string, WasmNetwork> = {};
    for (const [name, layers] of layersOf) {
      const network = spec.networks[name];
      layers.forEach(({ inputs, outputs, weight }, i) => {
        if (membership) return;
        const gain = i === layers.length - 1 ? network.outputGain : (network.hiddenGain ?? Math.SQRT2);
        packPanels(orthogonal(inputs, outputs, gain, random), inputs, outputs, this.#parameters.subarray(weight));
      });
      const blocks = { parameters, gradients, version };
      const maxRows = spec.maxRows * (network.rowsPerSample ?? 1);
      networks[name] = new WasmNetwork(network, layers, blocks, maxRows, runtime, allocate);
    }
    this.networks = networks;

    const vectors: Record<string, ParameterVector> = {};
    for (const [name, start] of vectorStarts) {
      const initial = spec.vectors![name];
      const values = this.#parameters.subarray(start, start + initial.length);
      if (!membership) values.set(initial);
      vectors[name] = { values, gradients: this.#gradients.subarray(start, start + initial.length) };
    }
    this.vectors = vectors;
  }

  zeroGradients(): void {
    this.#runtime.kernels.clear(this.#gradients.byteOffset, this.#gradients.byteLength);
  }

  /**
   * Denominator sqrt(v / (1 - beta2^t)) + epsilon, and clipping by max / (norm + 1e-6), both as PyTorch has them.
   * Where the norm is not finite, nothing changes and the step does not count.
   *
   * In a team each member adds up the gradients of one slice of the parameters and updates it.
   */
  adamStep({ learningRate, maxGradientNorm, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-5 }: AdamOptions): number {
    const step = this.#header[STEP] + 1;
    const norm = this.#gradientNorm();
    if (!Number.isFinite(norm)) return norm;
    const settings = this.#adamSettings;
    settings[0] = maxGradientNorm;
    settings[1] = beta1;
    settings[2] = 1 - beta1;
    settings[3] = beta2;
    settings[4] = 1 - beta2;
    settings[5] = epsilon;
    settings[6] = learningRate / (1 - beta1 ** step);
    settings[7] = 1 / Math.sqrt(1 - beta2 ** step);
    this.#runtime.kernels.adam(this.#adamTable, norm);
    if (this.#team.rank === 0) this.#header[STEP] = step;
    this.#changed();
    return norm;
  }

  /** Of the gradients of all members together, which afterwards stand in their slices. */
  #gradientNorm(): number {
    const { kernels } = this.#runtime;
    const { start, count } = this.#slice;
    const own = this.#gradients.byteOffset + start * 4;
    this.#team.barrier();
    for (const others of this.#otherGradients) kernels.add(own, others + start * 4, count * 4);
    const norm = kernels.norm(own, count);
    if (this.#team.size === 1) return norm;
    this.#squares[0] = norm * norm;
    this.#team.sum(this.#squares);
    return Math.sqrt(this.#squares[0]);
  }

  /** After a change of the parameters in which all members had their part. */
  #changed(): void {
    if (this.#team.rank === 0) this.#header[VERSION]++;
    this.#team.barrier();
  }

  getTensors(): Record<string, Tensor> {
    return this.#read(this.#parameters);
  }

  /** @throws UserError when names or shapes are not this model's; then nothing has changed. */
  setTensors(tensors: Readonly<Record<string, Tensor>>): void {
    checkTensors(tensors, this.#shapes(), 'weights');
    this.#write(tensors, this.#parameters);
    this.#header[VERSION]++;
  }

  /** @throws Error when the other is not a model of this engine with as many parameters */
  approach(target: Model, share: number): void {
    if (!(target instanceof WasmModel && target.#runtime === this.#runtime && target.#count === this.#count)) {
      throw new Error('a model can approach only one of the same spec in the same engine');
    }
    const { start, count } = this.#slice;
    const [own, other] = [this.#parameters, target.#parameters].map(({ byteOffset }) => byteOffset + start * 4);
    this.#runtime.kernels.approach(own, other, count * 4, share);
    this.#changed();
  }

  getOptimiserState(): OptimiserState {
    return {
      step: this.#header[STEP],
      firstMoments: this.#read(this.#firstMoments),
      secondMoments: this.#read(this.#secondMoments),
    };
  }

  /** @throws UserError when names or shapes are not this model's; then nothing has changed. */
  setOptimiserState({ step, firstMoments, secondMoments }: OptimiserState): void {
    checkTensors(firstMoments, this.#shapes(), 'first moments');
    checkTensors(secondMoments, this.#shapes(), 'second moments');
    if (!(Number.isInteger(step) && step >= 0)) {
      throw new UserError(`The optimiser's step count must be a whole number from 0; got ${step}.`);
    }
    this.#write(firstMoments, this.#firstMoments);
    this.#write(secondMoments, this.#secondMoments);
    this.#header[STEP] = step;
  }

  dispose(): void {
    for (const block of this.#blocks.splice(0)) this.#runtime.allocator.release(block);
  }

  #shapes(): Map<string, readonly number[]> {
    return new Map(this.#placements.map(({ name, shape }) => [name, shape]));
  }

  #read(block: Float32Array): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (const { name, shape, start } of this.#placements) {
      const [rows, columns] = shape;
      const data =
        columns === undefined
          ? new Float32Array(block.subarray(start, start + rows))
          : unpackPanels(block.subarray(start, start + panelSize(rows, columns)), rows, columns);
      tensors[name] = { shape: [...shape], data };
    }
    return tensors;
  }

  #write(tensors: Readonly<Record<string, Tensor>>, block: Float32Array): void {
    for (const { name, shape, start } of this.#placements) {
      const [rows, columns] = shape;
      const { data } = tensors[name];
      if (columns === undefined) block.set(data, start);
      else packPanels(data, rows, columns, block.subarray(start));
    }
  }
}

/** What each member of a team calls this with, in the order of their ranks. */
function gatherFrom(team: Team, value: number): number[] {
  const values = new Float64Array(team.size);
  values[team.rank] = value;
  team.sum(values);
  return [...values];
}

/** A member's part of the parameters, in whole groups. */
function sliceOf({ rank, size }: Team, count: number): Slice {
  const groups = count / parameterGroup;
  const [start, end] = [rank, rank + 1].map((r) => shareStart(groups, r, size) * parameterGroup);
  return { start, count: end - start };
}
