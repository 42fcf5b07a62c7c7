import type { MlpSpec, Network, ParameterVector } from '../engine/engine.ts';

/** How an observation of items is laid out: row 0 is what they have in common, the other rows are the items. */
export interface ItemLayout {
  /** Items of an observation, the common row not counted. */
  readonly items: number;
  /** Numbers in a row. */
  readonly width: number;
}

/**
 * A network that is evaluated identically for every item of an observation: it sees the item's row beside the common
 * one, and answers with `heads` numbers an item. What it learns about one item it knows of all, the number of its
 * weights does not grow with theirs, and their order does not matter.
 *
 * Outputs are all items' first numbers, then all second ones. With a `bias`, each group of them is preceded by one
 * number that is the same for every observation: the option of taking none of the items, such as cash. With `pool`
 * the output is the mean over the items instead.
 *
 * @see Jiang, Xu and Liang (2017), arXiv:1706.10059, section 4: ensemble of identical independent evaluators. Their
 *   cash bias is a free parameter; in a softmax whose first logit is fixed at 0, the bias of the last layer is it.
 */
export class ItemNetwork implements Network {
  readonly spec: MlpSpec;
  readonly inputs: Float32Array;
  readonly inputStride: number;
  readonly outputs: Float32Array;
  readonly outputStride: number;
  readonly outputGradients: Float32Array;
  readonly inputGradients: Float32Array;
  readonly #evaluator: Network;
  readonly #layout: ItemLayout;
  readonly #heads: number;
  readonly #bias: ParameterVector | undefined;
  readonly #pool: boolean;

  /**
   * @param evaluator takes 2 x width inputs, the item's and the common ones, and holds items x maxRows rows
   * @param bias one number for each head
   */
  constructor(
    evaluator: Network,
    layout: ItemLayout,
    maxRows: number,
    { bias, pool = false }: { bias?: ParameterVector; pool?: boolean } = {},
  ) {
    const { items, width } = layout;
    this.spec = evaluator.spec;
    this.#evaluator = evaluator;
    this.#layout = layout;
    this.#heads = evaluator.spec.sizes[evaluator.spec.sizes.length - 1];
    this.#bias = bias;
    this.#pool = pool;
    this.inputStride = (items + 1) * width;
    this.outputStride = pool ? this.#heads : this.#heads * (items + (bias ? 1 : 0));
    this.inputs = new Float32Array(maxRows * this.inputStride);
    this.inputGradients = new Float32Array(maxRows * this.inputStride);
    this.outputs = new Float32Array(maxRows * this.outputStride);
    this.outputGradients = new Float32Array(maxRows * this.outputStride);
  }

  /** Those of each item, row after row; a sample as a whole has none. */
  get features(): Float32Array {
    return this.#evaluator.features;
  }

  get featureStride(): number {
    return this.#evaluator.featureStride;
  }

  forward(rows: number): void {
    this.#scatterInputs(rows);
    this.#evaluator.forward(rows * this.#layout.items);
    if (this.#pool) this.#poolOutputs(rows);
    else this.#gatherOutputs(rows);
  }

  backward(rows: number, wantInputGradients = false, wantParameterGradients = true): void {
    if (this.#pool) this.#spreadGradients(rows);
    else this.#scatterGradients(rows, wantParameterGradients);
    this.#evaluator.backward(rows * this.#layout.items, wantInputGradients, wantParameterGradients);
    if (wantInputGradients) this.#gatherInputGradients(rows);
  }

  #scatterInputs(rows: number): void {
    const { inputs, inputStride } = this;
    const { items, width } = this.#layout;
    const { inputs: out, inputStride: outStride } = this.#evaluator;
    for (let row = 0; row < rows; row++) {
      const common = row * inputStride;
      for (let item = 0; item < items; item++) {
        const own = common + (item + 1) * width;
        const at = (row * items + item) * outStride;
        for (let i = 0; i < width; i++) {
          out[at + i] = inputs[own + i];
          out[at + width + i] = inputs[common + i];
        }
      }
    }
  }

  #gatherOutputs(rows: number): void {
    const heads = this.#heads;
    const { items } = this.#layout;
    const { outputs: scores, outputStride: scoreStride } = this.#evaluator;
    const bias = this.#bias?.values;
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < heads; head++) {
        if (bias) this.outputs[at++] = bias[head];
        for (let item = 0; item < items; item++) this.outputs[at++] = scores[(row * items + item) * scoreStride + head];
      }
    }
  }

  #scatterGradients(rows: number, wantBiasGradients: boolean): void {
    const heads = this.#heads;
    const { items } = this.#layout;
    const { outputGradients: scores, outputStride: scoreStride } = this.#evaluator;
    const bias = this.#bias?.gradients;
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < heads; head++) {
        if (bias) {
          if (wantBiasGradients) bias[head] += this.outputGradients[at];
          at++;
        }
        for (let item = 0; item < items; item++) {
          scores[(row * items + item) * scoreStride + head] = this.outputGradients[at++];
        }
      }
    }
  }

  #poolOutputs(rows: number): void {
    const heads = this.#heads;
    const { items } = this.#layout;
    const { outputs: scores, outputStride: scoreStride } = this.#evaluator;
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < heads; head++) {
        let sum = 0;
        for (let item = 0; item < items; item++) sum += scores[(row * items + item) * scoreStride + head];
        this.outputs[row * heads + head] = sum / items;
      }
    }
  }

  #spreadGradients(rows: number): void {
    const heads = this.#heads;
    const { items } = this.#layout;
    const { outputGradients: scores, outputStride: scoreStride } = this.#evaluator;
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < heads; head++) {
        const gradient = this.outputGradients[row * heads + head] / items;
        for (let item = 0; item < items; item++) scores[(row * items + item) * scoreStride + head] = gradient;
      }
    }
  }

  #gatherInputGradients(rows: number): void {
    const { inputGradients, inputStride } = this;
    const { items, width } = this.#layout;
    const { inputGradients: from, inputStride: fromStride } = this.#evaluator;
    for (let row = 0; row < rows; row++) {
      const common = row * inputStride;
      for (let i = 0; i < width; i++) inputGradients[common + i] = 0;
      for (let item = 0; item < items; item++) {
        const own = common + (item + 1) * width;
        const at = (row * items + item) * fromStride;
        for (let i = 0; i < width; i++) {
          inputGradients[own + i] = from[at + i];
          inputGradients[common + i] += from[at + width + i];
        }
      }
    }
  }
}
