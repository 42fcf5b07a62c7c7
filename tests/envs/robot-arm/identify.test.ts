import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadArm } from '../../../envs/robot-arm/arm.ts';
import { ArmParameters } from '../../../envs/robot-arm/arm-parameters.ts';
import { ArmTask } from '../../../envs/robot-arm/arm-task.ts';
import { smoothed, smoothedSlope } from '../../../envs/robot-arm/identify/differentiate.ts';
import { fitArm } from '../../../envs/robot-arm/identify/fit.ts';
import { readJointLog } from '../../../envs/robot-arm/identify/joint-log.ts';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { sevenJointArm } from '../../../envs/robot-arm/seven-joint-arm.ts';
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
  test('of a parabola are its own, in the middle of the window', () => {
    const interval = 0.1;
    const parabola = Float64Array.from({ length: 11 }, (_, i) => 3 + 2 * (i * interval) - 4 * (i * interval) ** 2);
    const [middle] = smoothed(parabola, 1, 11);
    expect(middle).toBeCloseTo(parabola[5], 12);
    const [slope] = smoothedSlope(parabola, 1, 11, interval);
    expect(slope).toBeCloseTo(2 - 8 * 0.5, 12);
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
  const { csv } = excitedLog(
    model,
    {},
    () => ({
      damping: Float64Array.of(0.9, 0.2),
      armature: Float64Array.of(0.12, 0.03),
      payload: 0.7,
    }),
    { noise: 0.1 },
  );
  const arm = loadArm(model, {}, true);
  const log = readJointLog(csv, arm.jointNames, arm.limits, 'log');
  const fit = fitArm(arm, log);

  test('finds what the arm was made with, within its intervals', () => {
    const [shoulder, elbow] = fit.joints;
    const near = (found: number, truth: number, share: number) =>
      expect(Math.abs(found / truth - 1)).toBeLessThan(share);
    near(fit.payload.value, 0.7, 0.01);
    near(shoulder.damping.value, 0.9, 0.03);
    near(elbow.damping.value, 0.2, 0.05);
    near(shoulder.armature.value, 0.12, 0.05);
    near(elbow.armature.value, 0.03, 0.15);
    expect(fit.payload.low).toBeLessThan(fit.payload.value);
    expect(fit.payload.high).toBeGreaterThan(fit.payload.value);
    expect(fit.payload.high - fit.payload.low).toBeLessThan(0.05);
  });

  test('explains the torques down to their noise, where the model did not', () => {
    for (const { before, after } of fit.joints) {
      expect(before).toBeGreaterThan(0.3);
      // Noise of 0.1 N m, of which the parabola over nine samples leaves sqrt(59 / 231) = 0.505.
      expect(after.value).toBeGreaterThan(0.045);
      expect(after.value).toBeLessThan(0.065);
      expect(after.high).toBeGreaterThan(after.value * 0.9);
    }
  });

  test('leaves the arm as it was, and is the same every time', () => {
    const { nominal } = new ArmParameters(arm);
    expect(Array.from(nominal.damping)).toEqual([0.5, 0.5]);
    expect(fitArm(arm, log)).toEqual(fit);
  });

  test('a joint that stands still keeps what the model says', () => {
    const rigid = csv
      .trim()
      .split('\n')
      .map((line, row) => {
        const cells = line.split(',');
        if (row > 0) cells[4] = '0';
        return cells.join(',');
      })
      .join('\n');
    const { joints } = fitArm(arm, readJointLog(rigid, arm.jointNames, arm.limits, 'log'));
    expect(joints.map(({ moved }) => moved)).toEqual([true, false]);
    expect(joints[1].damping).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
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
  const good = Array.from({ length: 60 }, (_, i) => [0.01 * i, 0.1, 0.2, 0.3]);
  const csv = (rows: readonly (readonly (number | string)[])[], header = 't,q1,dq1,tau1') =>
    [header, ...rows.map((row) => row.join(','))].join('\n');
  const changed = (row: number, values: (number | string)[]) => good.map((cells, i) => (i === row ? values : cells));

  test.each([
    ['no column', csv(good, 't,q1,dq1,torque'), /line 1: expected a column 'tau1' or 'tau_a' for each of the 1 joints/],
    ['no time', csv(good, 'time,q1,dq1,tau1'), /expected a column 't'/],
    ['too few', csv(good.slice(0, 10)), /at least 50 samples, but there are 10/],
    ['text', csv(changed(3, [0.03, 'x', 0, 0])), /line 5, column q1: expected a number, but found 'x'/],
    ['nothing', csv(changed(3, [0.03, '', 0, 0])), /line 5, column q1: expected a number, but found ''/],
    ['a cell less', csv(changed(3, [0.03, 0, 0])), /line 5: expected 4 cells/],
    ['time that stands', csv(changed(3, [0.02, 0, 0, 0])), /line 5: the time goes from 0\.02 to 0\.02/],
    ['a gap', csv(good.map(([t, ...rest], i) => [i > 30 ? t + 0.05 : t, ...rest])), /resample the log, or cut it/],
    ['milliseconds', csv(good.map(([t, ...rest]) => [1000 * t, ...rest])), /divide them by 1000/],
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
