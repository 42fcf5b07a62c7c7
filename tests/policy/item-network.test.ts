import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { ItemNetwork } from '../../src/policy/item-network.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { centralDifference } from '../engine/reference.ts';

const layout = { items: 3, width: 2 };
const rows = 4;

function prepare({ heads, bias, pool }: { heads: number; bias?: readonly number[]; pool?: boolean }) {
  const random = new Random(5);
  const model = createCpuEngine().createModel(
    {
      networks: { net: { sizes: [4, 6, heads], activation: 'tanh', outputGain: 1, rowsPerSample: layout.items } },
      vectors: bias ? { bias } : {},
      maxRows: rows,
    },
    random,
  );
  const network = new ItemNetwork(model.networks.net, layout, rows, { bias: model.vectors.bias, pool });
  for (let i = 0; i < network.inputs.length; i++) network.inputs[i] = random.normal();
  for (let i = 0; i < network.outputGradients.length; i++) network.outputGradients[i] = random.normal();
  return { model, network };
}

/** What the outputs add up to under the output gradients, whose derivatives `backward` gives. */
function weighted(network: ItemNetwork): number {
  network.forward(rows);
  return network.outputs.reduce((sum, value, i) => sum + value * network.outputGradients[i], 0);
}

describe('a network evaluated for every item', () => {
  test('gives each item what the network alone gives for its row beside the common one', () => {
    const { model, network } = prepare({ heads: 2, bias: [0.25, -0.5] });
    network.forward(rows);
    const alone = createCpuEngine().createModel(
      { networks: { net: { sizes: [4, 6, 2], activation: 'tanh', outputGain: 1 } }, maxRows: 1 },
      new Random(0),
    );
    const { bias: _, ...weights } = model.getTensors();
    alone.setTensors(weights);
    const { net } = alone.networks;
    for (let row = 0; row < rows; row++) {
      const observation = network.inputs.subarray(row * network.inputStride);
      const outputs = network.outputs.subarray(row * network.outputStride);
      // Heads one after the other, each led by its bias.
      expect([outputs[0], outputs[4]]).toEqual([0.25, -0.5]);
      for (let item = 0; item < layout.items; item++) {
        const own = 2 * (item + 1);
        net.inputs.set([observation[own], observation[own + 1], observation[0], observation[1]]);
        net.forward(1);
        expect(outputs[1 + item]).toBeCloseTo(net.outputs[0], 6);
        expect(outputs[5 + item]).toBeCloseTo(net.outputs[1], 6);
      }
    }
  });

  test.each([
    ['answers', { heads: 2, bias: [0.25, -0.5] }],
    ['answers without a bias', { heads: 1 }],
    ['pooled answers', { heads: 1, pool: true }],
  ])('input and weight gradients of %s are their finite differences', (_, options) => {
    const { model, network } = prepare(options);
    model.zeroGradients();
    network.forward(rows);
    network.backward(rows, true);
    const inputGradients = Float32Array.from(network.inputGradients);
    for (let i = 0; i < network.inputs.length; i++) {
      const slope = centralDifference(network.inputs, i, () => weighted(network), 1e-2);
      expect(Math.abs(slope - inputGradients[i])).toBeLessThan(2e-3);
    }

    // One plain step of Adam keeps a tenth of the gradient as its first moment.
    model.adamStep({ learningRate: 0, maxGradientNorm: Infinity });
    const { firstMoments } = model.getOptimiserState();
    const tensors = model.getTensors();
    for (const [name, { data }] of Object.entries(tensors)) {
      const i = data.length - 1;
      const evaluate = () => {
        model.setTensors(tensors);
        return weighted(network);
      };
      const slope = centralDifference(data, i, evaluate, 1e-2);
      expect(Math.abs(slope - 10 * firstMoments[name].data[i])).toBeLessThan(5e-3);
    }
  });
});

describe('a policy per item', () => {
  const table = new Box(-1, 1, [layout.items + 1, layout.width]);

  function policyOf(observationSpace: Box, actions: number) {
    return new Policy(createCpuEngine(), {
      config: { ...policyDefaults, network: 'per-item', distribution: 'softmax-gaussian', normaliseObservations: true },
      observationSpace,
      actionSpace: new Box(0, 1, [actions]),
      maxRows: 2,
      random: new Random(3),
    });
  }

  test('moves its answers along when items change places', () => {
    const policy = policyOf(table, layout.items + 1);
    const tensors = policy.model.getTensors();
    // The last layer starts close to zero: answers would hardly differ.
    for (const { data } of Object.values(tensors)) for (let i = 0; i < data.length; i++) data[i] *= 10;
    policy.model.setTensors(tensors);
    const actions = new Float32Array(2 * 4);
    policy.actDeterministically(
      Float32Array.from([
        ...[0.1, 0.2],
        ...[1, -1],
        ...[0.5, 0],
        ...[-1, 0.3],
        ...[0.1, 0.2],
        ...[-1, 0.3],
        ...[1, -1],
        ...[0.5, 0],
      ]),
      2,
      actions,
    );
    const [cash, a, b, c] = actions;
    expect(Array.from(actions.subarray(4)).map((x) => x.toFixed(6))).toEqual([cash, c, a, b].map((x) => x.toFixed(6)));
    expect(new Set([a, b, c]).size).toBe(3);
    expect(cash + a + b + c).toBeCloseTo(1, 6);
  });

  test('has one scale for all items', () => {
    const policy = policyOf(table, layout.items + 1);
    expect(policy.observationNormaliser!.size).toBe(layout.width);
    policy.observationNormaliser!.update(Float32Array.from([0, 10, 2, 10, 4, 10, 6, 10]), 1);
    expect(policy.observationNormaliser!.moments.mean[0]).toBeCloseTo(3, 3);
    const out = new Float32Array(8);
    policy.normalise(Float32Array.from([3, 10, 3, 10, 3, 10, 8, 10]), 1, out);
    expect(out[0]).toBeCloseTo(0, 3);
    // Population variance of 0, 2, 4, 6 is 5.
    expect(out[6]).toBeCloseTo(5 / Math.sqrt(5), 2);
  });

  test('is refused where there is no table of items', () => {
    expect(() => policyOf(new Box(-1, 1, [8]), 4)).toThrow(
      /needs an observation that is a table.*Use the network 'mlp'/,
    );
    expect(() => policyOf(table, 6)).toThrow(/answers for 3 items, or for them and the option of none, but .* takes 5/);
  });
});
