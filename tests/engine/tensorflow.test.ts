import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LayersModel } from '@tensorflow/tfjs';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Activation, Engine, Model, ModelSpec, Tensor } from '../../src/engine/engine.ts';
import { createCpuEngine, createTensorflowEngine, loadTensorflow } from '../../src/engine/index.ts';
import type { LoadedTensorflow } from '../../src/engine/tensorflow/load.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';

const cpu = createCpuEngine();

const native = '@tensorflow/tfjs-node';
/** It comes by a download of 300 MB, without which the rest is still worth testing. */
const hasNative = await loadTensorflow(native).then(
  () => true,
  () => false,
);

test('TensorFlow itself is taken before its JavaScript', async () => {
  expect((await loadTensorflow()).packageName).toBe(hasNative ? native : '@tensorflow/tfjs');
});

const specOf = (activation: Activation): ModelSpec => ({
  networks: {
    actor: { sizes: [5, 16, 12, 3], activation, outputGain: 0.5 },
    critic: { sizes: [5, 1], activation, outputGain: 1 },
  },
  vectors: { logStd: [0.1, -0.2] },
  maxRows: 24,
});

function fill(values: Float32Array, random: Random): void {
  for (let i = 0; i < values.length; i++) values[i] = random.normal();
}

/** Rows without the padding that an engine may put between them. */
const rowsOf = (block: Float32Array, stride: number, width: number, rows: number): number[] =>
  Array.from({ length: rows }, (_, row) => Array.from(block.subarray(row * stride, row * stride + width))).flat();

/** A pass forward and back of both networks, and some gradient of the vector. */
function pass(model: Model, rows: number, seed: number) {
  const random = new Random(seed);
  model.zeroGradients();
  const { actor, critic } = model.networks;
  const told: Record<string, number[]> = {};
  for (const [name, network] of Object.entries({ actor, critic })) {
    const { sizes } = network.spec;
    for (let row = 0; row < rows; row++) {
      fill(network.inputs.subarray(row * network.inputStride, row * network.inputStride + sizes[0]), random);
      const at = row * network.outputStride;
      fill(network.outputGradients.subarray(at, at + sizes[sizes.length - 1]), random);
    }
    network.forward(rows);
    network.backward(rows, true);
    told[`${name} outputs`] = rowsOf(network.outputs, network.outputStride, sizes[sizes.length - 1], rows);
    told[`${name} features`] = rowsOf(network.features, network.featureStride, sizes[sizes.length - 2], rows);
    told[`${name} input gradients`] = rowsOf(network.inputGradients, network.inputStride, sizes[0], rows);
  }
  fill(model.vectors.logStd.gradients, random);
  return told;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i])));
  }
}

function expectTensorsClose(actual: Record<string, Tensor>, expected: Record<string, Tensor>, tolerance: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(actual[name].shape).toEqual(shape);
    expectClose(actual[name].data, data, tolerance);
  }
}

describe.each(['@tensorflow/tfjs' as const, ...(hasNative ? ([native] as const) : [])])('%s:', (packageName) => {
  let tensorflow: LoadedTensorflow;
  let engine: Engine;

  beforeAll(async () => {
    tensorflow = await loadTensorflow(packageName);
    engine = await createTensorflowEngine({ tensorflow });
  });

  test('the engine says what it runs on', () => {
    expect(engine.name).toMatch(/^tensorflow \(tfjs(-node)? 4\.\d+\.\d+, (cpu|tensorflow)\)$/);
    expect(engine.name).toContain(packageName.split('/')[1]);
  });

  describe.each(['tanh', 'relu', 'silu', 'none'] as const)('beside the kernels, %s:', (activation) => {
    test('the same weights from the same seed, outputs, gradients and steps of Adam', () => {
      const own = engine.createModel(specOf(activation), new Random(3));
      const other = cpu.createModel(specOf(activation), new Random(3));
      expectTensorsClose(own.getTensors(), other.getTensors(), 0);
      for (let step = 0; step < 4; step++) {
        const rows = [24, 1, 7, 16][step];
        const [actual, expected] = [pass(own, rows, step), pass(other, rows, step)];
        for (const [what, numbers] of Object.entries(expected)) expectClose(actual[what], numbers, 1e-5);
        const options = { learningRate: 0.01, maxGradientNorm: step === 2 ? 0.1 : 5 };
        const norm = other.adamStep(options);
        expectClose([own.adamStep(options)], [norm], 1e-5);
        expectClose(own.vectors.logStd.values, other.vectors.logStd.values, 1e-5);
      }
      expectTensorsClose(own.getTensors(), other.getTensors(), 2e-5);
      const [ownState, otherState] = [own.getOptimiserState(), other.getOptimiserState()];
      expect(ownState.step).toBe(otherState.step);
      expectTensorsClose(ownState.firstMoments, otherState.firstMoments, 1e-5);
      expectTensorsClose(ownState.secondMoments, otherState.secondMoments, 1e-5);
      own.dispose();
      other.dispose();
    });
  });

  test('weights and optimiser move between engines, and training goes on alike', () => {
    const first = cpu.createModel(specOf('tanh'), new Random(1));
    pass(first, 20, 1);
    first.adamStep({ learningRate: 0.01, maxGradientNorm: 1 });
    const second = engine.createModel(specOf('tanh'), new Random(9));
    second.setTensors(first.getTensors());
    second.setOptimiserState(first.getOptimiserState());
    const [actual, expected] = [pass(second, 20, 2), pass(first, 20, 2)];
    for (const [what, numbers] of Object.entries(expected)) expectClose(actual[what], numbers, 1e-5);
    for (const model of [first, second]) model.adamStep({ learningRate: 0.01, maxGradientNorm: 1 });
    expectTensorsClose(second.getTensors(), first.getTensors(), 1e-5);
    const third = cpu.createModel(specOf('tanh'), new Random(10));
    third.setTensors(second.getTensors());
    expectTensorsClose(third.getTensors(), second.getTensors(), 0);
    for (const model of [first, second, third]) model.dispose();
  });

  test('gradients add up over passes, and those of parameters can be left out', () => {
    const model = engine.createModel(specOf('relu'), new Random(1));
    pass(model, 8, 1);
    const { actor } = model.networks;
    const once = gradientOf(model);
    actor.forward(8);
    actor.backward(8, true, false);
    expect(gradientOf(model)).toEqual(once);
    actor.backward(8);
    expectClose(
      gradientOf(model),
      once.map((g) => 2 * g),
      1e-6,
    );
    model.dispose();
  });

  /** Of the actor's first weights: what a first step of Adam makes of it, a tenth. Starts the optimiser anew. */
  function gradientOf(model: Model): number[] {
    const before = model.getOptimiserState();
    model.adamStep({ learningRate: 0, maxGradientNorm: Infinity });
    const { firstMoments } = model.getOptimiserState();
    model.setOptimiserState(before);
    return Array.from(firstMoments['actor.0.weight'].data, (moment) => moment * 10);
  }

  test('targets follow', () => {
    const [model, target] = [1, 2].map((seed) => engine.createModel(specOf('tanh'), new Random(seed)));
    const from = target.getTensors()['actor.1.weight'].data;
    const to = model.getTensors()['actor.1.weight'].data;
    target.approach(model, 0.25);
    const expected = from.map((x, i) => x + 0.25 * (to[i] - x));
    expectClose(target.getTensors()['actor.1.weight'].data, expected, 1e-6);
    model.dispose();
    target.dispose();
  });

  test('a step on gradients that are not finite changes nothing', () => {
    const model = engine.createModel(specOf('tanh'), new Random(1));
    const before = model.getTensors();
    pass(model, 4, 1);
    model.networks.actor.outputGradients[0] = Number.NaN;
    model.networks.actor.backward(4);
    expect(model.adamStep({ learningRate: 1, maxGradientNorm: 1 })).toBeNaN();
    expect(model.getTensors()).toEqual(before);
    expect(model.getOptimiserState().step).toBe(0);
    model.dispose();
  });

  test('tensors of another model are refused by name and by shape', () => {
    const model = engine.createModel(specOf('tanh'), new Random(1));
    const tensors = model.getTensors();
    expect(() => model.setTensors({ ...tensors, extra: tensors.logStd })).toThrow(/no tensor extra/);
    const wrong = { ...tensors, logStd: { shape: [3], data: new Float32Array(3) } };
    expect(() => model.setTensors(wrong)).toThrow(/logStd .* must have shape \[2\]/);
    model.dispose();
  });

  test('no tensor is left behind by a thousand updates, and none by a model that is gone', () => {
    const { tf } = tensorflow;
    const begin = tf.memory().numTensors;
    const model = engine.createModel(specOf('tanh'), new Random(1));
    const target = engine.createModel(specOf('tanh'), new Random(2));
    const update = (seed: number): void => {
      pass(model, 4, seed);
      model.adamStep({ learningRate: 1e-3, maxGradientNorm: 1 });
      target.approach(model, 0.1);
      target.getTensors();
    };
    update(0);
    const { numTensors, numBytes } = tf.memory();
    for (let k = 0; k < 1000; k++) update(k);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.memory().numBytes).toBe(numBytes);
    model.dispose();
    target.dispose();
    expect(tf.memory().numTensors).toBe(begin);
  });

  test('a device that is out of memory is told of by the batch that did not fit', async () => {
    const { tf } = tensorflow;
    let full = false;
    const tidy: typeof tf.tidy = (...args) => {
      if (full) throw new Error('RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[24,16]');
      return tf.tidy(...args);
    };
    const small = await createTensorflowEngine({ tensorflow: { tf: { ...tf, tidy }, packageName } });
    const model = small.createModel(specOf('tanh'), new Random(1));
    full = true;
    expect(() => model.networks.actor.forward(24)).toThrow(/24 rows .* 5, 16, 12, 3 .*minibatchSize/s);
    full = false;
    model.dispose();
  });

  /** A picture of 6 x 6 by a convolution. */
  function convolution(): LayersModel {
    const { tf } = tensorflow;
    return tf.sequential({
      layers: [
        tf.layers.reshape({ inputShape: [36], targetShape: [6, 6, 1] }),
        tf.layers.conv2d({
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
        }),
        tf.layers.flatten(),
      ],
    });
  }

  test("a model of one's own as body: its weights are trained with the rest, stored and given back", async () => {
    const { tf } = tensorflow;
    const withBodies = await createTensorflowEngine({
      tensorflow,
      body: (network) => (network === 'actor' ? convolution() : undefined),
    });
    const begin = tf.memory().numTensors;
    const policy = new Policy(withBodies, {
      config: { ...policyDefaults, hidden: [8] },
      observationSpace: new Box(-Infinity, Infinity, [36]),
      actionSpace: new Discrete(2),
      maxRows: 32,
      random: new Random(1),
    });
    const { model, actor } = policy;
    const tensors = model.getTensors();
    expect(tensors['actor.body.0.kernel'].shape).toEqual([3, 3, 1, 4]);
    expect(tensors['actor.0.weight'].shape).toEqual([64, 2]);
    expect(tensors['critic.0.weight'].shape).toEqual([36, 8]);

    // Pictures with a bright left or right half, to be told apart by what lies where.
    const random = new Random(2);
    const loss = (learn: boolean): number => {
      model.zeroGradients();
      for (let row = 0; row < 32; row++) {
        const right = row % 2;
        for (let i = 0; i < 36; i++) {
          const bright = i % 6 >= 3 === (right === 1) ? 1 : 0;
          actor.inputs[row * actor.inputStride + i] = bright + 0.3 * random.normal();
        }
      }
      actor.forward(32);
      let sum = 0;
      for (let row = 0; row < 32; row++) {
        const at = row * actor.outputStride;
        const target = row % 2 === 1 ? 1 : -1;
        const error = actor.outputs[at] - target;
        sum += error ** 2 / 32;
        actor.outputGradients[at] = (2 * error) / 32;
        actor.outputGradients[at + 1] = 0;
      }
      if (learn) {
        actor.backward(32);
        policy.optimise(0.01, Infinity, 1e-8);
      }
      return sum;
    };
    const first = loss(false);
    for (let k = 0; k < 60; k++) loss(true);
    expect(first).toBeGreaterThan(0.8);
    expect(loss(false)).toBeLessThan(0.1);
    const trained = model.getTensors();
    expect(trained['actor.body.0.kernel'].data).not.toEqual(tensors['actor.body.0.kernel'].data);

    // The gradient of the convolution's weights, against a difference of losses.
    model.setTensors(tensors);
    actor.outputGradients.fill(1);
    actor.forward(1);
    model.zeroGradients();
    actor.backward(1);
    const gradient = (() => {
      model.setOptimiserState({ ...model.getOptimiserState(), step: 0, ...zeroMoments(model) });
      model.adamStep({ learningRate: 0, maxGradientNorm: Infinity });
      return model.getOptimiserState().firstMoments['actor.body.0.kernel'].data[4] * 10;
    })();
    const outputAt = (shift: number): number => {
      const kernel = tensors['actor.body.0.kernel'];
      const data = kernel.data.map((x, i) => (i === 4 ? x + shift : x));
      model.setTensors({ ...tensors, 'actor.body.0.kernel': { ...kernel, data } });
      actor.forward(1);
      return actor.outputs[0] + actor.outputs[1];
    };
    expect(gradient).toBeCloseTo((outputAt(1e-2) - outputAt(-1e-2)) / 2e-2, 3);
    model.setTensors(trained);
    expect(model.getTensors()).toEqual(trained);
    model.dispose();
    expect(tf.memory().numTensors).toBe(begin);
  });

  function zeroMoments(model: Model) {
    const zeros = () =>
      Object.fromEntries(
        Object.entries(model.getTensors()).map(([name, { shape, data }]) => [
          name,
          { shape, data: new Float32Array(data.length) },
        ]),
      );
    return { firstMoments: zeros(), secondMoments: zeros() };
  }
});

test('without a package the commands that install one are told', async () => {
  const missing = '@tensorflow/tfjs-missing' as '@tensorflow/tfjs';
  await expect(loadTensorflow(missing)).rejects.toThrow(/npm install @tensorflow\/tfjs-node-gpu@4[\s\S]*tfjs-missing/);
});
