import { describe, expect, test } from '@jest/globals';
import '../../../envs/classic/index.ts';
import { envOf } from '../../../src/core/adapters/rows.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { UserError } from '../../../src/core/errors.ts';
import { make, makeRows, specOf } from '../../../src/core/registry.ts';
import { readFixture } from '../../core/gymnasium-fixture.ts';

/** Action, observation, reward, terminated, truncated and, after an episode's end, the next first observation. */
type Step = [number[], number[], number, number, number, number[]?];

interface Run {
  env: string;
  seed: number;
  start: number[];
  steps: Step[];
}

interface Fixture {
  runs: Run[];
  variants: { options: Record<string, unknown>; run: Run }[];
}

const { runs, variants } = readFixture<Fixture>('classic');
const ids = ['CartPole-v1', 'Acrobot-v1', 'Pendulum-v1', 'MountainCar-v0', 'MountainCarContinuous-v0'];

/** Acrobot's first state is in 32 bits, and so are then the sine and cosine NumPy takes of it: a last digit may differ. */
const startTolerance = (env: string) => (env === 'Acrobot-v1' ? 1.2e-7 : 1e-10);

function expectNear(actual: Float32Array, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - Math.fround(value))).toBeLessThanOrEqual(tolerance);
  });
}

/** Drives our environment by Gymnasium's actions and holds every outcome against Gymnasium's. Returns episodes ended. */
function follow(run: Run, options: Record<string, unknown> = {}): number {
  const rows = makeRows(run.env, options);
  const observation = new Float32Array(rows.observationSize);
  rows.reset(run.seed, observation);
  expectNear(observation, run.start, startTolerance(run.env));
  let ended = 0;
  for (const [action, next, reward, terminated, truncated, start] of run.steps) {
    rows.step(Float32Array.from(action), observation);
    expectNear(observation, next, 1e-10);
    expect(Math.abs(rows.reward - reward)).toBeLessThanOrEqual(1e-10);
    expect([rows.terminated, rows.truncated]).toEqual([terminated === 1, truncated === 1]);
    if (start) {
      ended++;
      rows.reset(undefined, observation);
      expectNear(observation, start, startTolerance(run.env));
    }
  }
  return ended;
}

test.each(runs)('$env from seed $seed goes as in Gymnasium, across episodes', (run) => {
  expect(follow(run)).toBeGreaterThanOrEqual(run.env === 'MountainCarContinuous-v0' ? 0 : 1);
});

test('the driven episodes end in every way there is', () => {
  const ends = (id: string, flag: 3 | 4) =>
    runs.some(({ env, steps }) => env === id && steps.some((step) => step[flag]));
  expect(ids.map((id) => ends(id, 3))).toEqual([true, true, false, true, true]);
  expect(ends('Pendulum-v1', 4)).toBe(true);
});

test.each(variants)('$run.env with $options goes as in Gymnasium', ({ options, run }) => {
  follow(run, options);
});

test("CartPole's first observation from seed 42", () => {
  // gymnasium.make('CartPole-v1').reset(seed=42)
  const expected = Float32Array.of(0.0273956, -0.00611216, 0.03585979, 0.0197368);
  const { observation } = make('CartPole-v1').reset({ seed: 42 });
  expect(Array.from(observation as Float32Array, (x) => x.toFixed(7))).toEqual(
    Array.from(expected, (x) => x.toFixed(7)),
  );
});

test("Acrobot's equations from the paper differ by one term", () => {
  const ours = (bookOrNips: string) => {
    const rows = makeRows('Acrobot-v1', { bookOrNips, low: 1, high: 1.0001 });
    const observation = new Float32Array(6);
    rows.reset(1, observation);
    rows.step(Float32Array.of(1), observation);
    return observation[5];
  };
  expect(Math.abs(ours('book') - ours('nips'))).toBeGreaterThan(1e-3);
});

describe.each(ids)('%s', (id) => {
  test('passes every check of an environment', () => {
    checkEnv(make(id));
  });

  test('is registered with the spaces, limit and threshold of Gymnasium', () => {
    const { observationSpace, actionSpace } = make(id);
    const { maxEpisodeSteps, rewardThreshold } = specOf(id);
    expect([String(observationSpace), String(actionSpace), maxEpisodeSteps, rewardThreshold]).toEqual(
      {
        'CartPole-v1': [
          'Box([-4.8, -Infinity, -0.418879, -Infinity], [4.8, Infinity, 0.418879, Infinity], [4], float32)',
          'Discrete(2)',
          500,
          475,
        ],
        'Acrobot-v1': [
          'Box([-1, -1, -1, -1, -12.56637, -28.27433], [1, 1, 1, 1, 12.56637, 28.27433], [6], float32)',
          'Discrete(3)',
          500,
          -100,
        ],
        'Pendulum-v1': ['Box([-1, -1, -8], [1, 1, 8], [3], float32)', 'Box(-2, 2, [1], float32)', 200, undefined],
        'MountainCar-v0': ['Box([-1.2, -0.07], [0.6, 0.07], [2], float32)', 'Discrete(3)', 200, -110],
        'MountainCarContinuous-v0': [
          'Box([-1.2, -0.07], [0.6, 0.07], [2], float32)',
          'Box(-1, 1, [1], float32)',
          999,
          90,
        ],
      }[id],
    );
  });

  test('refuses an unknown option and names those there are', () => {
    expect(() => make(id, { lwo: 1 })).toThrow(/Unknown .* option 'lwo'.*Known:/);
  });

  test('names a finite value for each signal', () => {
    const env = make(id);
    env.reset({ seed: 3 });
    const { info } = env.step(id.includes('Continuous') || id === 'Pendulum-v1' ? Float32Array.of(0.5) : 1);
    expect(Object.keys(info).length).toBeGreaterThan(2);
    for (const value of Object.values(info)) expect(Number.isFinite(value)).toBe(true);
  });
});

test('signals tell the physical state', () => {
  const env = envOf(makeRows('CartPole-v1'));
  const first = env.reset({ seed: 42 });
  expect(first.info['poleAngle']).toBeCloseTo(0.03585979, 8);
  expect(env.step(0).info['force']).toBe(-10);
  const pendulum = make('Pendulum-v1', { xInit: 0, yInit: 0 });
  pendulum.reset({ seed: 1 });
  // Upright and at rest, a torque of 2 accelerates by 3 u / (m l^2) = 6 rad/s^2 for 0.05 s.
  expect(pendulum.step(Float32Array.of(2)).info['angularVelocity']).toBeCloseTo(0.3, 12);
});

test('wrong reset bounds are refused', () => {
  expect(() => make('CartPole-v1', { low: 1, high: 0 })).toThrow(UserError);
  expect(() => make('Pendulum-v1', { g: 'strong' })).toThrow("option 'g'");
});
