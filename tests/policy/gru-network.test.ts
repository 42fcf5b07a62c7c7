import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';
import { Random } from '../../src/core/random.ts';
import { createCpuEngine, type Model, type Tensor } from '../../src/engine/index.ts';
import { GruNetwork } from '../../src/policy/gru-network.ts';
import { centralDifference } from '../engine/reference.ts';
import { testUnless } from '../optional.ts';
import { pythonOrReason } from '../python.ts';

const sizes = { input: 3, state: 5, hidden: 4, output: 2 };
/** Sequences of 4, 1, 3 and 2 rows. */
const begins = [1, 0, 0, 0, 1, 1, 0, 0, 1, 0];
const rows = begins.length;

const { python, reason } = pythonOrReason();

function createNetwork(maxRows = 16): { model: Model; network: GruNetwork } {
  const { input, state, hidden, output } = sizes;
  const linear = (from: number) => ({ sizes: [from, 3 * state], activation: 'none' as const, outputGain: 2 });
  const model = createCpuEngine().createModel(
    {
      networks: {
        'net.input': linear(input),
        'net.recurrent': linear(state),
        'net.head': { sizes: [state, hidden, output], activation: 'tanh', outputGain: 1 },
      },
      maxRows,
    },
    new Random(1),
  );
  const random = new Random(2);
  const tensors = model.getTensors();
  for (const [name, { data }] of Object.entries(tensors)) {
    if (name.endsWith('bias')) for (let i = 0; i < data.length; i++) data[i] = 0.5 * random.normal();
  }
  model.setTensors(tensors);
  const part = (name: string) => model.networks[`net.${name}`];
  return {
    model,
    network: new GruNetwork({ input: part('input'), recurrent: part('recurrent'), head: part('head') }, maxRows),
  };
}

const random = new Random(3);
const observations = Float32Array.from({ length: rows * sizes.input }, () => random.normal());
const states = Float32Array.from({ length: rows * sizes.state }, () => 0.5 * random.normal());
const weighting = Float32Array.from({ length: rows * sizes.output }, () => random.normal());

/** Puts rows `from..to` of the material above into the first rows of the network. */
function load(network: GruNetwork, from = 0, to = rows): void {
  for (let row = from; row < to; row++) {
    const at = row - from;
    for (let i = 0; i < sizes.input; i++) {
      network.inputs[at * network.inputStride + i] = observations[row * sizes.input + i];
    }
    for (let i = 0; i < sizes.output; i++) {
      network.outputGradients[at * network.outputStride + i] = weighting[row * sizes.output + i];
    }
    if (begins[row]) network.begin(at, states, row * sizes.state);
    else network.follow(at);
  }
}

function rowsOf(block: Float32Array, stride: number, width: number, count: number): number[][] {
  return Array.from({ length: count }, (_, row) => Array.from(block.subarray(row * stride, row * stride + width)));
}

/** A first step of Adam keeps a tenth of the gradient as its first moment. */
function gradientsOf(model: Model): Record<string, Tensor> {
  model.adamStep({ learningRate: 0, maxGradientNorm: Infinity });
  const { firstMoments } = model.getOptimiserState();
  for (const { data } of Object.values(firstMoments)) for (let i = 0; i < data.length; i++) data[i] *= 10;
  return firstMoments;
}

function nested({ shape, data }: Tensor): number[] | number[][] {
  return shape.length === 1 ? Array.from(data) : rowsOf(data, shape[1], shape[1], shape[0]);
}

function largestDifference(a: readonly (number | number[])[], b: readonly (number | number[])[]): number {
  const [left, right] = [a.flat(), b.flat()];
  expect(left.length).toBe(right.length);
  return Math.max(...left.map((value, i) => Math.abs(value - right[i])));
}

describe('a GRU', () => {
  testUnless(reason)(
    'gives the outputs and all gradients of PyTorch',
    () => {
      const { model, network } = createNetwork();
      const tensors = model.getTensors();
      const given = {
        weights: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nested(tensor)])),
        inputs: rowsOf(observations, sizes.input, sizes.input, rows),
        states: rowsOf(states, sizes.state, sizes.state, rows),
        outputGradients: rowsOf(weighting, sizes.output, sizes.output, rows),
        begins,
      };
      const { stdout, stderr, status } = spawnSync(
        python as string,
        [packagePath('tests', 'policy', 'gru_reference.py')],
        { encoding: 'utf8', input: JSON.stringify(given) },
      );
      if (status !== 0) throw new Error(stderr);
      const expected = JSON.parse(stdout);

      model.zeroGradients();
      load(network);
      network.forward(rows);
      const outputs = rowsOf(network.outputs, network.outputStride, sizes.output, rows);
      network.backward(rows, true);
      const inputGradients = rowsOf(network.inputGradients, network.inputStride, sizes.input, rows);
      expect(largestDifference(outputs, expected.outputs)).toBeLessThan(1e-5);
      expect(largestDifference(inputGradients, expected.inputGradients)).toBeLessThan(1e-5);
      const gradients = gradientsOf(model);
      expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [name, tensor] of Object.entries(gradients)) {
        expect(largestDifference(nested(tensor), expected.gradients[name])).toBeLessThan(1e-5);
      }
    },
    60_000,
  );

  test('has the gradients that finite differences through time have', () => {
    const { model, network } = createNetwork();
    const loss = (): number => {
      load(network);
      network.forward(rows);
      const outputs = rowsOf(network.outputs, network.outputStride, sizes.output, rows).flat();
      return outputs.reduce((sum, value, i) => sum + value * weighting[i], 0);
    };
    model.zeroGradients();
    loss();
    network.backward(rows, true);
    const inputGradients = rowsOf(network.inputGradients, network.inputStride, sizes.input, rows).flat();
    observations.forEach((_, i) => {
      expect(Math.abs(centralDifference(observations, i, loss, 1e-2) - inputGradients[i])).toBeLessThan(2e-3);
    });
    const gradients = gradientsOf(model);
    const tensors = model.getTensors();
    for (const [name, { data }] of Object.entries(tensors)) {
      for (let i = 0; i < data.length; i += 3) {
        const slope = centralDifference(
          data,
          i,
          () => {
            model.setTensors(tensors);
            return loss();
          },
          1e-2,
        );
        expect(Math.abs(slope - gradients[name].data[i])).toBeLessThan(5e-3);
      }
    }
  });

  test('row by row, with the state handed on, gives the same bits as whole sequences', () => {
    const { network } = createNetwork();
    load(network);
    network.forward(rows);
    const whole = rowsOf(network.outputs, network.outputStride, sizes.output, rows);
    const last = new Float32Array(sizes.state);
    network.stateAfter(rows - 1, last, 0);

    const state = new Float32Array(sizes.state);
    for (let row = 0; row < rows; row++) {
      load(network, row, row + 1);
      if (!begins[row]) network.begin(0, state, 0);
      network.forward(1);
      network.stateAfter(0, state, 0);
      expect(rowsOf(network.outputs, network.outputStride, sizes.output, 1)[0]).toEqual(whole[row]);
    }
    expect(state).toEqual(last);
  });

  test('a row that begins within a pass cuts it: outputs and gradients are those of two passes', () => {
    const { model, network } = createNetwork();
    const passed = (...cuts: number[]): { outputs: number[][]; gradients: Record<string, Tensor> } => {
      model.setOptimiserState({ ...model.getOptimiserState(), step: 0, ...zeroMoments(model) });
      model.zeroGradients();
      const outputs: number[][] = [];
      cuts.forEach((from, i) => {
        const to = cuts[i + 1] ?? rows;
        load(network, from, to);
        network.forward(to - from);
        outputs.push(...rowsOf(network.outputs, network.outputStride, sizes.output, to - from));
        network.backward(to - from);
      });
      return { outputs, gradients: gradientsOf(model) };
    };
    const together = passed(0);
    const apart = passed(0, 4, 5, 8);
    expect(apart.outputs).toEqual(together.outputs);
    for (const [name, tensor] of Object.entries(together.gradients)) {
      expect(largestDifference(nested(tensor), nested(apart.gradients[name]))).toBeLessThan(1e-5);
    }
  });

  test('refuses a first row that follows no other', () => {
    const { network } = createNetwork();
    load(network);
    network.follow(0);
    expect(() => network.forward(rows)).toThrow(/row 0 follows no other/);
  });

  test('does not begin a pass from the states of the one before', () => {
    const { network } = createNetwork();
    load(network);
    network.forward(rows);
    expect(() => network.forward(rows)).toThrow(/row 0 follows no other/);
  });
});

function zeroMoments(model: Model) {
  const zeros = (tensors: Record<string, Tensor>) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]),
    );
  const { firstMoments, secondMoments } = model.getOptimiserState();
  return { firstMoments: zeros(firstMoments), secondMoments: zeros(secondMoments) };
}
