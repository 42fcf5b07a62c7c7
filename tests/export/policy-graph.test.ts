import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { Random } from '../../src/core/random.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { createTensorflowEngine } from '../../src/engine/tensorflow/engine.ts';
import { exportPolicy } from '../../src/export/index.ts';
import { policyGraph } from '../../src/export/policy-graph.ts';
import { Policy, type PolicyConfig, policyDefaults } from '../../src/policy/policy.ts';
import { decodeSafetensors } from '../../src/policy/safetensors.ts';

function policyOf(config: Partial<PolicyConfig> = {}, start = 0, engine = createCpuEngine()): Policy {
  return new Policy(engine, {
    config: { ...policyDefaults, hidden: [3], ...config },
    observationSpace: new Box(-1, 1, [2]),
    actionSpace: new Discrete(4, start),
    maxRows: 2,
    random: new Random(1),
  });
}

describe('what cannot be exported is told', () => {
  test('weights that went astray', () => {
    const policy = policyOf();
    const tensors = policy.model.getTensors();
    tensors['actor.0.bias'].data[1] = Number.NaN;
    policy.model.setTensors(tensors);
    expect(() => policyGraph(policy)).toThrow(/weights 'actor\.0\.bias' hold numbers that are none.*--policy best/);
  });

  test('choices counted from beyond 32 bits', () => {
    expect(() => policyGraph(policyOf({}, 2 ** 31 - 3))).toThrow(
      /Discrete.* are larger than the whole numbers of 32 bits/,
    );
    expect(() => policyGraph(policyOf({}, 2 ** 31 - 5))).not.toThrow();
  });

  test('bodies that TensorFlow.js computes', async () => {
    tf.enableProdMode();
    await tf.setBackend('cpu');
    const tensorflow = { tf, packageName: '@tensorflow/tfjs' };
    const body = (units: number) => () => tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [2] })] });
    const bodied = policyOf({}, 0, await createTensorflowEngine({ tensorflow, body: body(3) }));
    expect(() => policyGraph(bodied)).toThrow(/actor is no network of our own: it has a body/);
    bodied.model.dispose();
    // Without one the engine makes no difference.
    const plain = policyOf({}, 0, await createTensorflowEngine({ tensorflow }));
    expect(policyGraph(plain).graph.nodes).toEqual(policyGraph(policyOf()).graph.nodes);
    plain.model.dispose();
  });

  test('a network it has never heard of', () => {
    const policy = policyOf();
    Object.assign(policy, { config: { ...policy.config, network: 'transformer' } });
    expect(() => policyGraph(policy)).toThrow(
      "A policy of the network 'transformer' cannot be exported: expected 'mlp'",
    );
  });
});

test('without the value no part of the critic comes along', () => {
  const names = (withValue: boolean) => Object.keys(policyGraph(policyOf(), withValue).graph.constants);
  expect(names(true)).toContain('critic.0.weight');
  expect(names(false).filter((name) => name.startsWith('critic'))).toEqual([]);
});

test('safetensors tell in their header what is in them', () => {
  const policy = policyOf({ normaliseObservations: true });
  policy.observationNormaliser!.moments.setState({ count: 5, mean: [1, 2], variance: [4, 9] });
  const { files } = exportPolicy(policy, { format: 'safetensors', name: 'mine' });
  const { tensors, metadata } = decodeSafetensors(files['policy.safetensors'] as Uint8Array, 'test');
  const weights = policy.model.getTensors();
  for (const [name, tensor] of Object.entries(weights)) expect(tensors[name]).toEqual(tensor);
  expect(tensors['normaliser.mean'].data).toEqual(Float32Array.of(1, 2));
  // 1 / sqrt(variance + 1e-8)
  expect(tensors['normaliser.scale'].data[1]).toBeCloseTo(1 / 3, 6);
  expect(metadata).toMatchObject({ format: 'upslope-export-1', scenario: 'mine' });
  expect(JSON.parse(metadata.policy)).toMatchObject({
    architecture: { network: 'mlp', hidden: [3], activation: 'tanh', distribution: 'auto' },
    observationNormaliser: { mean: [1, 2], variance: [4, 9], epsilon: 1e-8, clip: 10 },
    observationSpace: { type: 'box' },
    actionSpace: { type: 'discrete' },
    outputs: { parameters: expect.stringContaining('log-probabilities') },
  });
});

describe("our tanh, a ratio of polynomials, against the exports' true one", () => {
  test('differs by less than 4e-7', () => {
    // One unit with weight 1, of whose tanh the second layer gives the whole.
    const policy = new Policy(createCpuEngine(), {
      config: { ...policyDefaults, hidden: [1] },
      observationSpace: new Box(-20, 20, [1]),
      actionSpace: new Box(-1, 1, [1]),
      maxRows: 1,
      random: new Random(1),
    });
    const tensors = policy.model.getTensors();
    for (const name of ['actor.0.weight', 'actor.1.weight']) tensors[name].data.fill(1);
    policy.model.setTensors(tensors);
    const action = new Float32Array(1);
    let largest = 0;
    for (let k = -20_000; k <= 20_000; k++) {
      const x = Math.fround(k / 1000);
      policy.actDeterministically(Float32Array.of(x), 1, action);
      largest = Math.max(largest, Math.abs(action[0] - Math.tanh(x)));
    }
    expect(largest).toBeLessThan(4e-7);
    expect(largest).toBeGreaterThan(1e-8);
  });
});
