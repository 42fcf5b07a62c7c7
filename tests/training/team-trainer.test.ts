import { afterAll, describe, expect, test } from '@jest/globals';
import { createReplayBatch, type ReplayBatch } from '../../src/algorithms/replay.ts';
import { copyEnvs, createRollout, type Rollout } from '../../src/algorithms/rollout.ts';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import { createCpuEngine, type Tensor } from '../../src/engine/index.ts';
import { policyDefaults } from '../../src/policy/policy.ts';
import type { LearnerOptions } from '../../src/training/learner.ts';
import { openReplayTrainer, openRolloutTrainer } from '../../src/training/threads/open-trainer.ts';
import type { ReplaySetting, RolloutSetting } from '../../src/training/trainers/index.ts';
import type { Trainer, TrainerOptions } from '../../src/training/trainers/trainer.ts';

const OBSERVATION_SIZE = 3;
const STEPS = 12;
const NUM_ENVS = 5;
const BATCH_SIZE = 24;
const observationSpace = new Box(-Infinity, Infinity, [OBSERVATION_SIZE]);

const opened: Trainer<never>[] = [];
afterAll(async () => {
  for (const trainer of opened) await trainer.close();
});

function trainerOptions(actionSpace: Box | Discrete): TrainerOptions {
  return {
    engine: createCpuEngine(),
    policy: { ...policyDefaults, hidden: [9, 5] },
    observationSpace,
    actionSpace,
    maxRows: 16,
    weightRandom: new Random(1),
    updateRandom: new Random(2),
  };
}

async function rolloutTrainer(threads: number, algorithm: RolloutSetting, actionSpace: Box | Discrete) {
  const options = { threads, seed: 0 } as LearnerOptions;
  const trainer = await openRolloutTrainer(options, algorithm, trainerOptions(actionSpace), shapeOf);
  opened.push(trainer as Trainer<never>);
  return trainer;
}

const shapeOf = ({ policy }: Trainer<Rollout>) => ({
  steps: STEPS,
  numEnvs: NUM_ENVS,
  observationSize: OBSERVATION_SIZE,
  actionSize: policy.distribution.actionSize,
  maskSize: 0,
  keepTails: true,
});

/** Experience of another policy, ended here and there; with the tails of each environment. */
function experienceFor(trainer: Trainer<Rollout>): Rollout {
  const random = new Random(3);
  const rollout = createRollout(shapeOf(trainer));
  const { policy } = trainer;
  for (let i = 0; i < rollout.observations.length; i++) rollout.observations[i] = random.normal();
  const parameters = new Float32Array(policy.distribution.parameterSize);
  for (let at = 0; at < rollout.size; at++) {
    const actionAt = at * policy.distribution.actionSize;
    policy.distribution.sample(parameters, 0, random, rollout.actions, actionAt);
    policy.distribution.evaluate(parameters, 0, rollout.actions, actionAt);
    rollout.logProbs[at] = policy.distribution.logProb;
    rollout.values[at] = random.normal();
    rollout.nextValues[at] = random.normal();
    rollout.rewards[at] = random.normal();
    rollout.terminated[at] = random.double() < 0.1 ? 1 : 0;
    rollout.truncated[at] = random.double() < 0.1 ? 1 : 0;
    const tail = at >= rollout.size - NUM_ENVS || (rollout.truncated[at] && !rollout.terminated[at]);
    if (tail) rollout.tails!.entries[rollout.tails!.count++] = at;
  }
  for (let k = 0; k < rollout.tails!.count * OBSERVATION_SIZE; k++) rollout.tails!.observations[k] = random.normal();
  return rollout;
}

function expectClose(actual: Record<string, Tensor>, expected: Record<string, Tensor>, before: Record<string, Tensor>) {
  let largestMove = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((weight, i) => {
      // Sums in another order, and Adam's first steps divide by them.
      expect(Math.abs(actual[name].data[i] - weight)).toBeLessThan(2e-5);
      largestMove = Math.max(largestMove, Math.abs(weight - before[name].data[i]));
    });
  }
  expect(largestMove).toBeGreaterThan(2e-3);
}

const whole = { epochs: 3, minibatchSize: STEPS * NUM_ENVS, learningRate: 1e-3 };
const rolloutSettings: [string, RolloutSetting][] = [
  ['ppo', { ...whole, entropyCoefficient: 0.01, entropyIn: 'both' }],
  ['a2c', { name: 'a2c', learningRate: 3e-3, normaliseAdvantages: true }],
  ['impala', { name: 'impala', learningRate: 3e-3, normaliseAdvantages: true }],
];

describe.each(rolloutSettings)('%s', (_, algorithm) => {
  test.each([
    ['discrete', new Discrete(3), 2],
    ['continuous', new Box(-1, 1, [2]), 3],
    ['more threads than environments', new Discrete(2), 6],
  ])('threads take the step that one takes on all: %s', async (_, actionSpace, threads) => {
    const single = await rolloutTrainer(1, algorithm, actionSpace);
    const team = await rolloutTrainer(threads, algorithm, actionSpace);
    const before = single.policy.model.getTensors();
    expect(team.policy.model.getTensors()).toEqual(before);
    const expected = await single.train(experienceFor(single), 0);
    const metrics = await team.train(experienceFor(team), 0);
    expectClose(team.policy.model.getTensors(), single.policy.model.getTensors(), before);
    for (const [name, value] of Object.entries(expected)) expect(metrics[name]).toBeCloseTo(value, 4);
    const { step, firstMoments } = single.policy.model.getOptimiserState();
    const moments = team.policy.model.getOptimiserState();
    expect(moments.step).toBe(step);
    for (const [name, { data }] of Object.entries(firstMoments)) {
      data.forEach((moment, i) => {
        expect(moments.firstMoments[name].data[i]).toBeCloseTo(moment, 6);
      });
    }
  });
});

test('discrete soft actor-critic: threads take the step that one takes on the whole batch', async () => {
  const algorithm: ReplaySetting = { name: 'sac', batchSize: BATCH_SIZE, learningRate: 3e-3 };
  const shape = { observationSize: OBSERVATION_SIZE, actionSize: 1 };
  const batch: ReplayBatch = createReplayBatch(BATCH_SIZE, shape);
  const random = new Random(4);
  for (const rows of [batch.observations, batch.nextObservations, batch.rewards]) {
    for (let i = 0; i < rows.length; i++) rows[i] = random.normal();
  }
  for (let i = 0; i < BATCH_SIZE; i++) {
    batch.actions[i] = random.integers(0, 3);
    batch.terminated[i] = random.double() < 0.2 ? 1 : 0;
  }
  const [single, team] = await Promise.all(
    [1, 3].map((threads) =>
      openReplayTrainer(
        { threads, seed: 0 } as LearnerOptions,
        algorithm,
        trainerOptions(new Discrete(3)),
        BATCH_SIZE,
        shape,
      ),
    ),
  );
  opened.push(single as Trainer<never>, team as Trainer<never>);
  const before = single.policy.model.getTensors();
  const criticsBefore = single.getNetworks().tensors;
  const expected = await single.train(batch, 0);
  const metrics = await team.train(batch, 0);
  expectClose(team.policy.model.getTensors(), single.policy.model.getTensors(), before);
  const parameters = (tensors: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => /^(parameters|targets)/.test(name)));
  expectClose(parameters(team.getNetworks().tensors), parameters(single.getNetworks().tensors), criticsBefore);
  for (const [name, value] of Object.entries(expected)) expect(metrics[name]).toBeCloseTo(value, 5);
});

test('environments of a rollout are copied with their steps and tails', () => {
  const shape = { steps: 2, observationSize: 1, actionSize: 2, maskSize: 0, keepTails: true };
  const from = createRollout({ ...shape, numEnvs: 3 });
  from.observations.set([0, 1, 2, 10, 11, 12]);
  from.actions.set([0, 0, 1, -1, 2, -2, 10, 0, 11, -1, 12, -2]);
  from.rewards.set([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
  from.truncated.set([0, 0, 1, 0, 0, 0]);
  from.tails!.count = 4;
  from.tails!.entries.set([2, 3, 4, 5]);
  from.tails!.observations.set([22, 30, 31, 32]);
  const to = createRollout({ ...shape, numEnvs: 2, shared: true });
  copyEnvs(from, 1, to);
  expect([...to.observations]).toEqual([1, 2, 11, 12]);
  expect([...to.actions]).toEqual([1, -1, 2, -2, 11, -1, 12, -2]);
  expect([...to.rewards]).toEqual([1.5, 2.5, 4.5, 5.5]);
  expect([...to.truncated]).toEqual([0, 1, 0, 0]);
  expect(to.tails!.count).toBe(3);
  expect([...to.tails!.entries.slice(0, 3)]).toEqual([1, 2, 3]);
  expect([...to.tails!.observations.slice(0, 3)]).toEqual([22, 31, 32]);
});
