import { beforeAll, describe, expect, test } from '@jest/globals';
import '../../../envs/robot-arm/index.ts';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { PlanarArm, type PlanarLink, rod } from '../../../envs/robot-arm/planar-arm.ts';
import { PlanarReach } from '../../../envs/robot-arm/planar-reach.ts';
import { reacherModel } from '../../../envs/robot-arm/reacher-model.ts';
import { Simulation } from '../../../envs/robot-arm/simulation.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { make } from '../../../src/core/registry.ts';

beforeAll(() => loadMujoco());

/** The links of MuJoCo's Reacher, the fingertip being part of the second one. */
function reacherLinks(simulation: Simulation): PlanarLink[] {
  const mass = simulation.parameter('body_mass');
  const inertia = simulation.parameter('body_inertia');
  const centre = simulation.parameter('body_ipos');
  const [upper, lower, finger] = ['upper', 'lower', 'fingertip'].map((name) => simulation.idOf('body', name));
  // A capsule's principal axes are sorted: the last two are across it, as is the joint.
  const joint = { damping: 1, armature: 1 };
  const first = { length: 0.1, mass: mass[upper], centre: centre[3 * upper], inertia: inertia[3 * upper], ...joint };
  const total = mass[lower] + mass[finger];
  const shared = (mass[lower] * centre[3 * lower] + mass[finger] * 0.11) / total;
  const about = (of: number, at: number) => inertia[3 * of] + mass[of] * (at - shared) ** 2;
  const second = {
    length: 0.11,
    mass: total,
    centre: shared,
    inertia: about(lower, centre[3 * lower]) + about(finger, 0.11),
    ...joint,
  };
  return [first, second];
}

const chain = (gravity: number) => `
<mujoco>
  <option timestep="0.002" integrator="RK4" gravity="0 ${-gravity} 0"/>
  <worldbody>
    <body><joint name="a" axis="0 0 1" damping="0.1"/><inertial mass="2" pos="0.3 0 0" diaginertia="0.01 0.1 0.1"/>
      <body pos="0.5 0 0"><joint name="b" axis="0 0 1"/><inertial mass="1" pos="0.2 0 0" diaginertia="0.01 0.05 0.05"/>
        <body pos="0.4 0 0"><joint name="c" axis="0 0 1" armature="0.2"/><inertial mass="0.5" pos="0.1 0 0" diaginertia="0.001 0.02 0.02"/>
        </body>
      </body>
    </body>
  </worldbody>
</mujoco>`;

describe('a planar arm', () => {
  test('of two links follows the Reacher of MuJoCo over a second, to 1e-9 rad', () => {
    const simulation = new Simulation(reacherModel);
    const arm = new PlanarArm(reacherLinks(simulation));
    const torques = new Float64Array(2);
    for (let t = 0; t < 100; t++) {
      // The elbow stays away from its limit, which the planar arm does not have.
      const action = [0.8 * Math.sin(t / 7), 0.3 * Math.cos(t / 11)];
      simulation.ctrl.set(action);
      torques.set(action.map((a) => 200 * a));
      simulation.step();
      arm.step(torques, 0.01);
      for (let joint = 0; joint < 2; joint++) {
        expect(Math.abs(arm.angles[joint] - simulation.qpos[joint])).toBeLessThan(1e-9);
      }
    }
    expect(Math.abs(arm.angles[0])).toBeGreaterThan(0.2);
  });

  test('of three unlike links under gravity agrees with MuJoCo in mass, torque and motion', () => {
    const simulation = new Simulation(chain(9.81));
    const arm = new PlanarArm(
      [
        { length: 0.5, mass: 2, centre: 0.3, inertia: 0.1, damping: 0.1, armature: 0 },
        { length: 0.4, mass: 1, centre: 0.2, inertia: 0.05, damping: 0, armature: 0 },
        { length: 0.3, mass: 0.5, centre: 0.1, inertia: 0.02, damping: 0, armature: 0.2 },
      ],
      9.81,
    );
    const [angles, velocities] = [
      [0.3, -1, 2],
      [1, 0.5, -2],
    ];
    simulation.qpos.set(angles);
    simulation.qvel.set(velocities);
    arm.angles.set(angles);
    arm.velocities.set(velocities);
    simulation.forward();
    const [ours, theirs] = [new Float64Array(9), new Float64Array(9)];
    arm.massMatrix(ours);
    simulation.massMatrix(theirs);
    for (let i = 0; i < 9; i++) expect(ours[i]).toBeCloseTo(theirs[i], 12);

    const wanted = Float64Array.of(1, -2, 3);
    const torque = new Float64Array(3);
    arm.inverseDynamics(wanted, torque);
    simulation.qacc.set(wanted);
    const force = new Float64Array(3);
    simulation.inverseDynamics(force);
    for (let i = 0; i < 3; i++) expect(torque[i]).toBeCloseTo(force[i], 10);

    const none = new Float64Array(3);
    for (let t = 0; t < 250; t++) {
      simulation.step();
      arm.step(none, 0.002);
    }
    for (let i = 0; i < 3; i++) expect(Math.abs(arm.angles[i] - simulation.qpos[i])).toBeLessThan(1e-8);
  });

  test('without friction keeps its energy', () => {
    const arm = new PlanarArm([rod(0.5, 1), rod(0.3, 2), rod(0.2, 0.5)], 9.81);
    arm.angles.set([2, -1, 0.5]);
    const none = new Float64Array(3);
    const before = arm.energy();
    let fastest = 0;
    for (let t = 0; t < 5000; t++) {
      arm.step(none, 0.0004);
      fastest = Math.max(fastest, Math.abs(arm.velocities[0]));
    }
    expect(fastest).toBeGreaterThan(3);
    expect(Math.abs(arm.energy() - before)).toBeLessThan(1e-5);
  });

  test('tells the Jacobian of its tip', () => {
    const arm = new PlanarArm([rod(0.5, 1), rod(0.3, 2)]);
    arm.angles.set([0.7, -0.4]);
    arm.updatePoints();
    const jacobian = new Float64Array(6);
    arm.tipJacobian(jacobian);
    const h = 1e-6;
    for (let joint = 0; joint < 2; joint++) {
      const tips = [h, -h].map((change) => {
        arm.angles.set([0.7, -0.4]);
        arm.angles[joint] += change;
        arm.updatePoints();
        return Array.from(arm.points.subarray(6, 9));
      });
      for (let axis = 0; axis < 3; axis++) {
        expect(jacobian[2 * axis + joint]).toBeCloseTo((tips[0][axis] - tips[1][axis]) / (2 * h), 8);
      }
    }
  });
});

describe('PlanarReach', () => {
  test.each([1, 2, 5])('with %p links is an environment by the rules', (links) => {
    expect(checkEnv(make('upslope/PlanarReach-v0', { links, gravity: 9.81 }))).toEqual([]);
  });

  test('goes on from a saved state to the same bytes', () => {
    const [env, other] = [new PlanarReach({ links: 3 }), new PlanarReach({ links: 3 })];
    const rows = [new Float32Array(13), new Float32Array(13)];
    const action = Float32Array.of(0.2, -0.9, 1.5);
    env.reset(4, rows[0]);
    for (let t = 0; t < 20; t++) env.step(action, rows[0]);
    other.setState(JSON.parse(JSON.stringify(env.getState())));
    for (let t = 0; t < 20; t++) {
      env.step(action, rows[0]);
      other.step(action, rows[1]);
      expect(rows[1]).toEqual(rows[0]);
      expect([other.reward, ...other.signals]).toEqual([env.reward, ...env.signals]);
    }
  });

  test('publishes what its signals are said to be', () => {
    const env = new PlanarReach();
    const row = new Float32Array(10);
    env.reset(2, row);
    const way = [Array.from(env.tip)];
    const actions = [
      [0.5, 0],
      [0.5, 1],
      [-1, 0.25],
    ];
    for (const action of actions) {
      env.step(Float32Array.from(action), row);
      way.push(Array.from(env.tip));
    }
    const of = (name: (typeof env.signalNames)[number]) => env.signals[env.signalNames.indexOf(name)];
    const distance = Math.hypot(env.tip[0] - env.target[0], env.tip[1] - env.target[1]);
    expect(of('distance')).toBeCloseTo(distance, 12);
    expect(of('tanhReach')).toBeCloseTo(1 - Math.tanh(10 * distance), 12);
    expect(of('control')).toBeCloseTo(1 + 0.0625, 12);
    expect(of('actionRate')).toBeCloseTo(1.5 ** 2 + 0.75 ** 2, 12);
    // -1 - 2 x 0.5 + 0.5 and 0.25 - 2 x 1 + 0.
    expect(of('jerk')).toBeCloseTo(1.5 ** 2 + 1.75 ** 2, 12);
    expect(of('tipSpeed')).toBeCloseTo(Math.hypot(way[3][0] - way[2][0], way[3][1] - way[2][1]) / 0.05, 12);
    expect(of('jointLimitMargin')).toBe(1);
    expect(env.reward).toBeCloseTo(-distance - 0.01 * 1.0625, 12);
  });

  test.each([
    [{ links: 0 }, /'links' is a whole number from 1 to 16; got 0/],
    [{ gravity: 'no' }, /'gravity' is a number in m\/s\^2; got no/],
    [{ successDistance: 0 }, /'successDistance' is a length in m; got 0/],
    [{ link: 2 }, /link/],
  ])('refuses %p', (options, message) => {
    expect(() => make('upslope/PlanarReach-v0', options)).toThrow(message);
  });
});
