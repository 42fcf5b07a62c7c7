import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import '../../../envs/robot-arm/index.ts';
import { Reacher } from '../../../envs/robot-arm/reacher.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import { Random } from '../../../src/core/random.ts';
import { loadEnv, make, makeRows } from '../../../src/core/registry.ts';

/** Action, observation and reward. */
type Step = [number[], number[], number];

interface Run {
  seed: number;
  episodes: { start: number[]; steps: Step[] }[];
}

/** Of Gymnasium, by `tests/fixtures/mujoco/make.py`. */
const fixture: { runs: Run[]; weighted: Run } = JSON.parse(
  gunzipSync(readFileSync(packagePath('tests/fixtures/mujoco/reacher.json.gz'))).toString(),
);

beforeAll(() => loadEnv('upslope/Reacher-v0'));

/** The largest differences from what Gymnasium's environment gave under the same actions. */
function follow({ seed, episodes }: Run, options = {}): { observation: number; reward: number; truncated: boolean } {
  const env = makeRows('upslope/Reacher-v0', options);
  const row = new Float32Array(10);
  let observation = 0;
  let reward = 0;
  const compare = (expected: readonly number[]) => {
    // Our rows have 32 bits.
    expected.forEach((value, i) => {
      observation = Math.max(observation, Math.abs(row[i] - Math.fround(value)));
    });
  };
  episodes.forEach(({ start, steps }, episode) => {
    env.reset(episode === 0 ? seed : undefined, row);
    compare(start);
    for (const [action, next, expected] of steps) {
      env.step(Float32Array.from(action), row);
      compare(next);
      reward = Math.max(reward, Math.abs(env.reward - expected));
    }
  });
  return { observation, reward, truncated: env.truncated };
}

/** Mean return over episodes. */
function meanReturn(episodes: number, act: (action: Float32Array) => void): number {
  const env = new Reacher();
  const row = new Float32Array(10);
  const action = new Float32Array(2);
  let sum = 0;
  for (let episode = 0; episode < episodes; episode++) {
    env.reset(episode === 0 ? 0 : undefined, row);
    for (let t = 0; t < 50; t++) {
      act(action);
      env.step(action, row);
      sum += env.reward;
    }
  }
  env.close();
  return sum / episodes;
}

describe('Reacher', () => {
  test.each(fixture.runs.map((run) => [run.seed, run] as const))(
    'is Reacher-v5 from seed %p, over whole episodes and the next one',
    (_, run) => {
      const { observation, reward, truncated } = follow(run);
      expect(observation).toBeLessThanOrEqual(1e-9);
      expect(reward).toBeLessThanOrEqual(1e-9);
      expect(truncated).toBe(true);
    },
  );

  test('weighs its reward as Reacher-v5 does', () => {
    const { reward } = follow(fixture.weighted, { rewardDistanceWeight: 2.5, rewardControlWeight: 0.1 });
    expect(reward).toBeLessThanOrEqual(1e-9);
    expect(follow(fixture.weighted).reward).toBeGreaterThan(0.1);
  });

  test('returns -42.8 for random actions and -11.7 for none, over 2,000 episodes', () => {
    const random = new Random(1);
    const atRandom = meanReturn(2000, (action) => {
      action[0] = random.uniform(-1, 1);
      action[1] = random.uniform(-1, 1);
    });
    expect(Math.abs(atRandom + 42.8)).toBeLessThan(0.5);
    expect(Math.abs(meanReturn(2000, () => {}) + 11.7)).toBeLessThan(0.3);
  });

  test('is an environment by the rules', () => {
    expect(checkEnv(make('upslope/Reacher-v0'))).toEqual([]);
  });

  test('goes on from a saved state to the same bytes', () => {
    const [env, other] = [new Reacher(), new Reacher()];
    const rows = [new Float32Array(10), new Float32Array(10)];
    env.reset(4, rows[0]);
    const action = Float32Array.of(0.7, -0.4);
    for (let t = 0; t < 20; t++) env.step(action, rows[0]);
    other.setState(JSON.parse(JSON.stringify(env.getState())));
    for (let t = 0; t < 30; t++) {
      env.step(action, rows[0]);
      other.step(action, rows[1]);
      expect(rows[1]).toEqual(rows[0]);
      expect(other.reward).toBe(env.reward);
      expect(other.signals).toEqual(env.signals);
    }
    env.reset(undefined, rows[0]);
    other.reset(undefined, rows[1]);
    expect(rows[1]).toEqual(rows[0]);
  });

  test('tells its kinematics and dynamics: finite differences and the motion itself', () => {
    const env = new Reacher();
    const row = new Float32Array(10);
    env.reset(9, row);
    for (let t = 0; t < 10; t++) env.step(Float32Array.of(0.5, -0.8), row);
    // The tip of links 0.1 and 0.11 m long.
    const tipOf = (q: readonly number[]) => [
      0.1 * Math.cos(q[0]) + 0.11 * Math.cos(q[0] + q[1]),
      0.1 * Math.sin(q[0]) + 0.11 * Math.sin(q[0] + q[1]),
    ];
    const qpos = Array.from(env.jointPositions);
    const jacobian = new Float64Array(6);
    env.tipJacobian(jacobian);
    const h = 1e-6;
    for (let joint = 0; joint < 2; joint++) {
      const up = tipOf(qpos.map((q, i) => (i === joint ? q + h : q)));
      const down = tipOf(qpos.map((q, i) => (i === joint ? q - h : q)));
      for (let axis = 0; axis < 2; axis++) {
        expect(jacobian[2 * axis + joint]).toBeCloseTo((up[axis] - down[axis]) / (2 * h), 7);
      }
    }

    // Torques that ask for no acceleration leave only damping to be overcome: armature 1, damping 1.
    const torques = new Float64Array(2);
    env.inverseDynamics(new Float64Array(2), torques);
    for (let joint = 0; joint < 2; joint++) {
      expect(torques[joint]).toBeCloseTo(env.jointVelocities[joint], 1);
    }
  });

  test('refuses what it does not know, and says what to load', async () => {
    expect(() => new Reacher({ rewardControl: 1 } as object)).toThrow(/rewardControl.*rewardControlWeight/s);
    expect(() => new Reacher({ rewardControlWeight: Number.NaN })).toThrow(/is a number; got NaN/);
  });
});
