import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadArm } from '../../../envs/robot-arm/arm.ts';
import { ArmParameters } from '../../../envs/robot-arm/arm-parameters.ts';
import { ArmTask } from '../../../envs/robot-arm/arm-task.ts';
import { smoothed, smoothedSlope } from '../../../envs/robot-arm/identify/differentiate.ts';
import { type ArmFit, fitArm } from '../../../envs/robot-arm/identify/fit.ts';
import { readJointLog } from '../../../envs/robot-arm/identify/joint-log.ts';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { sevenJointArm } from '../../../envs/robot-arm/seven-joint-arm.ts';
import { Random } from '../../../src/core/random.ts';
import { excitedLog, twoLinks } from './excited-log.ts';

await loadMujoco();

const folder = mkdtempSync(join(tmpdir(), 'upslope-identify-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('smoothing and slope by parabolas', () => {
  test('the slope of a parabola is its own, in the middle of the window', () => {
    const parabola = Float64Array.from({ length: 11 }, (_, i) => 3 + 2 * (i * 0.1) - 4 * (i * 0.1) ** 2);
    const [slope] = smoothedSlope(parabola, 1, 11, 0.1);
    expect(slope).toBeCloseTo(2 - 8 * 0.5, 12);
  });

  test('the smoothed derivative is the smoothed slope', () => {
    const times = Float64Array.from({ length: 30 }, (_, i) => 0.1 * i);
    const signal = times.map((t) => 1 - t + 2 * t ** 2 - 3 * t ** 3 + t ** 4);
    const derivative = times.map((t) => -1 + 4 * t - 9 * t ** 2 + 4 * t ** 3);
    const slope = smoothedSlope(signal, 1, 9, 0.1);
    expect(Array.from(smoothed(derivative, 1, 9))).toEqual(Array.from(slope, (value) => expect.closeTo(value, 9)));
  });

  test('take each column for itself', () => {
    const rows = Float64Array.from({ length: 14 }, (_, at) => (at % 2 === 0 ? at / 2 : -at));
    expect(Array.from(smoothedSlope(rows, 2, 5, 1))).toEqual(
      Array.from({ length: 6 }, (_, at) => expect.closeTo(at % 2 === 0 ? 1 : -2, 12)),
    );
  });
});

describe('a fit to a log', () => {
  const model = write('two.xml', twoLinks);
  const truth = { damping: Float64Array.of(0.9, 0.2), armature: Float64Array.of(0.12, 0.03), payload: 0.7 };
  const { csv } = excitedLog(model, {}, () => truth, { noise: 0 });
  const arm = loadArm(model, {}, true);
  const exact = readJointLog(csv, arm.jointNames, arm.limits, 'log');
  const noisy = (seed: number) => {
    const random = new Random(seed);
    return { ...exact, torques: exact.torques.map((torque) => torque + 0.1 * random.normal()) };
  };
  const log = noisy(1);
  const fit = fitArm(arm, log);
  const parametersOf = ({ joints, payload }: ArmFit) => [
    ...joints.map(({ damping }) => damping),
    ...joints.map(({ armature }) => armature),
    payload,
  ];

  test('finds what the arm was made with, within its intervals', () => {
    const truths = [...truth.damping, ...truth.armature, truth.payload];
    let within = 0;
    const fits = 30;
    for (let seed = 0; seed < fits; seed++) {
      parametersOf(fitArm(arm, noisy(seed), { resamples: 200, seed })).forEach(({ value, low, high }, i) => {
        expect(Math.abs(value / truths[i] - 1)).toBeLessThan(0.1);
        expect(high - low).toBeLessThan(0.15 * truths[i]);
        within += Number(low <= truths[i] && truths[i] <= high);
      });
    }
    // 95 % of 150, were they independent and blocks many.
    expect(within).toBeGreaterThanOrEqual(130);
    expect(within).toBeLessThan(150);
  });

  test.each([5, 9, 17])('has no bias from smoothing over %i samples', (window) => {
    const truths = [...truth.damping, ...truth.armature, truth.payload];
    parametersOf(fitArm(arm, exact, { window, resamples: 20 })).forEach(({ value }, i) => {
      expect(Math.abs(value / truths[i] - 1)).toBeLessThan(0.005);
    });
  });

  test('explains the torques down to their noise, where the model did not', () => {
    for (const { before, after } of fit.joints) {
      expect(before).toBeGreaterThan(0.3);
      // Noise of 0.1 N m, by the root of the sum of the squared weights, (472 - 24.6 k^2) / 2772 for k = -4 .. 4: 0.368.
      expect(after.value).toBeGreaterThan(0.035);
      expect(after.value).toBeLessThan(0.039);
      expect(after.high).toBeGreaterThan(after.value * 0.9);
    }
  });

  test('leaves the arm as it was, and is the same every time', () => {
    const { nominal } = new ArmParameters(arm);
    expect(Array.from(nominal.damping)).toEqual([0.5, 0.5]);
    expect(fitArm(arm, log)).toEqual(fit);
  });

  test('a joint that stands still keeps what the model says, whatever noise its sensor has', () => {
    const held = excitedLog(model, {}, () => truth, { still: [1] });
    const still = readJointLog(held.csv, arm.jointNames, arm.limits, 'log');
    const random = new Random(2);
    for (let at = 1; at < still.velocities.length; at += 2) still.velocities[at] += 0.01 * random.normal();
    const { joints, indistinct } = fitArm(arm, still);
    expect(joints.map(({ moved }) => moved)).toEqual([true, false]);
    expect(joints[1].damping).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    expect(joints[0].damping.value).toBeCloseTo(0.9, 1);
    expect(indistinct).toEqual([]);
  });

  test('tells what the log cannot tell apart', () => {
    // About a vertical axis a payload at 0.5 m is an inertia of 0.25 kg m^2 for each kg, as the drive is.
    const turntable = (tip: string) =>
      write(
        'turntable.xml',
        `<mujoco><worldbody><body><joint name="turn" axis="0 0 1"/><geom size=".1" mass="1"/>
        <site name="tip" pos="${tip}"/></body></worldbody><actuator><motor joint="turn"/></actuator></mujoco>`,
      );
    const times = Float64Array.from({ length: 1500 }, (_, i) => 0.004 * i);
    const turning = {
      interval: 0.004,
      samples: times.length,
      positions: times.map((t) => -Math.cos(3 * t) / 3),
      velocities: times.map((t) => Math.sin(3 * t)),
      torques: times.map((t) => 3 * Math.cos(3 * t) + 0.2 * Math.sin(3 * t)),
    };
    const told = (tip: string) => fitArm(loadArm(turntable(tip), {}, true), turning, { resamples: 20 });
    expect(told('0.5 0 0').indistinct).toEqual([['armature.turn', 'payload']]);
    expect(told('0 0 0.5').indistinct).toEqual([['payload']]);
    expect(fit.indistinct).toEqual([]);
  });

  test('is refused of a log too short for intervals', () => {
    const short = readJointLog(csv.split('\n').slice(0, 301).join('\n'), arm.jointNames, arm.limits, 'log');
    expect(() => fitArm(arm, short)).toThrow('Expected a log of at least 4.0 s, but it spans 1.2 s.');
  });

  test('of seven joints at once', () => {
    const seven = write(
      'seven.xml',
      sevenJointArm().replace('timestep="0.004" integrator="implicitfast"', 'timestep="0.001" integrator="RK4"'),
    );
    const truth = { damping: [1.5, 0.8, 2, 1.2, 0.6, 1.1, 0.9], armature: [0.2, 0.15, 0.1, 0.12, 0.08, 0.05, 0.1] };
    const recorded = excitedLog(
      seven,
      {},
      () => ({ damping: Float64Array.from(truth.damping), armature: Float64Array.from(truth.armature), payload: 1.2 }),
      { seconds: 10 },
    );
    const sevenArm = loadArm(seven, {}, true);
    const found = fitArm(sevenArm, readJointLog(recorded.csv, sevenArm.jointNames, sevenArm.limits, 'log'), {
      resamples: 20,
    });
    expect(found.payload.value).toBeCloseTo(1.2, 1);
    found.joints.forEach(({ damping, armature, before, after }, i) => {
      expect(Math.abs(damping.value / truth.damping[i] - 1)).toBeLessThan(0.1);
      expect(Math.abs(armature.value - truth.armature[i])).toBeLessThan(0.015);
      expect(after.value).toBeLessThan(before / 3);
    });
  });
});

describe('a log that cannot be right is refused', () => {
  const names = ['a'];
  const limits = Float64Array.of(-2, 2);
  const good = Array.from({ length: 60 }, (_, i) => [0.01 * i, 0.1 + 0.002 * i, 0.2, 0.3]);
  const csv = (rows: readonly (readonly (number | string)[])[], header = 't,q1,dq1,tau1') =>
    [header, ...rows.map((row) => row.join(','))].join('\n');
  const changed = (row: number, values: (number | string)[]) => good.map((cells, i) => (i === row ? values : cells));

  test.each([
    ['no column', csv(good, 't,q1,dq1,torque'), /line 1: expected a column 'tau1' or 'tau_a' for each of the 1 joints/],
    ['no time', csv(good, 'time,q1,dq1,tau1'), /expected a column 't'/],
    ['too few', csv(good.slice(0, 10)), /at least 50 samples, but there are 10/],
    ['text', csv(changed(3, [0.03, 'x', 0, 0])), /line 5, column q1: expected a number, but found 'x'/],
    ['nothing', csv(changed(3, [0.03, '', 0, 0])), /line 5, column q1: expected a number, but found nothing/],
    ['a cell less', csv(changed(3, [0.03, 0, 0])), /line 5: expected 4 cells/],
    ['time that stands', csv(changed(3, [0.02, 0, 0, 0])), /line 5: the time goes from 0\.02 to 0\.02/],
    ['a gap', csv(good.map(([t, ...rest], i) => [i > 30 ? t + 0.05 : t, ...rest])), /resample the log, or cut it/],
    ['milliseconds', csv(good.map(([t, ...rest]) => [1000 * t, ...rest])), /divide them by 1000/],
    ['a sample each millisecond', csv(good.map(([t, ...rest]) => [100 * t, ...rest])), /change at 0\.01 times the/],
    ['degrees per second', csv(good.map(([t, q, dq, tau]) => [t, q, 57.3 * dq, tau])), /change at 0\.01745 times the/],
    ['an axis turned round', csv(good.map(([t, q, dq, tau]) => [t, q, -dq, tau])), /change at -1 times the/],
    ['degrees', csv(changed(8, [0.08, 45, 0, 0])), /line 10: joint a is at 45 rad\..*multiply them by pi \/ 180/],
  ])('%s', (_, text, message) => {
    expect(() => readJointLog(text, names, limits, 'log.csv')).toThrow(message);
  });
});

describe('an arm drawn anew for each episode', () => {
  const randomise = { damping: { joint1: [2, 3] }, armature: { joint7: [0.2, 0.3] }, payload: [0.5, 1.5] } as const;
  const options = { control: 'torque', randomise } as const;
  const rowsOf = (env: ArmTask) => ({
    observation: new Float32Array(env.observationSize),
    action: new Float32Array(env.actionSize).fill(0.2),
  });
  const play = (env: ArmTask, seed: number | undefined, steps = 10) => {
    const { observation, action } = rowsOf(env);
    env.reset(seed, observation);
    for (let t = 0; t < steps; t++) env.step(action, observation);
    return Array.from(env.jointPositions);
  };

  test('moves otherwise in each, the same way from the same seed', () => {
    const env = new ArmTask(options, false);
    const [first, second] = [play(env, 1), play(env, undefined)];
    expect(second).not.toEqual(first);
    expect(play(new ArmTask(options, false), 1)).toEqual(first);
  });

  test('goes on from a saved state with the parameters of its episode', () => {
    const [first, second] = [new ArmTask(options, false), new ArmTask(options, false)];
    const { observation, action } = rowsOf(first);
    play(first, 5);
    play(second, 6);
    second.setState(JSON.parse(JSON.stringify(first.getState())));
    for (const env of [first, second]) for (let t = 0; t < 10; t++) env.step(action, observation);
    expect(Array.from(second.jointPositions)).toEqual(Array.from(first.jointPositions));
  });

  test('sags under a payload that its torques do not hold', () => {
    const fallOf = (payload: readonly [number, number]) => {
      const env = new ArmTask({ control: 'torque', randomise: { payload } }, false);
      const unloaded = new ArmTask({ control: 'torque' }, false);
      const { observation, action } = rowsOf(env);
      unloaded.reset(0, observation);
      env.reset(0, observation);
      const holding = new Float64Array(7);
      unloaded.inverseDynamics(new Float64Array(7), holding);
      const start = env.tip[2];
      for (let t = 0; t < 5; t++)
        env.step(
          Float32Array.from(action, (_, i) => holding[i] / env.actionScale[i]),
          observation,
        );
      return start - env.tip[2];
    };
    expect(fallOf([0, 0])).toBeCloseTo(0, 4);
    expect(fallOf([3, 3])).toBeGreaterThan(0.01);
  });

  test.each([
    [{ damping: { joint9: [0, 1] } }, /Unknown joint in the arm option 'randomise\.damping' 'joint9'/],
    [{ payload: [2, 1] }, /randomise\.payload.*expected the least value first/],
    [{ damping: { joint1: [-1, 1] } }, /randomise\.damping\.joint1/],
  ])('refuses %j', (wrong, message) => {
    expect(() => new ArmTask({ randomise: wrong as object }, false)).toThrow(message);
  });
});
