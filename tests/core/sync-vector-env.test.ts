import { describe, expect, test } from '@jest/globals';
import { CartPole } from '../../envs/classic/cart-pole.ts';
import { UserError } from '../../src/core/errors.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { AutoresetMode } from '../../src/core/vector-env.ts';
import { readFixture } from './gymnasium-fixture.ts';

interface Step {
  actions: number[];
  observations: number[];
  rewards: number[];
  terminated: number[];
  truncated: number[];
  final?: (number[] | null)[];
  afterReset?: number[];
}

interface Run {
  mode: string;
  start: number[];
  steps: Step[];
}

const runs = readFixture<Run[]>('vector');
const modes: Record<string, AutoresetMode> = { NextStep: 'next-step', SameStep: 'same-step', Disabled: 'disabled' };

function carts(autoreset: AutoresetMode): SyncVectorEnv {
  return new SyncVectorEnv(() => new CartPole(), 3, { autoreset, maxEpisodeSteps: 18, name: 'CartPole-v1' });
}

function expectRows(actual: Float32Array, expected: readonly number[]): void {
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - Math.fround(value))).toBeLessThan(1e-10);
  });
}

test.each(runs)('autoreset $mode goes as in Gymnasium', ({ mode, start, steps }) => {
  const envs = carts(modes[mode]);
  envs.reset({ seed: 42 });
  expectRows(envs.observations, start);
  let ends = 0;
  for (const step of steps) {
    envs.step(Float32Array.from(step.actions));
    expectRows(envs.observations, step.observations);
    expect(Array.from(envs.rewards)).toEqual(step.rewards);
    expect(Array.from(envs.terminated)).toEqual(step.terminated);
    expect(Array.from(envs.truncated)).toEqual(step.truncated);
    step.final?.forEach((row, i) => {
      if (row !== null) expectRows(envs.finalObservations.subarray(4 * i, 4 * i + 4), row);
    });
    const ended = envs.terminated.map((flag, i) => flag | envs.truncated[i]);
    ends += ended.filter(Boolean).length;
    if (step.afterReset) {
      envs.reset({ mask: ended });
      expectRows(envs.observations, step.afterReset);
    }
  }
  expect(ends).toBeGreaterThan(6);
});

test.each(['same-step', 'next-step'] as const)('a saved batch goes on with the same numbers, %s', (autoreset) => {
  const envs = carts(autoreset);
  const restored = carts(autoreset);
  envs.reset({ seed: 1 });
  const actions = Float32Array.of(1, 0, 1);
  // In 11 steps of one-sided pushing all three fall at least once.
  for (let i = 0; i < 11; i++) envs.step(actions);
  const saved = envs.getState();
  expect(saved.complete).toBe(true);
  restored.setState(JSON.parse(JSON.stringify(saved)));
  expect(restored.observations).toEqual(envs.observations);
  for (let i = 0; i < 40; i++) {
    envs.step(actions);
    restored.step(actions);
    expect(restored.observations).toEqual(envs.observations);
    expect(restored.rewards).toEqual(envs.rewards);
    expect(restored.truncated).toEqual(envs.truncated);
  }
});

/** Counts its steps and does what a test wants. */
class Counter implements RowEnv {
  readonly observationSpace = new Box(-Infinity, Infinity, [2]);
  readonly actionSpace;
  readonly observationSize = 2;
  readonly actionSize = 1;
  readonly signalNames = ['count'];
  readonly signals = new Float64Array(1);
  readonly actionMask = Uint8Array.of(1, 1);
  terminated = false;
  readonly truncated = false;
  reward = 0;
  count = 0;
  spoil: 'observation' | 'reward' | 'mask' | undefined;

  constructor(actionSpace: Discrete | Box = new Discrete(2)) {
    this.actionSpace = actionSpace as Discrete;
  }

  reset(_: number | undefined, observation: Float32Array): void {
    this.count = 0;
    this.terminated = false;
    this.#publish(observation);
  }

  step(_: Float32Array, observation: Float32Array): void {
    this.count++;
    this.terminated = this.count === 5;
    this.reward = this.spoil === 'reward' ? Number.POSITIVE_INFINITY : 1;
    this.#publish(observation);
  }

  #publish(observation: Float32Array): void {
    observation[0] = Number.POSITIVE_INFINITY;
    observation[1] = this.spoil === 'observation' ? Number.NaN : this.count;
    this.signals[0] = this.count;
    this.actionMask[1] = this.count % 2;
    if (this.spoil === 'mask') this.actionMask.fill(0);
  }
}

describe('the outcome of a step', () => {
  test('signals are those of the ending step, masks those of the new episode', () => {
    const envs = new SyncVectorEnv(() => new Counter(), 2);
    envs.reset();
    expect(Array.from(envs.actionMasks ?? [])).toEqual([1, 0, 1, 0]);
    for (let i = 0; i < 5; i++) envs.step(new Float32Array(2));
    expect(Array.from(envs.terminated)).toEqual([1, 1]);
    expect(Array.from(envs.signals)).toEqual([5, 5]);
    expect(envs.finalObservations[1]).toBe(5);
    expect(envs.observations[1]).toBe(0);
    expect(Array.from(envs.actionMasks ?? [])).toEqual([1, 0, 1, 0]);
  });

  test.each([
    ['observation', 'Counting-v0 1, step 2: observation[1] is NaN'],
    ['reward', 'Counting-v0 1, step 2: reward is Infinity'],
    ['mask', 'Counting-v0 1, step 2: its action mask leaves decision 0 none of 2 choices'],
  ] as const)('a spoilt %s is refused by name', (field, message) => {
    const counters = [new Counter(), new Counter()];
    const envs = new SyncVectorEnv((i) => counters[i], 2, { name: 'Counting-v0' });
    envs.reset();
    envs.step(new Float32Array(2));
    counters[1].spoil = field;
    expect(() => envs.step(new Float32Array(2))).toThrow(message);
  });

  test('where an episode is over, a mask may leave no choice', () => {
    const counter = new Counter();
    const envs = new SyncVectorEnv(() => counter, 1, { autoreset: 'disabled' });
    envs.reset();
    for (let i = 0; i < 4; i++) envs.step(new Float32Array(1));
    counter.spoil = 'mask';
    envs.step(new Float32Array(1));
    expect(Array.from(envs.terminated)).toEqual([1]);
    expect(Array.from(envs.actionMasks ?? [])).toEqual([0, 0]);
  });

  test.each([
    [new Discrete(2), 2],
    [new Discrete(2), -1],
    [new Discrete(2), 0.5],
    [new Discrete(2), Number.NaN],
    [new Box(-1, 1, [1]), 1.1],
    [new Box(-1, 1, [1]), Number.NaN],
  ])('in %s the action %d is refused', (space, action) => {
    const envs = new SyncVectorEnv(() => new Counter(space), 2, { name: 'Counting-v0' });
    envs.reset();
    expect(() => envs.step(Float32Array.of(1, action))).toThrow(/Counting-v0 1, step 1: action\[0\]/);
  });
});

test('seeds are counted up from one, or listed', () => {
  const [counted, listed] = [carts('disabled'), carts('disabled')];
  counted.reset({ seed: 7 });
  listed.reset({ seed: [7, 8, 9] });
  expect(listed.observations).toEqual(counted.observations);
  expect(() => listed.reset({ seed: [1] })).toThrow('one for each of the 3');
});

test('environments without a state begin afresh, and the batch says so', () => {
  const make = () => new SyncVectorEnv(() => new Counter(), 2);
  const envs = make();
  envs.reset();
  envs.step(new Float32Array(2));
  const saved = envs.getState();
  expect(saved.complete).toBe(false);
  const restored = make();
  restored.setState(saved);
  expect(restored.observations[1]).toBe(0);
  restored.step(new Float32Array(2));
  expect(restored.observations[1]).toBe(1);
});

test('misuse is refused', () => {
  const envs = carts('disabled');
  expect(() => envs.step(new Float32Array(3))).toThrow('before its first reset');
  envs.reset({ seed: 1 });
  expect(() => envs.step(new Float32Array(2))).toThrow('Expected 3 action rows');
  expect(() => envs.reset({ mask: new Uint8Array(3) })).toThrow('mask');
  for (let i = 0; i < 9; i++) if (!envs.terminated.includes(1)) envs.step(new Float32Array(3));
  expect(envs.terminated.includes(1) ? () => envs.step(new Float32Array(3)) : () => {}).toThrow(
    'after its episode ended',
  );
  expect(() => new SyncVectorEnv(() => new CartPole(), 0)).toThrow(UserError);
  const spaces = [new Discrete(2), new Discrete(3)];
  expect(() => new SyncVectorEnv((i) => new Counter(spaces[i]), 2)).toThrow('must be alike');
});
