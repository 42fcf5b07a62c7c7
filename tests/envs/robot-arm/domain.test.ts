import { describe, expect, test } from '@jest/globals';
import type { ArmEnv } from '../../../envs/robot-arm/arm-env.ts';
import { ArmTask, type ArmTaskOptions } from '../../../envs/robot-arm/arm-task.ts';
import {
  type ControllerRule,
  controllers,
  inverseKinematics,
  jacobianTranspose,
  pushFromBehind,
  zeroAction,
} from '../../../envs/robot-arm/controllers.ts';
import { robotArmDomain } from '../../../envs/robot-arm/domain.ts';
import { measuresOf, summarise } from '../../../envs/robot-arm/metrics.ts';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { PlanarReach } from '../../../envs/robot-arm/planar-reach.ts';
import { Reacher } from '../../../envs/robot-arm/reacher.ts';
import { type ArmEpisode, recordEpisode } from '../../../envs/robot-arm/rollouts.ts';

await loadMujoco();

/** One joint and three steps of half a second. */
const episode: ArmEpisode = {
  seconds: 0.5,
  joints: 1,
  successDistance: 0.1,
  return: -4,
  distances: Float64Array.of(2, 1, 0.05, 0.2),
  tips: Float64Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1),
  targets: Float64Array.of(0, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0, 2),
  velocities: Float64Array.of(0, 1, 1, -1),
  torques: Float64Array.of(0, 3, -4, 2),
  torqueLimits: Float64Array.of(4),
  points: new Float64Array(4 * 6),
};

describe('measures', () => {
  test('of an episode worked out by hand', () => {
    const { jerk, ...rest } = measuresOf(episode);
    expect(rest).toEqual({
      return: -4,
      successAny: 1,
      successLast: 0,
      finalDistance: 0.2,
      timeToSuccess: 1,
      // Three metres for a target two metres away.
      pathRatio: 1.5,
      // (3 x 1 + 4 x 1 + 2 x 1) x 0.5.
      work: 4.5,
      saturation: 1 / 3,
    });
    // Second differences of the velocities: 1 - 2 + 0 = -1 and -1 - 2 + 1 = -2, each over 0.25 s^2.
    expect(jerk).toBeCloseTo(Math.sqrt((16 + 64) / 2), 12);
  });

  test('time to success is that of the episodes which had one', () => {
    const never = measuresOf({ ...episode, distances: Float64Array.of(2, 1, 1, 1) });
    const { timeToSuccess, successAny } = summarise([measuresOf(episode), never]);
    expect(timeToSuccess).toEqual({ mean: 1, low: 1, high: 1 });
    expect(successAny.mean).toBe(0.5);
    expect(summarise([never]).timeToSuccess.mean).toBeNaN();
  });

  test('intervals of a mean are about as wide as the normal distribution says', () => {
    const spread = Array.from({ length: 400 }, (_, i) => ({ ...measuresOf(episode), return: i % 2 }));
    const { mean, low, high } = summarise(spread).return;
    expect(mean).toBe(0.5);
    // 1.96 x 0.5 / sqrt(400).
    expect(high - mean).toBeCloseTo(0.049, 2);
    expect(mean - low).toBeCloseTo(0.049, 2);
  });
});

describe('controllers without learning', () => {
  function play(env: ArmEnv, rule: ControllerRule, episodes: number, steps: number) {
    const controller = rule.start(env)!;
    const all = Array.from({ length: episodes }, (_, seed) =>
      measuresOf(recordEpisode(env, (_observation, action) => controller(env, action), steps, seed)),
    );
    env.close?.();
    return summarise(all);
  }

  test('the Jacobian transpose on the Reacher returns what Gymnasium’s does: -5.62, standard deviation 2.60', () => {
    const { return: found, finalDistance } = play(new Reacher(), jacobianTranspose, 200, 50);
    expect(Math.abs(found.mean + 5.62)).toBeLessThan((4 * 2.6) / Math.sqrt(200));
    expect(finalDistance.mean).toBeCloseTo(0.055, 2);
  });

  test('computed torque brings a planar arm to its target, and the built-in one under every control', () => {
    expect(play(new PlanarReach(), inverseKinematics, 20, 100).successLast.mean).toBe(1);
    for (const control of ['end-effector', 'joints', 'torque'] as const) {
      expect(play(new ArmTask({ control }, false), inverseKinematics, 20, 50).successLast.mean).toBe(1);
    }
  });

  test('along the Jacobian transpose the joints find to the target too', () => {
    expect(play(new ArmTask({ control: 'joints' }, false), jacobianTranspose, 20, 50).successLast.mean).toBe(1);
  });

  test('without an action the arm under control by joints stays where it is', () => {
    const { work, finalDistance } = play(new ArmTask({ control: 'joints' }, false), zeroAction, 5, 50);
    expect(work.mean).toBeLessThan(0.1);
    expect(finalDistance.mean).toBeGreaterThan(0.05);
  });
});

describe('the evaluation of a policy', () => {
  const domain = robotArmDomain((options) => new ArmTask(options as ArmTaskOptions, false), 30);
  /** Nothing is pushed here. */
  const ofJoints = controllers.filter((rule) => rule !== pushFromBehind);
  const idle = domain.evaluate((_, action) => action.fill(0), { control: 'joints' });

  test('holds it against every controller over the same episodes', () => {
    const { metrics, table } = idle;
    expect(table.rows.map(([name]) => name)).toEqual(['Policy', ...ofJoints.map(({ name }) => name)]);
    expect(table.rows[0].slice(1)).toEqual(table.rows.at(-1)!.slice(1));
    expect(metrics.return).toBe(metrics.zeroActionReturn);
    expect(metrics.inverseKinematicsSuccessLast).toBe(1);
    expect(metrics.return).toBeLessThan(metrics.returnHigh);
    expect(idle.sections[0].text).toContain('less than');
  });

  test('where actions move the tip, there is no controller of joints', () => {
    const { table } = domain.evaluate((_, action) => action.fill(0), {});
    expect(table.rows.map(([name]) => name)).not.toContain(jacobianTranspose.name);
    expect(table.rows).toHaveLength(ofJoints.length);
  });

  test('draws the distance, the torques, the moving arm and the ways of the tip', () => {
    const [{ figures = [] }] = idle.sections;
    expect(figures).toHaveLength(4);
    for (const figure of figures) expect(figure).toMatch(/^<svg[\s\S]*<\/svg>/);
    // Arm, tip and target in two views; each with a value for each state and the rest at the end.
    const animations = [...figures[2].matchAll(/<animate attributeName="(\w+)" dur="([\d.]+)s".*? values="([^"]*)"/g)];
    expect(animations.map(([, attribute]) => attribute)).toEqual(
      ['cx', 'cy', 'points', 'cx', 'cy'].flatMap((name, i, names) => [name, ...(i === 4 ? names : [])]),
    );
    for (const [, , seconds, values] of animations) {
      expect(values.split(';')).toHaveLength(31 + 25);
      expect(Number(seconds)).toBeCloseTo(55 * 0.04, 2);
    }
  });
});
