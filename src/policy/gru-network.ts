import type { MlpSpec, Network } from '../engine/engine.ts';

/** The linear parts of a GRU of `size` units and what reads its state. */
export interface GruParts {
  /** Observation to 3 x size numbers: W x + b of the reset gate, the update gate and the candidate. */
  readonly input: Network;
  /** State to 3 x size numbers, in the same order: U h + c. */
  readonly recurrent: Network;
  /** State to outputs. */
  readonly head: Network;
}

/**
 * A network that remembers: a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) whose state is read by a
 * multilayer perceptron. The reset gate acts on the product U h, as in PyTorch and cuDNN, so that one product serves
 * all three:
 *
 *     r = sigmoid(W_r x + b_r + U_r h + c_r)
 *     z = sigmoid(W_z x + b_z + U_z h + c_z)
 *     n = tanh(W_n x + b_n + r (U_n h + c_n))
 *     h' = (1 - z) n + z h
 *
 * A row either begins from a state that is given, or follows the row before it: rows of one sequence stand one after
 * another, in time. Each must be told which by `begin` or `follow` before every `forward`. Gradients flow back through
 * time to where a sequence begins.
 *
 * Rows at the same distance from where they began are handled at once, so many sequences are faster than a long one.
 */
export class GruNetwork implements Network {
  readonly spec: MlpSpec;
  readonly inputs: Float32Array;
  readonly inputStride: number;
  readonly features: Float32Array;
  readonly featureStride: number;
  readonly outputs: Float32Array;
  readonly outputStride: number;
  readonly outputGradients: Float32Array;
  readonly inputGradients: Float32Array;
  /** Numbers of a row's state. */
  readonly stateSize: number;
  readonly #input: Network;
  readonly #recurrent: Network;
  readonly #head: Network;
  /** 1 where a row begins from its row of `initialStates`. */
  readonly #begins: Uint8Array;
  readonly #initialStates: Float32Array;
  /** r, z and n of each row, one after the other. */
  readonly #gates: Float32Array;
  /** Rows by age, how many rows before them are of their sequence: age a is rowsByAge[starts[a]..starts[a + 1]). */
  readonly #rowsByAge: Int32Array;
  readonly #starts: Int32Array;
  #ages = 0;

  /** @param maxRows the most rows of a pass, which each part can hold */
  constructor({ input, recurrent, head }: GruParts, maxRows: number) {
    this.#input = input;
    this.#recurrent = recurrent;
    this.#head = head;
    this.spec = head.spec;
    this.stateSize = recurrent.spec.sizes[0];
    this.inputs = input.inputs;
    this.inputStride = input.inputStride;
    this.inputGradients = input.inputGradients;
    this.features = head.features;
    this.featureStride = head.featureStride;
    this.outputs = head.outputs;
    this.outputStride = head.outputStride;
    this.outputGradients = head.outputGradients;
    this.#begins = new Uint8Array(maxRows);
    this.#initialStates = new Float32Array(maxRows * this.stateSize);
    this.#gates = new Float32Array(maxRows * 3 * this.stateSize);
    this.#rowsByAge = new Int32Array(maxRows);
    this.#starts = new Int32Array(maxRows + 1);
  }

  /** Row `row` begins from the state at `states[at..]`. */
  begin(row: number, states: Float32Array, at: number): void {
    const size = this.stateSize;
    const to = row * size;
    this.#begins[row] = 1;
    for (let j = 0; j < size; j++) this.#initialStates[to + j] = states[at + j];
  }

  /** Row `row` goes on from the state after the row before it. */
  follow(row: number): void {
    this.#begins[row] = 0;
  }

  /** Writes the state after `row`, as the last pass left it, to `states[at..]`. */
  stateAfter(row: number, states: Float32Array, at: number): void {
    const { inputs, inputStride } = this.#head;
    const from = row * inputStride;
    for (let j = 0; j < this.stateSize; j++) states[at + j] = inputs[from + j];
  }

  forward(rows: number): void {
    this.#sortByAge(rows);
    this.#input.forward(rows);
    for (let age = 0; age < this.#ages; age++) {
      this.#multiplyStates(age);
      this.#passGates(age);
    }
    this.#head.forward(rows);
  }

  backward(rows: number, wantInputGradients = false): void {
    this.#head.backward(rows, true);
    for (let age = this.#ages - 1; age >= 0; age--) {
      // A network remembers its last pass only.
      this.#multiplyStates(age);
      this.#differentiateGates(age);
      this.#recurrent.backward(this.#starts[age + 1] - this.#starts[age], age > 0);
      if (age > 0) this.#passBack(age);
    }
    this.#input.backward(rows, wantInputGradients);
  }

  #sortByAge(rows: number): void {
    const begins = this.#begins;
    const starts = this.#starts;
    if (rows > 0 && !begins[0]) throw new RangeError('row 0 follows no other: begin it from a state');
    starts.fill(0, 0, rows + 1);
    this.#ages = 0;
    for (let row = 0, age = 0; row < rows; row++, age++) {
      if (begins[row]) age = 0;
      starts[age + 1]++;
      this.#ages = Math.max(this.#ages, age + 1);
    }
    for (let age = 0; age < this.#ages; age++) starts[age + 1] += starts[age];
    for (let row = 0, age = 0; row < rows; row++, age++) {
      if (begins[row]) age = 0;
      this.#rowsByAge[starts[age]++] = row;
    }
    // Counting up has moved each start to the next one.
    for (let age = this.#ages; age > 0; age--) starts[age] = starts[age - 1];
    starts[0] = 0;
    // Whoever forgets to load states for the next pass is told, and does not act on those of this one.
    begins.fill(0, 0, rows);
  }

  /** U h + c of all rows of an age, h being the state before them. */
  #multiplyStates(age: number): void {
    const size = this.stateSize;
    const { inputs, inputStride } = this.#recurrent;
    const { inputs: states, inputStride: stateStride } = this.#head;
    const first = this.#starts[age];
    const count = this.#starts[age + 1] - first;
    for (let k = 0; k < count; k++) {
      const row = this.#rowsByAge[first + k];
      const at = k * inputStride;
      const source = age === 0 ? this.#initialStates : states;
      const from = age === 0 ? row * size : (row - 1) * stateStride;
      for (let j = 0; j < size; j++) inputs[at + j] = source[from + j];
    }
    this.#recurrent.forward(count);
  }

  #passGates(age: number): void {
    const size = this.stateSize;
    const gates = this.#gates;
    const { outputs: fromInput, outputStride: inputStride } = this.#input;
    const { inputs: before, inputStride: beforeStride } = this.#recurrent;
    const { outputs: fromState, outputStride: recurrentStride } = this.#recurrent;
    const { inputs: states, inputStride: stateStride } = this.#head;
    const first = this.#starts[age];
    const count = this.#starts[age + 1] - first;
    for (let k = 0; k < count; k++) {
      const row = this.#rowsByAge[first + k];
      const x = row * inputStride;
      const u = k * recurrentStride;
      const g = row * 3 * size;
      const h = k * beforeStride;
      const to = row * stateStride;
      for (let j = 0; j < size; j++) {
        const r = sigmoid(fromInput[x + j] + fromState[u + j]);
        const z = sigmoid(fromInput[x + size + j] + fromState[u + size + j]);
        const n = tanh(fromInput[x + 2 * size + j] + r * fromState[u + 2 * size + j]);
        gates[g + j] = r;
        gates[g + size + j] = z;
        gates[g + 2 * size + j] = n;
        states[to + j] = (1 - z) * n + z * before[h + j];
      }
    }
  }

  /** dLoss/dState of the rows of an age, complete by now, to the gradients of both products. */
  #differentiateGates(age: number): void {
    const size = this.stateSize;
    const gates = this.#gates;
    const { outputGradients: dInput, outputStride: inputStride } = this.#input;
    const { inputs: before, inputStride: beforeStride } = this.#recurrent;
    const { outputs: fromState, outputGradients: dRecurrent, outputStride: recurrentStride } = this.#recurrent;
    const { inputGradients: dStates, inputStride: stateStride } = this.#head;
    const first = this.#starts[age];
    const count = this.#starts[age + 1] - first;
    for (let k = 0; k < count; k++) {
      const row = this.#rowsByAge[first + k];
      const x = row * inputStride;
      const u = k * recurrentStride;
      const g = row * 3 * size;
      const h = k * beforeStride;
      const from = row * stateStride;
      for (let j = 0; j < size; j++) {
        const r = gates[g + j];
        const z = gates[g + size + j];
        const n = gates[g + 2 * size + j];
        const dState = dStates[from + j];
        const dCandidate = dState * (1 - z) * (1 - n * n);
        const dReset = dCandidate * fromState[u + 2 * size + j] * r * (1 - r);
        const dUpdate = dState * (before[h + j] - n) * z * (1 - z);
        dInput[x + j] = dReset;
        dInput[x + size + j] = dUpdate;
        dInput[x + 2 * size + j] = dCandidate;
        dRecurrent[u + j] = dReset;
        dRecurrent[u + size + j] = dUpdate;
        dRecurrent[u + 2 * size + j] = dCandidate * r;
      }
    }
  }

  /** Adds dLoss/dState of the rows before those of an age: by way of the products and by z h. */
  #passBack(age: number): void {
    const size = this.stateSize;
    const gates = this.#gates;
    const { inputGradients: dBefore, inputStride: beforeStride } = this.#recurrent;
    const { inputGradients: dStates, inputStride: stateStride } = this.#head;
    const first = this.#starts[age];
    const count = this.#starts[age + 1] - first;
    for (let k = 0; k < count; k++) {
      const row = this.#rowsByAge[first + k];
      const z = (3 * row + 1) * size;
      const h = k * beforeStride;
      const from = row * stateStride;
      const to = from - stateStride;
      for (let j = 0; j < size; j++) dStates[to + j] += dBefore[h + j] + gates[z + j] * dStates[from + j];
    }
  }
}

function sigmoid(x: number): number {
  return 0.5 + 0.5 * tanh(0.5 * x);
}

/** As in the kernels, a ratio of polynomials that is within 3e-7, at a quarter of the time of `Math.tanh`. */
function tanh(x: number): number {
  const y = Math.min(Math.max(x, -8), 8);
  const t = y * y;
  const p = (((1.59918763e-8 * t + 2.29893503e-5) * t + 3.75017524e-3) * t + 0.141167209) * t + 1.05;
  const q = (((8.94854395e-7 * t + 3.58185236e-4) * t + 2.74726544e-2) * t + 0.491167158) * t + 1.05;
  return (y * p) / q;
}
