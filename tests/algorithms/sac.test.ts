import { describe, expect, test } from '@jest/globals';
import { createReplayBatch, type ReplayBatch } from '../../src/algorithms/replay.ts';
import { type SacConfig, type SacMetrics, sacDefaults, sacTemperature, sacUpdate } from '../../src/algorithms/sac.ts';
import { sacDiscreteUpdate } from '../../src/algorithms/sac-discrete.ts';
import { TwinCritics } from '../../src/algorithms/twin-critics.ts';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Model } from '../../src/engine/engine.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import type { DistributionName } from '../../src/policy/distributions/index.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';

const engine = createCpuEngine();
const OBSERVATION_SIZE = 3;
const SIZE = 16;
const CHOICES = 4;
const BOUNDS = { low: [-2, 0], high: [2, 5] };
const KINDS = ['continuous', 'discrete'] as const;
type Kind = (typeof KINDS)[number];

interface Setting {
  policy: Policy;
  twins: TwinCritics;
  batch: ReplayBatch;
  update(config: Partial<SacConfig>, target?: number): SacMetrics;
}

/** Networks with weights of ordinary size, and a batch of random transitions. */
function prepare(
  kind: Kind,
  distribution: DistributionName = kind === 'continuous' ? 'squashed-gaussian' : 'auto',
): Setting {
  const continuous = kind === 'continuous';
  const random = new Random(1);
  const policy = new Policy(engine, {
    config: {
      ...policyDefaults,
      hidden: [9, 5],
      distribution,
    },
    observationSpace: new Box(-Infinity, Infinity, [OBSERVATION_SIZE]),
    actionSpace: continuous ? new Box(BOUNDS.low, BOUNDS.high) : new Discrete(CHOICES),
    maxRows: SIZE,
    random,
    hasCritic: false,
  });
  const twins = new TwinCritics(engine, {
    observationSize: OBSERVATION_SIZE,
    action: continuous ? BOUNDS : undefined,
    outputs: continuous ? 1 : CHOICES,
    hidden: [9, 5],
    activation: 'tanh',
    maxRows: SIZE,
    random,
  });
  scatter(policy.model, random);
  scatter(twins.model, random);

  const actionSize = continuous ? 2 : 1;
  const batch = createReplayBatch(SIZE, { observationSize: OBSERVATION_SIZE, actionSize });
  for (const rows of [batch.observations, batch.nextObservations, batch.rewards]) {
    for (let i = 0; i < rows.length; i++) rows[i] = random.normal();
  }
  for (let row = 0; row < SIZE; row++) {
    batch.terminated[row] = row % 5 === 0 ? 1 : 0;
    if (continuous) batch.actions.set([random.uniform(-2, 2), random.uniform(0, 5)], 2 * row);
    else batch.actions[row] = random.integers(0, CHOICES);
  }
  return {
    policy,
    twins,
    batch,
    update(some, target) {
      const config: SacConfig = { ...sacDefaults, targetEntropy: target ?? null, ...some };
      const temperature = sacTemperature(config, 0);
      return continuous
        ? sacUpdate(policy, twins, batch, config, 0, new Random(7), temperature)
        : sacDiscreteUpdate(policy, twins, batch, config, 0, temperature);
    },
  };
}

function scatter(model: Model, random: Random): void {
  const tensors = model.getTensors();
  for (const { data } of Object.values(tensors)) for (let i = 0; i < data.length; i++) data[i] += 0.3 * random.normal();
  model.setTensors(tensors);
}

/** Holds the gradient that a first step of Adam has taken in, its first moment being 0.1 of it, against differences. */
function expectGradientOf(
  model: Model,
  firstMoments: Record<string, { data: Float32Array }>,
  loss: () => number,
): void {
  const tensors = model.getTensors();
  const step = 2 ** -8;
  let largest = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    for (const i of [0, Math.floor(tensor.data.length / 2), tensor.data.length - 1]) {
      const at = (offset: number): number => {
        const moved = Float32Array.from(tensor.data);
        moved[i] += offset;
        model.setTensors({ ...tensors, [name]: { shape: tensor.shape, data: moved } });
        return loss();
      };
      const slope = (at(step) - at(-step)) / (2 * step);
      const found = firstMoments[name].data[i] / 0.1;
      expect([name, i, Math.abs(found - slope) < 2e-3 * Math.max(1, Math.abs(slope)), found, slope]).toEqual([
        name,
        i,
        true,
        found,
        slope,
      ]);
      largest = Math.max(largest, Math.abs(slope));
    }
  }
  model.setTensors(tensors);
  expect(largest).toBeGreaterThan(0.05);
}

// With a learning rate of 0 an update changes nothing but the moments, and its losses can be asked for again.
const STILL = { learningRate: 0, tau: 0, entropyCoefficient: 0.6 };

test("soft actor-critic with a free standard deviation: the actor's gradient is that of the loss it reports", () => {
  const { policy, update } = prepare('continuous', 'gaussian');
  const tensors = policy.model.getTensors();
  // Narrow, and its means in the middle, so that no action is clipped.
  tensors.logStd.data.set([-2, -2.5]);
  const last = Object.keys(tensors)
    .filter((name) => name.endsWith('bias'))
    .at(-1)!;
  tensors[last].data.set([0.1, 2.5]);
  policy.model.setTensors(tensors);
  update(STILL);
  const { firstMoments } = policy.model.getOptimiserState();
  expect(Object.keys(firstMoments)).toContain('logStd');
  expectGradientOf(policy.model, firstMoments, () => update(STILL).policyLoss);
});

describe.each(KINDS)('soft actor-critic, %s', (kind) => {
  test("the actor's gradient is that of the loss it reports", () => {
    const { policy, update } = prepare(kind);
    update(STILL);
    const { firstMoments } = policy.model.getOptimiserState();
    expectGradientOf(policy.model, firstMoments, () => update(STILL).policyLoss);
  });

  test("the critics' gradient is that of the loss they report, with targets that stand still", () => {
    const { twins, update } = prepare(kind);
    update(STILL);
    const { firstMoments } = twins.model.getOptimiserState();
    // Each critic descends its own squared error; what is reported is the mean of both.
    expectGradientOf(twins.model, firstMoments, () => 2 * update(STILL).criticLoss);
  });

  test('what is reported fits together', () => {
    const { update } = prepare(kind);
    const { policyLoss, actionValue, entropy, entropyCoefficient } = update(STILL);
    expect(entropyCoefficient).toBe(0.6);
    expect(policyLoss).toBeCloseTo(-0.6 * entropy - actionValue, 9);
  });

  test('targets follow by tau, the temperature by the surplus of entropy', () => {
    const { twins, batch, policy } = prepare(kind);
    const before = twins.getState().tensors;
    const config: SacConfig = { ...sacDefaults, learningRate: 0.01, tau: 0.25, entropyCoefficient: 0.5 };
    const temperature = sacTemperature(config, -100)!;
    if (kind === 'continuous') sacUpdate(policy, twins, batch, config, 0, new Random(7), temperature);
    else sacDiscreteUpdate(policy, twins, batch, config, 0, temperature);
    const after = twins.getState().tensors;
    for (const name of Object.keys(before).filter((key) => key.startsWith('targets/'))) {
      const critic = after[name.replace('targets/', 'parameters/')].data;
      after[name].data.forEach((value, i) => {
        expect(value).toBeCloseTo(0.75 * before[name].data[i] + 0.25 * critic[i], 6);
      });
    }
    // More entropy than asked for: its price falls by the learning rate.
    expect(Math.log(temperature.alpha / 0.5)).toBeCloseTo(-0.01, 8);
  });

  test('critics and targets go on from their state as if never stopped', () => {
    const whole = prepare(kind);
    const broken = prepare(kind);
    const config = { learningRate: 0.01, tau: 0.1 };
    for (const { update } of [whole, broken]) update(config);
    const stored = structuredClone(broken.twins.getState());
    const resumed = prepare(kind);
    resumed.twins.setState(stored);
    resumed.policy.model.setTensors(broken.policy.model.getTensors());
    resumed.policy.model.setOptimiserState(broken.policy.model.getOptimiserState());
    for (const { update } of [whole, resumed]) update(config);
    expect(resumed.twins.getState()).toEqual(whole.twins.getState());
    expect(resumed.policy.model.getTensors()).toEqual(whole.policy.model.getTensors());
  });

  test('a world of one state is valued as by hand: reward and entropy for ever, or once where it ends', () => {
    const { policy, twins, batch } = prepare(kind);
    batch.observations.fill(0.5);
    batch.nextObservations.fill(0.5);
    batch.rewards.fill(1);
    const alpha = 0.2;
    const config: SacConfig = {
      ...sacDefaults,
      gamma: 0.8,
      learningRate: { from: 0.02, to: 0.001 },
      tau: 0.05,
      targetEntropy: null,
      entropyCoefficient: alpha,
    };
    const learn = (steps: number): SacMetrics => {
      let metrics!: SacMetrics;
      const random = new Random(3);
      for (let k = 0; k < steps; k++) {
        metrics =
          kind === 'continuous'
            ? sacUpdate(policy, twins, batch, config, k / steps, random)
            : sacDiscreteUpdate(policy, twins, batch, config, k / steps);
      }
      return metrics;
    };
    // Actions all over the space, whatever the policy would do.
    const random = new Random(4);
    for (let i = 0; i < batch.actions.length; i++) {
      batch.actions[i] = kind === 'continuous' ? random.uniform(BOUNDS.low[i % 2], BOUNDS.high[i % 2]) : i % CHOICES;
    }
    // All actions are worth the same, so the best policy is uniform, and its entropy log 4: over the area of (-1, 1)^2
    // as over four choices. With V = Q + alpha log 4 and Q = 1 + gamma V, Q = (1 + gamma alpha log 4) / (1 - gamma).
    const entropy = Math.log(4);
    batch.terminated.fill(0);
    const going = learn(1500);
    expect(going.entropy).toBeGreaterThan(entropy - 0.1);
    expect(Math.abs(going.actionValue - (1 + 0.8 * alpha * entropy) / (1 - 0.8))).toBeLessThan(0.15);
    batch.terminated.fill(1);
    expect(Math.abs(learn(600).actionValue - 1)).toBeLessThan(0.1);
  });
});
