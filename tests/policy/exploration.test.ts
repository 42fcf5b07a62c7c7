import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { encodePolicy, loadPolicy } from '../../src/policy/artefact.ts';
import { Gaussian } from '../../src/policy/distributions/gaussian.ts';
import { StateDependentNoise } from '../../src/policy/distributions/state-dependent-noise.ts';
import { Exploration } from '../../src/policy/exploration.ts';
import { Policy, type PolicyConfig, policyDefaults } from '../../src/policy/policy.ts';

const engine = createCpuEngine();
const ROWS = 5;

function policyWith(config: Partial<PolicyConfig>, actionSpace: Space = new Box(-1, 1, [2])): Policy {
  return new Policy(engine, {
    config: { ...policyDefaults, hidden: [7, 4], exploration: 'state-dependent', logStdInitial: -1, ...config },
    observationSpace: new Box(-Infinity, Infinity, [3]),
    actionSpace,
    maxRows: ROWS,
    random: new Random(1),
  });
}

const observations = Float32Array.from({ length: ROWS * 3 }, (_, k) => Math.sin(k));

function forward(policy: Policy): void {
  policy.loadRows(observations, 0, ROWS);
  policy.actor.forward(ROWS);
}

describe('a policy with state-dependent exploration', () => {
  test.each([
    [[7, 4], 4],
    [[6], 6],
    [[], 3],
  ])('reads the features of its last hidden layer, of widths %j', (hidden, size) => {
    const policy = policyWith({ hidden });
    forward(policy);
    const { outputs, outputStride } = policy.actor;
    expect(policy.model.vectors.logStd.values).toHaveLength(2 * size);
    const tensors = policy.model.getTensors();
    const last = hidden.length;
    const [weight, bias] = [tensors[`actor.${last}.weight`].data, tensors[`actor.${last}.bias`].data];
    for (let row = 0; row < ROWS; row++) {
      const at = row * outputStride;
      // The last layer makes the means out of the features.
      for (const i of [0, 1]) {
        let mean = bias[i];
        for (let k = 0; k < size; k++) mean += outputs[at + 2 + k] * weight[2 * k + i];
        expect(outputs[at + i]).toBeCloseTo(mean, 6);
      }
    }
  });

  test('learns as one with independent noise does, gradients of features going nowhere', () => {
    const policy = policyWith({});
    const gradientOf = (ofFeatures: number): Float32Array => {
      forward(policy);
      const { outputGradients, outputStride } = policy.actor;
      for (let row = 0; row < ROWS; row++) {
        outputGradients.fill(ofFeatures, row * outputStride, (row + 1) * outputStride);
        outputGradients.set([0.3, -0.8], row * outputStride);
      }
      policy.model.zeroGradients();
      policy.actor.backward(ROWS, true);
      return policy.actor.inputGradients.slice();
    };
    const without = gradientOf(0);
    expect(without.some((gradient) => gradient !== 0)).toBe(true);
    expect(gradientOf(5)).toEqual(without);
  });

  test('is the same after it was stored', async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    const folder = mkdtempSync(join(tmpdir(), 'upslope-exploration-'));
    const policy = policyWith({ noiseSteps: 4 });
    writeFileSync(join(folder, 'policy.safetensors'), encodePolicy(policy, null));
    const { policy: loaded } = loadPolicy(join(folder, 'policy.safetensors'), engine, ROWS);
    rmSync(folder, { recursive: true });
    const logProbs = [policy, loaded].map((one) => {
      forward(one);
      one.distribution.evaluate(one.actor.outputs, 0, Float32Array.of(0.2, -0.1), 0);
      return one.distribution.logProb;
    });
    expect(loaded.config.noiseSteps).toBe(4);
    expect(logProbs[1]).toBe(logProbs[0]);
  });

  test.each([
    [{}, new Discrete(3), 'State-dependent exploration is for the distributions'],
    [{ distribution: 'dirichlet' }, new Box(0, 1, [3]), "got 'dirichlet'"],
    [{ network: 'per-item' }, new Box(-1, 1, [2]), "Use the network 'mlp'"],
  ] as [Partial<PolicyConfig>, Space, string][])('is refused where there is none: %#', (config, space, message) => {
    expect(() => policyWith(config, space)).toThrow(message);
  });
});

describe('exploration', () => {
  // A mean of 0 and two features.
  const logSigma = { values: Float32Array.of(-1, -2), gradients: new Float32Array(2) };
  const noise = new StateDependentNoise(new Gaussian([-9], [9], 'network'), 2, logSigma);
  const row = Float32Array.of(0, 0.5, -1);
  const actionOf = (exploration: Exploration, env: number): number => {
    const action = new Float32Array(1);
    exploration.sample(env, row, 0, action, 0);
    return action[0];
  };

  test('holds the noise of each environment for so many steps', () => {
    const exploration = new Exploration(noise, 2, 3, new Random(1));
    const first = Array.from({ length: 7 }, () => actionOf(exploration, 0));
    expect([first[1], first[2], first[4], first[5]]).toEqual([first[0], first[0], first[3], first[3]]);
    expect(new Set(first).size).toBe(3);
    expect(first).not.toContain(actionOf(exploration, 1));
  });

  test('holds it until the next rollout where no number is given', () => {
    const exploration = new Exploration(noise, 1, 0, new Random(1));
    const before = Array.from({ length: 50 }, () => actionOf(exploration, 0));
    expect(new Set(before).size).toBe(1);
    exploration.restart();
    expect(actionOf(exploration, 0)).not.toBe(before[0]);
  });

  test('goes on from its state as if nothing had happened', () => {
    const random = new Random(1);
    const exploration = new Exploration(noise, 2, 3, random);
    for (const env of [0, 1, 0, 0, 0]) actionOf(exploration, env);
    const other = new Random(0);
    other.setState(random.getState());
    const resumed = new Exploration(noise, 2, 3, other);
    resumed.setState(JSON.parse(JSON.stringify(exploration.getState())));
    for (const env of [0, 1, 1, 0, 1, 0]) expect(actionOf(resumed, env)).toBe(actionOf(exploration, env));
  });

  test('without held noise is the sampling of the distribution', () => {
    const plain = new Gaussian([-9], [9], 'network');
    const exploration = new Exploration(plain, 1, 3, new Random(1));
    const random = new Random(1);
    const expected = new Float32Array(1);
    for (let t = 0; t < 5; t++) {
      plain.sample(row, 0, random, expected, 0);
      expect(actionOf(exploration, 0)).toBe(expected[0]);
    }
    expect(exploration.getState()).toBeUndefined();
  });
});
