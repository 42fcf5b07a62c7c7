import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { Random } from '../../src/core/random.ts';
import type { Activation, Model, Network } from '../../src/engine/engine.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import type { KernelBuild } from '../../src/engine/wasm/runtime.ts';
import { testUnless } from '../optional.ts';
import { builds, noNative } from './builds.ts';
import { centralDifference, referenceForward, referenceOf } from './reference.ts';

// No advice about other backends.
tf.enableProdMode();

const activations: Activation[] = ['tanh', 'relu', 'silu', 'none'];

/** Odd widths, narrow and wide heads, no hidden layer, deep, a width past the first cache, rows of all remainders. */
const shapes: { sizes: number[]; rows: number }[] = [
  { sizes: [4, 64, 64, 2], rows: 64 },
  { sizes: [4, 64, 64, 1], rows: 8 },
  { sizes: [3, 2], rows: 5 },
  { sizes: [1, 1], rows: 1 },
  { sizes: [1, 7, 1], rows: 3 },
  { sizes: [17, 3, 33, 5], rows: 70 },
  { sizes: [9, 12, 4, 3, 6, 8], rows: 6 },
  { sizes: [5, 130, 3], rows: 131 },
  { sizes: [31, 9, 4], rows: 65 },
  { sizes: [2, 128, 6], rows: 12 },
];

function fill(target: Float32Array, stride: number, width: number, rows: number, random: Random): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) target[row * stride + i] = random.normal();
  }
}

function rowsOf(matrix: Float32Array, stride: number, width: number, rows: number): number[][] {
  return Array.from({ length: rows }, (_, row) => Array.from(matrix.subarray(row * stride, row * stride + width)));
}

/** A model with random weights and biases, its network `net`, and inputs and output gradients filled in. */
function prepare(kernels: KernelBuild, sizes: number[], activation: Activation, rows: number, seed = 1) {
  const random = new Random(seed);
  const engine = createCpuEngine({ kernels });
  const model = engine.createModel(
    { networks: { net: { sizes, activation, outputGain: 1 } }, maxRows: rows + 2 },
    random,
  );
  const tensors = model.getTensors();
  for (const { shape, data } of Object.values(tensors)) {
    if (shape.length === 1) for (let i = 0; i < data.length; i++) data[i] = 0.5 * random.normal();
  }
  model.setTensors(tensors);
  const network = model.networks.net;
  fill(network.inputs, network.inputStride, sizes[0], rows, random);
  fill(network.outputGradients, network.outputStride, sizes.at(-1)!, rows, random);
  return { model, network, random };
}

/** Parameter gradients by name, as one plain Adam step shows them: the first moment is 0.1 g. */
function gradientsOf(model: Model): Record<string, number[]> {
  const state = model.getOptimiserState();
  model.adamStep({ learningRate: 0, maxGradientNorm: Infinity });
  const { firstMoments } = model.getOptimiserState();
  model.setOptimiserState(state);
  return Object.fromEntries(
    Object.entries(firstMoments).map(([name, { data }]) => [name, Array.from(data, (value) => value / 0.1)]),
  );
}

/** Largest difference in units of (1 + the largest magnitude expected). */
function error(actual: number[], expected: number[]): number {
  expect(actual.length).toBe(expected.length);
  const scale = 1 + expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return actual.reduce((largest, value, i) => {
    return Math.max(largest, Math.abs(value - expected[i]) / scale);
  }, 0);
}

function outputsOf(network: Network, rows: number): number[] {
  return rowsOf(network.outputs, network.outputStride, network.spec.sizes.at(-1)!, rows).flat();
}

describe.each(builds)('%s kernels', (kernels) => {
  describe.each(activations)('%s', (activation) => {
    test.each(shapes)('outputs equal those in double precision: $sizes, $rows rows', ({ sizes, rows }) => {
      const { model, network } = prepare(kernels, sizes, activation, rows);
      network.forward(rows);
      const reference = referenceOf('net', sizes, activation, model.getTensors());
      const inputs = rowsOf(network.inputs, network.inputStride, sizes[0], rows);
      const expected = inputs.flatMap((row) => Array.from(referenceForward(reference, row)));
      expect(error(outputsOf(network, rows), expected)).toBeLessThan(3e-6);
      model.dispose();
    });

    test('gradients equal finite differences', () => {
      const sizes = [3, 9, 5, 2];
      const rows = 7;
      const { model, network } = prepare(kernels, sizes, activation, rows);
      network.forward(rows);
      network.backward(rows, true);
      const gradients = gradientsOf(model);

      const reference = referenceOf('net', sizes, activation, model.getTensors());
      const inputs = rowsOf(network.inputs, network.inputStride, sizes[0], rows).map((row) => Float64Array.from(row));
      const outputGradients = rowsOf(network.outputGradients, network.outputStride, 2, rows);
      const loss = () => {
        let sum = 0;
        inputs.forEach((row, r) => {
          referenceForward(reference, row).forEach((output, i) => {
            sum += output * outputGradients[r][i];
          });
        });
        return sum;
      };
      const differences = (array: Float64Array) => Array.from(array, (_, i) => centralDifference(array, i, loss));

      for (let layer = 0; layer < sizes.length - 1; layer++) {
        const weights = differences(reference.weights[layer]);
        const biases = differences(reference.biases[layer]);
        expect(error(gradients[`net.${layer}.weight`], weights)).toBeLessThan(5e-6);
        expect(error(gradients[`net.${layer}.bias`], biases)).toBeLessThan(5e-6);
      }
      const inputGradients = rowsOf(network.inputGradients, network.inputStride, sizes[0], rows).flat();
      expect(error(inputGradients, inputs.flatMap(differences))).toBeLessThan(5e-6);
      model.dispose();
    });

    test.each(shapes)('gradients equal those of TensorFlow.js: $sizes, $rows rows', async ({ sizes, rows }) => {
      await tf.setBackend('cpu');
      const { model, network } = prepare(kernels, sizes, activation, rows, 2);
      network.forward(rows);
      network.backward(rows, true);
      const gradients = gradientsOf(model);
      const inputGradients = rowsOf(network.inputGradients, network.inputStride, sizes[0], rows).flat();

      const weightsAndBiases = Object.entries(model.getTensors());
      const inputs = tf.tensor2d(rowsOf(network.inputs, network.inputStride, sizes[0], rows));
      const outputGradients = tf.tensor2d(rowsOf(network.outputGradients, network.outputStride, sizes.at(-1)!, rows));
      const parameters = weightsAndBiases.map(([, { shape, data }]) => tf.tensor(Array.from(data), [...shape]));
      const layers = sizes.length - 1;
      const forward = (x: tf.Tensor, ...values: tf.Tensor[]) => {
        let y = x;
        for (let layer = 0; layer < layers; layer++) {
          y = tf.add(tf.matMul(y as tf.Tensor2D, values[2 * layer] as tf.Tensor2D), values[2 * layer + 1]);
          if (layer === layers - 1) break;
          if (activation === 'tanh') y = tf.tanh(y);
          if (activation === 'relu') y = tf.relu(y);
          if (activation === 'silu') y = tf.mul(y, tf.sigmoid(y));
        }
        return y;
      };
      const [dInputs, ...dParameters] = tf.grads(forward)([inputs, ...parameters], outputGradients);
      expect(error(inputGradients, Array.from(dInputs.dataSync()))).toBeLessThan(1e-5);
      weightsAndBiases.forEach(([name], i) => {
        expect(error(gradients[name], Array.from(dParameters[i].dataSync()))).toBeLessThan(1e-5);
      });
      model.dispose();
    });
  });

  test('tanh stays within 4e-7 of the true one, within [-1, 1], and keeps NaN', () => {
    const rows = 40_001;
    const { model, network } = prepare(kernels, [1, 1, 1], 'tanh', rows);
    const one = () => ({ shape: [1, 1], data: Float32Array.of(1) });
    const zero = () => ({ shape: [1], data: Float32Array.of(0) });
    model.setTensors({ 'net.0.weight': one(), 'net.0.bias': zero(), 'net.1.weight': one(), 'net.1.bias': zero() });
    const { inputs, inputStride, outputs, outputStride } = network;
    for (let row = 0; row < rows; row++) inputs[row * inputStride] = (row - 20_000) / 2000;
    inputs[0] = Number.NaN;
    inputs[inputStride] = -1e30;
    inputs[2 * inputStride] = Infinity;
    network.forward(rows);
    expect(outputs[0]).toBeNaN();
    expect(outputs[20_000 * outputStride]).toBe(0);
    let worst = 0;
    let largest = 0;
    for (let row = 1; row < rows; row++) {
      const output = outputs[row * outputStride];
      worst = Math.max(worst, Math.abs(output - Math.tanh(inputs[row * inputStride])));
      largest = Math.max(largest, Math.abs(output));
    }
    expect(worst).toBeLessThan(4e-7);
    expect(largest).toBeLessThanOrEqual(1);
    model.dispose();
  });

  test('silu and its derivative are exact to 1e-6, relatively where they are small', () => {
    const rows = 4001;
    const { model, network } = prepare(kernels, [1, 1, 1], 'silu', rows);
    const one = () => ({ shape: [1, 1], data: Float32Array.of(1) });
    const zero = () => ({ shape: [1], data: Float32Array.of(0) });
    model.setTensors({ 'net.0.weight': one(), 'net.0.bias': zero(), 'net.1.weight': one(), 'net.1.bias': zero() });
    const { inputs, inputStride, outputs, outputStride, outputGradients, inputGradients } = network;
    for (let row = 0; row < rows; row++) {
      inputs[row * inputStride] = (row - 2000) / 50;
      outputGradients[row * outputStride] = 1;
    }
    network.forward(rows);
    network.backward(rows, true);
    for (let row = 0; row < rows; row++) {
      const x = inputs[row * inputStride];
      const sigmoid = 1 / (1 + Math.exp(-x));
      const derivative = sigmoid * (1 + x * (1 - sigmoid));
      expect(Math.abs(outputs[row * outputStride] - x * sigmoid)).toBeLessThanOrEqual(1e-6 * Math.abs(x * sigmoid));
      expect(Math.abs(inputGradients[row * inputStride] - derivative)).toBeLessThan(1e-6);
    }
    model.dispose();
  });

  test('a row gives the same bytes alone, in any batch, and again', () => {
    const sizes = [5, 64, 17, 3];
    const { model, network } = prepare(kernels, sizes, 'tanh', 66);
    const inputs = rowsOf(network.inputs, network.inputStride, 5, 66);
    network.forward(66);
    const together = outputsOf(network, 66);
    for (const row of [0, 1, 37, 65]) {
      network.inputs.set(inputs[row], 0);
      network.forward(1);
      expect(outputsOf(network, 1)).toEqual(together.slice(row * 3, row * 3 + 3));
    }
    network.inputs.set(inputs[0], 0);
    network.forward(66);
    expect(outputsOf(network, 66)).toEqual(together);
    model.dispose();
  });

  test('gradients of chunks add up to those of the whole', () => {
    const sizes = [6, 32, 32, 3];
    const { model, network } = prepare(kernels, sizes, 'tanh', 96);
    const inputs = rowsOf(network.inputs, network.inputStride, 6, 96);
    const outputGradients = rowsOf(network.outputGradients, network.outputStride, 3, 96);
    network.forward(96);
    network.backward(96);
    const whole = gradientsOf(model);
    model.zeroGradients();
    for (const [from, to] of [
      [0, 10],
      [10, 61],
      [61, 96],
    ]) {
      for (let row = from; row < to; row++) {
        network.inputs.set(inputs[row], (row - from) * network.inputStride);
        network.outputGradients.set(outputGradients[row], (row - from) * network.outputStride);
      }
      network.forward(to - from);
      network.backward(to - from);
    }
    const parts = gradientsOf(model);
    for (const name of Object.keys(whole)) expect(error(parts[name], whole[name])).toBeLessThan(2e-6);
    model.dispose();
  });

  test.each(activations)('input gradients alone are the same and leave the parameters out, %s', (activation) => {
    const { model, network, random } = prepare(kernels, [5, 33, 17, 3], activation, 13);
    const outputGradients = network.outputGradients.slice();
    network.forward(13);
    network.backward(13, true);
    const inputGradients = network.inputGradients.slice();
    const parameterGradients = gradientsOf(model);
    fill(network.outputGradients, network.outputStride, 3, 13, random);
    network.backward(13, true, false);
    expect(Array.from(network.inputGradients)).not.toEqual(Array.from(inputGradients));
    network.outputGradients.set(outputGradients);
    network.backward(13, true, false);
    expect(Array.from(network.inputGradients)).toEqual(Array.from(inputGradients));
    expect(gradientsOf(model)).toEqual(parameterGradients);
    model.dispose();
  });

  test('more rows than the model holds are refused', () => {
    const { model, network } = prepare(kernels, [2, 3], 'tanh', 4);
    expect(() => network.forward(7)).toThrow(RangeError);
    expect(() => network.backward(Number.NaN)).toThrow(RangeError);
    model.dispose();
  });
});

describe.each(activations)('native kernels and those of WebAssembly, %s', (activation) => {
  testUnless(noNative)('give the same numbers to the last bit', () => {
    for (const { sizes, rows } of [
      ...shapes,
      { sizes: [17, 256, 256, 6], rows: 50 },
      { sizes: [40, 88, 24], rows: 20 },
    ]) {
      const outcomes = (['native', 'relaxed'] as const).map((kernels) => {
        const { model, network } = prepare(kernels, sizes, activation, rows);
        for (let step = 0; step < 3; step++) {
          network.forward(rows);
          network.backward(rows, true);
          model.adamStep({ learningRate: 0.01, maxGradientNorm: 0.5 });
        }
        const norm = model.adamStep({ learningRate: 0.01, maxGradientNorm: 0.5 });
        const { inputGradients, inputStride, outputs, outputStride } = network;
        const outcome = {
          norm,
          outputs: rowsOf(outputs, outputStride, sizes.at(-1)!, rows),
          inputGradients: rowsOf(inputGradients, inputStride, sizes[0], rows),
          tensors: model.getTensors(),
          optimiser: model.getOptimiserState(),
        };
        model.dispose();
        return outcome;
      });
      expect(outcomes[0]).toEqual(outcomes[1]);
    }
  });
});
