import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { Simulation } from '../../../envs/robot-arm/simulation.ts';

beforeAll(() => loadMujoco());

/** A point mass of 2 kg on a massless rod of 0.5 m, hanging; the joint turns about y. */
const pendulum = `
<mujoco>
  <option timestep="0.001" integrator="RK4"/>
  <worldbody>
    <body name="bob" pos="0 0 1">
      <joint name="hinge" type="hinge" axis="0 1 0"/>
      <inertial mass="2" pos="0 0 -0.5" diaginertia="1e-6 1e-6 1e-6"/>
      <site name="end" pos="0 0 -0.5"/>
    </body>
  </worldbody>
  <actuator><motor name="push" joint="hinge"/></actuator>
</mujoco>`;

describe('a simulation', () => {
  test('swings as the equation of motion says, and keeps its energy', () => {
    const simulation = new Simulation(pendulum);
    simulation.qpos[0] = 0.1;
    simulation.forward();
    // m l^2 q'' = -m g l sin q, the bob's own inertia of 1e-6 beside 0.5.
    expect(simulation.qacc[0]).toBeCloseTo((-9.81 / 0.5) * Math.sin(0.1), 4);
    const energy = () => 0.5 * 0.5 * simulation.qvel[0] ** 2 - 2 * 9.81 * 0.5 * Math.cos(simulation.qpos[0]);
    const before = energy();
    simulation.step(5000);
    expect(Math.abs(energy() - before)).toBeLessThan(1e-5);
    expect(simulation.time).toBeCloseTo(5, 9);
    simulation.dispose();
  });

  test('tells mass, Jacobian and inverse dynamics', () => {
    const simulation = new Simulation(pendulum);
    simulation.qpos[0] = 0.4;
    simulation.qvel[0] = 1.5;
    simulation.forward();
    const mass = new Float64Array(1);
    simulation.massMatrix(mass);
    expect(mass[0]).toBeCloseTo(2 * 0.25, 5);
    const jacobian = new Float64Array(3);
    simulation.siteJacobian(simulation.idOf('site', 'end'), jacobian);
    // The end is at (-l sin q, 0, 1 - l cos q).
    expect(jacobian[0]).toBeCloseTo(-0.5 * Math.cos(0.4), 12);
    expect(jacobian[2]).toBeCloseTo(0.5 * Math.sin(0.4), 12);
    simulation.qacc[0] = 3;
    const force = new Float64Array(1);
    simulation.inverseDynamics(force);
    expect(force[0]).toBeCloseTo(0.5 * 3 + 2 * 9.81 * 0.5 * Math.sin(0.4), 4);
    simulation.dispose();
  });

  test('keeps its views valid while others are made', () => {
    const simulation = new Simulation(pendulum);
    simulation.qpos[0] = 0.25;
    const held = simulation.qpos;
    // Each reserves an arena: together they make the memory grow.
    const big = pendulum.replace('<option', '<size memory="64M"/><option');
    const others = Array.from({ length: 6 }, () => new Simulation(big));
    expect(held.length).toBe(0);
    expect(simulation.qpos[0]).toBe(0.25);
    for (const other of others) other.dispose();
    simulation.dispose();
  });

  test('goes on from a saved state to the same bytes', () => {
    const [one, other] = [new Simulation(pendulum), new Simulation(pendulum)];
    one.qpos[0] = 1;
    one.ctrl[0] = 0.3;
    one.step(100);
    other.setState(JSON.parse(JSON.stringify(one.getState())));
    one.step(100);
    other.step(100);
    expect(other.qpos).toEqual(one.qpos);
    expect(other.qvel).toEqual(one.qvel);
    expect(other.time).toBe(one.time);
  });

  test('takes changed parameters', () => {
    const simulation = new Simulation(pendulum);
    simulation.parameter('body_mass')[1] = 4;
    simulation.parameter('dof_damping')[0] = 0.7;
    simulation.parametersChanged();
    simulation.qvel[0] = 2;
    simulation.forward();
    const mass = new Float64Array(1);
    simulation.massMatrix(mass);
    expect(mass[0]).toBeCloseTo(1, 5);
    expect(simulation.qacc[0]).toBeCloseTo(-0.7 * 2, 4);
  });

  test('gives its memory back', () => {
    // 64 MB each: without disposal 2 GiB would not hold a hundred of them.
    const big = pendulum.replace('<option', '<size memory="64M"/><option');
    for (let i = 0; i < 100; i++) new Simulation(big).dispose();
  });

  test.each([
    [
      '<mujoco><worldbody><bodi/></worldbody></mujoco>',
      /MuJoCo cannot load arm.xml: .*unrecognized element.*'bodi', line 1/,
    ],
    ['no xml', /MuJoCo cannot load arm.xml: XML/],
    [
      '<mujoco><asset><mesh name="hand" file="hand.stl"/></asset><worldbody><geom type="mesh" mesh="hand"/></worldbody></mujoco>',
      /MuJoCo cannot load arm.xml: .*'hand.stl'/,
    ],
  ])('says what is wrong with a model', (xml, message) => {
    expect(() => new Simulation(xml, {}, 'arm.xml')).toThrow(message);
  });

  test('names what there is where a name is unknown', () => {
    const simulation = new Simulation(pendulum, {}, 'arm.xml');
    expect(() => simulation.idOf('site', 'ends')).toThrow(
      /There is no site 'ends' in arm.xml. Did you mean end\? It has end\./,
    );
    expect(() => simulation.idOf('geom', 'hand')).toThrow(/None of its geoms has a name/);
    expect(simulation.names('joint')).toEqual(['hinge']);
    expect(simulation.has('body', 'bob')).toBe(true);
    expect(simulation.has('body', 'bobs')).toBe(false);
  });
});
