import { describe, expect, test } from '@jest/globals';
import '../../../envs/robot-arm/index.ts';
import type { ArmEnv } from '../../../envs/robot-arm/arm-env.ts';
import { ArmPush } from '../../../envs/robot-arm/arm-push.ts';
import { ArmTask, type ArmTaskOptions } from '../../../envs/robot-arm/arm-task.ts';
import { inverseKinematics, pushFromBehind } from '../../../envs/robot-arm/controllers.ts';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { Random } from '../../../src/core/random.ts';
import { type EnvOptions, make, makeRows } from '../../../src/core/registry.ts';
import { SyncVectorEnv } from '../../../src/core/sync-vector-env.ts';

await loadMujoco();

const signal = (env: ArmEnv, name: string) => env.signals[env.signalNames.indexOf(name)];
const rowsOf = (env: ArmEnv) => ({
  observation: new Float32Array(env.observationSize),
  action: new Float32Array(env.actionSize),
});

const all: [string, () => ArmEnv][] = [
  ['reach by the tip', () => new ArmTask({}, false)],
  ['reach by the joints, sparse', () => new ArmTask({ control: 'joints', reward: 'sparse' }, false)],
  ['reach by torque', () => new ArmTask({ control: 'torque' }, false)],
  ['track', () => new ArmTask({}, true)],
  ['push', () => new ArmPush()],
  ['push, sparse', () => new ArmPush({ reward: 'sparse' })],
];

const reachOptions = (['end-effector', 'joints', 'torque'] as const).flatMap((control) =>
  (['dense', 'sparse'] as const).map((reward): [string, EnvOptions] => ['upslope/ArmReach-v0', { control, reward }]),
);

test.each([
  ...reachOptions,
  ['upslope/ArmTrack-v0', {}],
  ['upslope/ArmPush-v0', {}],
  ['upslope/ArmPush-v0', { reward: 'sparse' }],
] as [string, EnvOptions][])('%s %j keeps to the contract of environments', (id, options) => {
  expect(checkEnv(make(id, options))).toEqual([]);
});

describe.each(all)('%s', (_, create) => {
  test('goes on from a saved state to the same bytes, and a seed tells all', () => {
    const [first, second] = [create(), create()];
    const { observation, action } = rowsOf(first);
    const other = rowsOf(second).observation;
    const random = new Random(5);
    const act = () => {
      for (let i = 0; i < action.length; i++) action[i] = random.uniform(-1.3, 1.3);
    };
    first.reset(11, observation);
    second.reset(11, other);
    expect(other).toEqual(observation);
    for (let t = 0; t < 15; t++) {
      act();
      first.step(action, observation);
    }
    second.setState!(JSON.parse(JSON.stringify(first.getState!())));
    for (let t = 0; t < 15; t++) {
      act();
      first.step(action, observation);
      second.step(action, other);
      expect(other).toEqual(observation);
      expect([second.reward, ...second.signals]).toEqual([first.reward, ...first.signals]);
    }
    first.reset(undefined, observation);
    second.reset(undefined, other);
    expect(other).toEqual(observation);
  });

  test('rewards the distance from tip to target', () => {
    const env = create();
    const { observation, action } = rowsOf(env);
    env.reset(3, observation);
    for (let t = 0; t < 10; t++) {
      action.fill(0.4);
      env.step(action, observation);
      const distance = Math.hypot(...env.tip.map((x, axis) => x - env.target[axis]));
      const there = distance <= env.successDistance;
      expect(signal(env, 'distance')).toBeCloseTo(distance, 12);
      expect(signal(env, 'success')).toBe(Number(there));
      const sparse = Number.isInteger(env.reward);
      expect(env.reward).toBeCloseTo(sparse ? Number(there) - 1 : -distance, 12);
    }
  });

  test('clips actions to their range', () => {
    const [beyond, within] = [create(), create()];
    const { observation, action } = rowsOf(beyond);
    const other = rowsOf(within).observation;
    beyond.reset(1, observation);
    within.reset(1, other);
    beyond.step(action.fill(5), observation);
    within.step(action.fill(1), other);
    expect(Array.from(beyond.jointPositions)).toEqual(Array.from(within.jointPositions));
  });
});

test.each(['upslope/ArmReach-v0', 'upslope/ArmPush-v0'])('%s in a batch refuses an action that is no number', (id) => {
  const env = new SyncVectorEnv(() => makeRows(id), 1);
  env.reset({ seed: 1 });
  expect(() => env.step(Float32Array.of(0, Number.NaN, 0))).toThrow(/action\[1\].*NaN/);
});

describe('reaching', () => {
  test.each(['end-effector', 'joints'] as const)('straight for the goal, by %s, at least 95 % get there', (control) => {
    const env = new ArmTask({ control }, false);
    const { observation, action } = rowsOf(env);
    const controller = inverseKinematics.start(env)!;
    let reached = 0;
    for (let seed = 0; seed < 40; seed++) {
      env.reset(seed, observation);
      for (let t = 0; t < 50; t++) {
        controller(env, action);
        env.step(action, observation);
      }
      reached += signal(env, 'success');
    }
    expect(reached).toBeGreaterThanOrEqual(38);
  });

  test('goals lie in a cube about the tip, on both sides of it', () => {
    const env = new ArmTask({ goalRange: 0.1 }, false);
    const { observation } = rowsOf(env);
    env.reset(0, observation);
    const start = env.tip.slice();
    const low = new Float64Array(3).fill(1);
    const high = new Float64Array(3).fill(-1);
    for (let episode = 0; episode < 200; episode++) {
      env.reset(undefined, observation);
      for (let axis = 0; axis < 3; axis++) {
        low[axis] = Math.min(low[axis], env.target[axis] - start[axis]);
        high[axis] = Math.max(high[axis], env.target[axis] - start[axis]);
      }
    }
    for (let axis = 0; axis < 3; axis++) {
      expect(low[axis]).toBeGreaterThanOrEqual(-0.1);
      expect(low[axis]).toBeLessThan(-0.09);
      expect(high[axis]).toBeLessThanOrEqual(0.1);
      expect(high[axis]).toBeGreaterThan(0.09);
    }
  });

  test('the observation is what README says', () => {
    const env = new ArmTask({}, false);
    const { observation, action } = rowsOf(env);
    env.reset(2, observation);
    const before = env.tip.slice();
    // After many small steps the arm moves evenly, and its velocity is the way over the time.
    for (let t = 0; t < 5; t++) env.step(action.fill(0.2), observation);
    const last = env.tip.slice();
    env.step(action.fill(0.2), observation);
    for (let axis = 0; axis < 3; axis++) {
      expect(observation[axis]).toBeCloseTo(env.tip[axis], 6);
      expect(observation[3 + axis]).toBeCloseTo((env.tip[axis] - last[axis]) / env.stepSeconds, 1);
      expect(observation[6 + axis]).toBeCloseTo(env.target[axis], 6);
      expect(observation[9 + axis]).toBe(0);
      expect(observation[12 + axis]).toBeCloseTo(env.target[axis] - env.tip[axis], 6);
      expect(env.tip[axis]).toBeGreaterThan(before[axis]);
    }
    for (let i = 0; i < 7; i++) {
      expect(observation[15 + i]).toBeCloseTo(env.jointPositions[i], 6);
      expect(observation[22 + i]).toBeCloseTo(env.jointVelocities[i], 5);
    }
  });

  test.each([
    [{ control: 'jointz' }, /arm option 'control' does not fit/],
    [{ goalrange: 1 }, /goalRange/],
    [{ successDistance: -1 }, /arm option 'successDistance' does not fit.*got -1/],
    [{ model: 'nowhere.xml' }, /There is no model/],
  ])('refuses the options %j', (options, message) => {
    expect(() => new ArmTask(options as ArmTaskOptions, false)).toThrow(message);
  });
});

describe('tracking', () => {
  test('the target runs on its curve, at the velocity that is told', () => {
    const env = new ArmTask({}, true);
    const { observation, action } = rowsOf(env);
    env.reset(4, observation);
    const centre = env.tip.slice();
    const places: Float64Array[] = [];
    const told: number[][] = [];
    for (let t = 0; t < 60; t++) {
      env.step(action, observation);
      places.push(env.target.slice());
      told.push(Array.from(observation.subarray(9, 12)));
      for (let axis = 0; axis < 3; axis++) expect(Math.abs(env.target[axis] - centre[axis])).toBeLessThanOrEqual(0.15);
    }
    for (let t = 1; t < 59; t++) {
      for (let axis = 0; axis < 3; axis++) {
        const slope = (places[t + 1][axis] - places[t - 1][axis]) / (2 * env.stepSeconds);
        expect(told[t][axis]).toBeCloseTo(slope, 1);
        // Of every sine: x(t + h) + x(t - h) = 2 cos(w h) x(t), here with w = 1, 2, 3 turns in 4 s.
        const chord = 2 * Math.cos(((axis + 1) * 2 * Math.PI * env.stepSeconds) / 4);
        const [back, here, ahead] = [-1, 0, 1].map((shift) => places[t + shift][axis] - centre[axis]);
        expect(ahead + back).toBeCloseTo(chord * here, 12);
      }
    }
    for (let axis = 0; axis < 3; axis++) {
      const speed = ((axis + 1) * 2 * Math.PI) / 4;
      for (let t = 0; t < 60; t++) {
        expect(Math.hypot(places[t][axis] - centre[axis], told[t][axis] / speed)).toBeCloseTo(0.15, 6);
      }
    }
  });

  test('who goes straight for the target stays behind it, but near', () => {
    const env = new ArmTask({}, true);
    const { observation, action } = rowsOf(env);
    const controller = inverseKinematics.start(env)!;
    let far = 0;
    for (let seed = 0; seed < 5; seed++) {
      env.reset(seed, observation);
      for (let t = 0; t < 100; t++) {
        controller(env, action);
        env.step(action, observation);
        if (t >= 20) far += signal(env, 'distance') / 400;
      }
    }
    expect(far).toBeLessThan(0.06);
    expect(far).toBeGreaterThan(0.005);
  });
});

describe('pushing', () => {
  test('a box that nobody touches lies still on the table', () => {
    const env = new ArmPush();
    const { observation, action } = rowsOf(env);
    env.reset(1, observation);
    const start = env.tip.slice();
    for (let t = 0; t < 50; t++) env.step(action.fill(0), observation);
    for (let axis = 0; axis < 3; axis++) expect(env.tip[axis]).toBeCloseTo(start[axis], 3);
  });

  test('a box that slides stops where friction has used up its energy', () => {
    const env = new ArmPush();
    const { observation, action } = rowsOf(env);
    env.reset(1, observation);
    const start = env.tip.slice();
    const state = env.getState();
    const speed = 0.6;
    // Time, 14 positions, then velocities: of seven joints, then of the box, away from the arm.
    state.physics[1 + 14 + 7] = speed;
    env.setState(state);
    for (let t = 0; t < 20; t++) env.step(action.fill(0), observation);
    // Half m v^2 = mu m g s, with mu = 0.5.
    const way = speed ** 2 / (2 * 0.5 * 9.81);
    expect((env.tip[0] - start[0]) / way).toBeCloseTo(1, 1);
    expect(env.tip[1] - start[1]).toBeCloseTo(0, 3);
    expect(observation[9]).toBeCloseTo(0, 3);
  });

  test('box and goal never start together', () => {
    const env = new ArmPush();
    const { observation } = rowsOf(env);
    for (let seed = 0; seed < 100; seed++) {
      env.reset(seed, observation);
      expect(signal(env, 'success')).toBe(0);
      expect(signal(env, 'handDistance')).toBeGreaterThan(0.03);
    }
  });

  test('pushing from behind brings most boxes to their goals', () => {
    const env = new ArmPush();
    const { observation, action } = rowsOf(env);
    const controller = pushFromBehind.start(env)!;
    let delivered = 0;
    for (let seed = 0; seed < 40; seed++) {
      env.reset(seed, observation);
      for (let t = 0; t < 50; t++) {
        controller(env, action);
        env.step(action, observation);
      }
      delivered += signal(env, 'success');
      expect(env.tip[2]).toBeCloseTo(0.12, 1);
    }
    expect(delivered).toBeGreaterThanOrEqual(32);
  });
});
