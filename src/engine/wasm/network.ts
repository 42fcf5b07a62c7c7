import type { Activation, MlpSpec, Network } from '../engine.ts';
import type { Kernels } from './kernels.ts';
import { panelSize, roundUp, rowPadding } from './panels.ts';
import type { WasmRuntime } from './runtime.ts';

/** Where a layer's parameters lie: floats from the start of the model's block. */
export interface LayerParameters {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: number;
  readonly bias: number;
}

/** Addresses of the model's blocks that networks refer to. */
export interface ModelBlocks {
  readonly parameters: number;
  readonly gradients: number;
  /** An integer that counts changes of the parameters. */
  readonly version: number;
}

const activationCodes: Record<Activation, number> = { none: 0, tanh: 1, relu: 2, silu: 3 };
const networkWords = 4;
const layerWords = 16;
/** The kernels work on whole groups of so many rows. */
const rowGroup = 8;

/**
 * Floats from one row to the next. A multiple of 128 would put the rows of a column into the same few sets of the
 * first-level cache, where they push each other out; one more cache line spreads them.
 */
function strideOf(size: number): number {
  const padded = roundUp(size, rowPadding);
  return padded % 128 === 0 ? padded + 16 : padded;
}

/** Finds room for the layers of a network from `start`, in floats; returns them and where they end. */
export function placeLayers(sizes: readonly number[], start: number): { layers: LayerParameters[]; end: number } {
  const layers: LayerParameters[] = [];
  let end = start;
  for (let i = 0; i + 1 < sizes.length; i++) {
    const [inputs, outputs] = [sizes[i], sizes[i + 1]];
    const weight = end;
    const bias = weight + panelSize(inputs, outputs);
    end = bias + roundUp(outputs, rowPadding);
    layers.push({ inputs, outputs, weight, bias });
  }
  return { layers, end };
}

/** A network in WebAssembly memory: buffers between its layers and the table by which the kernels find them. */
export class WasmNetwork implements Network {
  readonly inputs: Float32Array;
  readonly inputStride: number;
  readonly outputs: Float32Array;
  readonly outputStride: number;
  readonly outputGradients: Float32Array;
  readonly inputGradients: Float32Array;
  readonly features: Float32Array;
  readonly featureStride: number;
  readonly #kernels: Kernels;
  readonly #table: number;
  readonly #maxRows: number;

  /** @param allocate gives the address of so many zeroed floats, released with the model */
  constructor(
    readonly spec: MlpSpec,
    layers: readonly LayerParameters[],
    blocks: ModelBlocks,
    maxRows: number,
    runtime: WasmRuntime,
    allocate: (floats: number) => number,
  ) {
    const { allocator } = runtime;
    const bufferRows = roundUp(maxRows, rowGroup);
    const strides = spec.sizes.map(strideOf);
    const values = strides.map((stride) => allocate(bufferRows * stride));
    const gradients = strides.map((stride) => allocate(bufferRows * stride));
    const last = layers.length - 1;

    this.#table = allocate(networkWords + layers.length * layerWords);
    const table = allocator.integers(this.#table, networkWords + layers.length * layerWords);
    table.set([layers.length, blocks.version]);
    layers.forEach(({ inputs, outputs, weight, bias }, i) => {
      const activation = i === last ? 'none' : spec.activation;
      const preActivation = activation === 'silu' ? allocate(bufferRows * strides[i + 1]) : values[i + 1];
      // In the order of `Layer` in kernels/layer.ts.
      const words = [
        inputs,
        outputs,
        strides[i] * 4,
        strides[i + 1] * 4,
        activationCodes[activation],
        values[i],
        preActivation,
        values[i + 1],
        gradients[i + 1],
        gradients[i],
        blocks.parameters + weight * 4,
        blocks.parameters + bias * 4,
        allocate(panelSize(outputs, inputs)),
        blocks.gradients + weight * 4,
        blocks.gradients + bias * 4,
        -1,
      ];
      table.set(words, networkWords + i * layerWords);
    });

    this.#kernels = runtime.kernels;
    this.#maxRows = maxRows;
    this.inputStride = strides[0];
    this.outputStride = strides[last + 1];
    this.inputs = allocator.floats(values[0], maxRows * this.inputStride);
    this.outputs = allocator.floats(values[last + 1], maxRows * this.outputStride);
    this.outputGradients = allocator.floats(gradients[last + 1], maxRows * this.outputStride);
    this.inputGradients = allocator.floats(gradients[0], maxRows * this.inputStride);
    this.featureStride = strides[last];
    this.features = allocator.floats(values[last], maxRows * this.featureStride);
  }

  forward(rows: number): void {
    this.#check(rows);
    this.#kernels.forward(this.#table, rows);
  }

  backward(rows: number, wantInputGradients = false, wantParameterGradients = true): void {
    this.#check(rows);
    this.#kernels.backward(this.#table, rows, wantInputGradients ? 1 : 0, wantParameterGradients ? 1 : 0);
  }

  #check(rows: number): void {
    if (!(rows >= 0 && rows <= this.#maxRows)) {
      throw new RangeError(`rows must lie between 0 and maxRows = ${this.#maxRows}; got ${rows}`);
    }
  }
}
