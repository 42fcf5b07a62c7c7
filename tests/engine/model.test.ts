import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import type { Model, Network } from '../../src/engine/engine.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { type KernelBuild, wasmRuntime } from '../../src/engine/wasm/runtime.ts';
import { testUnless } from '../optional.ts';
import { builds, noNative } from './builds.ts';

function createModel(kernels: KernelBuild, seed = 1): Model {
  return createCpuEngine({ kernels }).createModel(
    {
      networks: {
        actor: { sizes: [3, 17, 2], activation: 'tanh', outputGain: 0.01 },
        critic: { sizes: [3, 9, 1], activation: 'silu', outputGain: 1 },
      },
      vectors: { logStd: [-0.5, 0.25] },
      maxRows: 16,
    },
    new Random(seed),
  );
}

/** One forward and backward pass on random rows, with gradients of the given size. */
function pass(model: Model, random: Random, scale = 1): void {
  for (const network of Object.values(model.networks)) {
    const { sizes } = network.spec;
    for (let row = 0; row < 10; row++) {
      for (let i = 0; i < sizes[0]; i++) network.inputs[row * network.inputStride + i] = random.normal();
      for (let i = 0; i < sizes.at(-1)!; i++) {
        network.outputGradients[row * network.outputStride + i] = scale * random.normal();
      }
    }
    network.forward(10);
    network.backward(10);
  }
  for (const { gradients } of Object.values(model.vectors)) {
    for (let i = 0; i < gradients.length; i++) gradients[i] += scale * random.normal();
  }
}

/** A model of nothing but numbers, whose gradients the test sets. */
function vectorModel(kernels: KernelBuild, values: number[]): Model {
  return createCpuEngine({ kernels }).createModel({ networks: {}, vectors: { x: values }, maxRows: 1 }, new Random(0));
}

// No advice about other backends.
tf.enableProdMode();

describe.each(builds)('%s kernels', (kernels) => {
  test('Adam follows its recursion in double precision over 200 clipped steps', () => {
    const random = new Random(3);
    const start = Array.from({ length: 37 }, () => random.normal());
    const model = vectorModel(kernels, start);
    const { values, gradients } = model.vectors.x;
    const [beta1, beta2, epsilon, maxNorm] = [0.8, 0.99, 1e-7, 3];
    const x = Float64Array.from(values);
    const m = new Float64Array(37);
    const v = new Float64Array(37);
    let clipped = 0;
    for (let step = 1; step <= 200; step++) {
      const learningRate = 0.01 / step;
      for (let i = 0; i < 37; i++) gradients[i] = random.normal() * (0.2 + (step % 3) * 0.3);
      const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));
      const clip = Math.min(1, maxNorm / (norm + 1e-6));
      if (clip < 1) clipped++;
      const told = model.adamStep({ learningRate, maxGradientNorm: maxNorm, beta1, beta2, epsilon });
      expect(told / norm).toBeCloseTo(1, 6);
      for (let i = 0; i < 37; i++) {
        const g = gradients[i] * clip;
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const mHat = m[i] / (1 - beta1 ** step);
        const vHat = v[i] / (1 - beta2 ** step);
        x[i] -= (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
      }
    }
    expect(clipped).toBeGreaterThan(50);
    expect(clipped).toBeLessThan(150);
    x.forEach((value, i) => {
      expect(Math.abs(values[i] - value)).toBeLessThan(3e-6);
    });
    model.dispose();
  });

  test('Adam agrees with TensorFlow.js where epsilon does not count', async () => {
    await tf.setBackend('cpu');
    const model = vectorModel(kernels, [0.5, -1.25, 3]);
    const { values, gradients } = model.vectors.x;
    const variable = tf.variable(tf.tensor1d([0.5, -1.25, 3]), true, 'x');
    const optimizer = tf.train.adam(0.05, 0.9, 0.999, 1e-8);
    for (let step = 0; step < 50; step++) {
      const g = [Math.cos(step), 1 + 0.1 * step, -0.3];
      gradients.set(g);
      model.adamStep({ learningRate: 0.05, maxGradientNorm: Infinity, epsilon: 1e-8 });
      optimizer.applyGradients({ x: tf.tensor1d(g) as unknown as tf.Variable });
    }
    const expected = Array.from(variable.dataSync());
    expected.forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 4);
    });
    variable.dispose();
    model.dispose();
  });

  test('the first steps of Adam, worked by hand', () => {
    // g = 2: m^ = 2, v^ = 4, so x = 1 - 0.1 * 2 / (2 + 0.5) = 0.92. Then g = -1: m = 0.9 * 0.2 - 0.1 = 0.08,
    // v = 0.999 * 0.004 + 0.001 = 0.004996, m^ = 0.08 / 0.19 = 0.4210526, v^ = 0.004996 / 0.001999 = 2.4992496,
    // x = 0.92 - 0.1 * 0.4210526 / (1.5809015 + 0.5) = 0.8997658.
    const model = vectorModel(kernels, [1]);
    const { values, gradients } = model.vectors.x;
    const options = { learningRate: 0.1, maxGradientNorm: Infinity, epsilon: 0.5 };
    gradients[0] = 2;
    expect(model.adamStep(options)).toBe(2);
    expect(values[0]).toBeCloseTo(0.92, 6);
    gradients[0] = -1;
    expect(model.adamStep(options)).toBe(1);
    expect(values[0]).toBeCloseTo(0.8997658, 6);
    model.dispose();
  });

  test('a norm that is not finite is told and changes nothing; a huge one is clipped', () => {
    const model = vectorModel(kernels, [1, 2, 3]);
    const { values, gradients } = model.vectors.x;
    const options = { learningRate: 0.1, maxGradientNorm: 1, epsilon: 1e-8 };
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      gradients.set([0.1, bad, 0.1]);
      expect(model.adamStep(options)).not.toBeLessThan(Infinity);
      expect(Array.from(values)).toEqual([1, 2, 3]);
      expect(model.getOptimiserState().step).toBe(0);
      expect(Array.from(model.getOptimiserState().firstMoments.x.data)).toEqual([0, 0, 0]);
    }
    gradients.set([3e30, 0, -4e30]);
    expect(model.adamStep(options) / 5e30).toBeCloseTo(1, 6);
    // The first step has the size of the learning rate, whatever the gradient.
    expect(values[0]).toBeCloseTo(0.9, 6);
    expect(values[2]).toBeCloseTo(3.1, 6);
    expect(Array.from(model.getOptimiserState().firstMoments.x.data, (m) => m.toFixed(6))).toEqual([
      '0.060000',
      '0.000000',
      '-0.080000',
    ]);
    model.dispose();
  });

  test('the norm spans all networks and vectors', () => {
    const model = createModel(kernels);
    pass(model, new Random(5));
    const norm = model.adamStep({ learningRate: 0, maxGradientNorm: Infinity });
    const { firstMoments } = model.getOptimiserState();
    let sum = 0;
    for (const { data } of Object.values(firstMoments)) for (const m of data) sum += (m / 0.1) ** 2;
    expect(norm / Math.sqrt(sum)).toBeCloseTo(1, 5);
    model.dispose();
  });

  test('zeroed gradients leave no trace', () => {
    const model = createModel(kernels);
    pass(model, new Random(5));
    model.zeroGradients();
    expect(model.adamStep({ learningRate: 0.1, maxGradientNorm: 1 })).toBe(0);
    model.dispose();
  });

  test('tensors make the round trip, unpadded, and are copies', () => {
    const model = createModel(kernels, 1);
    const tensors = model.getTensors();
    expect(Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))).toEqual({
      'actor.0.weight': [3, 17],
      'actor.0.bias': [17],
      'actor.1.weight': [17, 2],
      'actor.1.bias': [2],
      'critic.0.weight': [3, 9],
      'critic.0.bias': [9],
      'critic.1.weight': [9, 1],
      'critic.1.bias': [1],
      logStd: [2],
    });
    expect(Array.from(tensors.logStd.data)).toEqual([-0.5, 0.25]);
    let next = 1;
    for (const { data } of Object.values(tensors)) for (let i = 0; i < data.length; i++) data[i] = next++ / 7;
    expect(model.getTensors()).not.toEqual(tensors);
    const other = createModel(kernels, 2);
    other.setTensors(tensors);
    expect(other.getTensors()).toEqual(tensors);
    model.dispose();
    other.dispose();
  });

  test('weights and optimiser state carry a run on to the same bytes', () => {
    const options = { learningRate: 0.01, maxGradientNorm: 0.5 };
    const run = (model: Model, random: Random, steps: number) => {
      for (let i = 0; i < steps; i++) {
        model.zeroGradients();
        pass(model, random);
        model.adamStep(options);
      }
    };
    const whole = createModel(kernels, 1);
    run(whole, new Random(4), 20);

    const random = new Random(4);
    const first = createModel(kernels, 1);
    run(first, random, 8);
    const second = createModel(kernels, 9);
    pass(second, new Random(99));
    second.setTensors(first.getTensors());
    second.setOptimiserState(first.getOptimiserState());
    run(second, random, 12);
    expect(second.getTensors()).toEqual(whole.getTensors());
    expect(second.getOptimiserState()).toEqual(whole.getOptimiserState());
    for (const model of [whole, first, second]) model.dispose();
  });

  test('a model that approaches another goes so far towards it, in every number, and its passes follow', () => {
    const model = createModel(kernels, 1);
    const target = createModel(kernels, 2);
    pass(model, new Random(3));
    const [before, aim] = [model.getTensors(), target.getTensors()];
    model.approach(target, 0.25);
    const after = model.getTensors();
    for (const [name, { data }] of Object.entries(after)) {
      data.forEach((value, i) => {
        expect(value).toBeCloseTo(0.75 * before[name].data[i] + 0.25 * aim[name].data[i], 6);
      });
    }
    expect(target.getTensors()).toEqual(aim);

    // The weights transposed for the backward pass are those of now.
    const fresh = createModel(kernels, 4);
    fresh.setTensors(after);
    for (const { actor } of [model.networks, fresh.networks]) {
      actor.inputs.fill(0.5);
      actor.outputGradients.fill(1);
      actor.forward(4);
      actor.backward(4, true);
    }
    const firstRows = ({ inputGradients, inputStride }: Network) =>
      Array.from(inputGradients.subarray(0, 4 * inputStride));
    expect(firstRows(model.networks.actor)).toEqual(firstRows(fresh.networks.actor));

    model.approach(target, 1);
    for (const [name, { data }] of Object.entries(model.getTensors())) {
      data.forEach((value, i) => {
        expect(value).toBeCloseTo(aim[name].data[i], 6);
      });
    }
    const other = vectorModel(kernels, [1, 2]);
    expect(() => model.approach(other, 0.5)).toThrow(/same spec/);
    for (const used of [model, target, fresh, other]) used.dispose();
  });

  test('tensors of another model are refused, by name, and change nothing', () => {
    const model = createModel(kernels);
    const before = model.getTensors();
    const { 'critic.1.bias': _, ...lacking } = before;
    const wrongShape = { ...before, 'actor.1.weight': { shape: [2, 17], data: new Float32Array(34) } };
    const wrongLength = { ...before, logStd: { shape: [2], data: new Float32Array(3) } };
    const unknown = { ...before, 'actor.2.bias': { shape: [1], data: new Float32Array(1) } };
    expect(() => model.setTensors(lacking)).toThrow(/lack the tensor critic\.1\.bias/);
    expect(() => model.setTensors(wrongShape)).toThrow(/actor\.1\.weight.*\[17, 2\].*\[2, 17\]/);
    expect(() => model.setTensors(wrongLength)).toThrow(UserError);
    expect(() => model.setTensors(unknown)).toThrow(/actor\.2\.bias/);
    expect(() => model.setOptimiserState({ ...model.getOptimiserState(), secondMoments: lacking })).toThrow(UserError);
    expect(() => model.setOptimiserState({ ...model.getOptimiserState(), step: -1 })).toThrow(UserError);
    expect(model.getTensors()).toEqual(before);
    model.dispose();
  });

  test('padding stays zero over many steps', () => {
    const model = createModel(kernels);
    const random = new Random(6);
    for (let i = 0; i < 100; i++) {
      model.zeroGradients();
      pass(model, random, 10);
      model.adamStep({ learningRate: 0.05, maxGradientNorm: Infinity });
    }
    const padded = [
      ...Object.values(model.networks).flatMap((network) => [
        { rows: network.outputs, stride: network.outputStride, width: network.spec.sizes.at(-1)! },
        { rows: network.inputGradients, stride: network.inputStride, width: network.spec.sizes[0] },
      ]),
    ];
    for (const network of Object.values(model.networks)) network.backward(10, true);
    for (const { rows, stride, width } of padded) {
      expect(rows.some((value) => value !== 0)).toBe(true);
      expect(rows.every((value, i) => i % stride < width || value === 0)).toBe(true);
    }
    // The block of parameters is contiguous, the vectors last: what no tensor names is padding.
    const { values } = model.vectors.logStd;
    const named = Object.values(model.getTensors()).flatMap(({ data }) => Array.from(data));
    const start = values.byteOffset - parameterFloats * 4;
    const block = new Float32Array(values.buffer, start, parameterFloats + 16);
    const nonZero = (numbers: ArrayLike<number>) => Array.from(numbers).filter((value) => value !== 0).length;
    expect(nonZero(block)).toBe(nonZero(named));
    model.dispose();
  });

  test('memory of disposed models is used again', () => {
    const { allocator } = wasmRuntime(kernels);
    const used = allocator.used;
    createModel(kernels).dispose();
    const size = allocator.memory.buffer.byteLength;
    for (let i = 0; i < 200; i++) {
      const models = [createModel(kernels), createModel(kernels), createModel(kernels)];
      models[1].dispose();
      models[0].dispose();
      models[2].dispose();
    }
    expect(allocator.used).toBe(used);
    expect(allocator.memory.buffer.byteLength).toBeLessThanOrEqual(size + 3 * 65536);
  });

  test('a used block comes back zeroed', () => {
    const model = createModel(kernels, 1);
    pass(model, new Random(1));
    const outputs = Array.from(model.networks.actor.outputs);
    model.adamStep({ learningRate: 1, maxGradientNorm: 1 });
    model.dispose();
    const again = createModel(kernels, 1);
    expect(again.networks.actor.outputs.every((value) => value === 0)).toBe(true);
    pass(again, new Random(1));
    expect(Array.from(again.networks.actor.outputs)).toEqual(outputs);
    again.dispose();
  });
});

/**
 * Weights of the two networks of `createModel` in panels of 8 columns, inputs padded to a multiple of 4, or of 4 columns,
 * inputs padded to a multiple of 8, and biases padded to a multiple of 8.
 */
const parameterFloats = 4 * 16 + 8 * 4 + 24 + 24 * 4 + 8 + (4 * 8 + 8 * 4) + 16 + 16 * 4 + 8;

test('specs that make no sense are refused with what was expected', () => {
  const engine = createCpuEngine();
  const random = new Random(1);
  const network = { sizes: [2, 3], activation: 'tanh' as const, outputGain: 1 };
  const refuse = (spec: Parameters<typeof engine.createModel>[0], message: RegExp) =>
    expect(() => engine.createModel(spec, random)).toThrow(message);
  refuse({ networks: { a: { ...network, sizes: [3] } }, maxRows: 1 }, /at least two layer sizes/);
  refuse({ networks: { a: { ...network, sizes: [3, 0] } }, maxRows: 1 }, /whole number from 1/);
  refuse({ networks: { a: { ...network, activation: 'gelu' as 'tanh' } }, maxRows: 1 }, /got gelu/);
  refuse({ networks: { a: network }, maxRows: 0 }, /maxRows/);
  refuse({ networks: { a: network }, vectors: { 'a.0.bias': [1] }, maxRows: 1 }, /without a dot/);
});

test('the engine says which build it is', () => {
  expect(createCpuEngine({ kernels: 'relaxed' }).name).toBe('wasm (relaxed simd)');
  expect(createCpuEngine({ kernels: 'plain' }).name).toBe('wasm (simd)');
  expect(createCpuEngine({ kernels: 'wasm' }).name).toBe('wasm (relaxed simd)');
});

testUnless(noNative)('native kernels are taken where they are', () => {
  expect(createCpuEngine({ kernels: 'native' }).name).toMatch(/^native \((avx2|avx512|neon)\)$/);
  expect(createCpuEngine().name).toBe(createCpuEngine({ kernels: 'native' }).name);
});

test('kernels can be chosen by an environment variable, and must be known', () => {
  const before = process.env.UPSLOPE_KERNELS;
  try {
    process.env.UPSLOPE_KERNELS = 'plain';
    expect(createCpuEngine().name).toBe('wasm (simd)');
    process.env.UPSLOPE_KERNELS = 'fast';
    expect(() => createCpuEngine()).toThrow(/UPSLOPE_KERNELS must be one of auto, native, wasm; got 'fast'/);
  } finally {
    if (before === undefined) delete process.env.UPSLOPE_KERNELS;
    else process.env.UPSLOPE_KERNELS = before;
  }
});
