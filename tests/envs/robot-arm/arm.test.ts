import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Arm, loadArm } from '../../../envs/robot-arm/arm.ts';
import { ArmTask } from '../../../envs/robot-arm/arm-task.ts';
import { inverseKinematics } from '../../../envs/robot-arm/controllers.ts';
import { loadMujoco } from '../../../envs/robot-arm/mujoco.ts';
import { Simulation } from '../../../envs/robot-arm/simulation.ts';
import { UserError } from '../../../src/core/errors.ts';

await loadMujoco();

const folder = mkdtempSync(join(tmpdir(), 'upslope-arm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const posture = Float64Array.of(0.3, 0.2, -0.4, -1.6, 0.5, 2, -0.3);

describe('the seven-joint arm', () => {
  test('has the tip where the published dimensions put it', () => {
    const arm = loadArm(undefined);
    // Straight up: 0.333 + 0.316 + 0.384 m, offsets of 0.0825 m cancelling; then 0.088 m out and 0.21 m down again.
    arm.place([0, 0, 0, 0, 0, 0, 0]);
    [0.088, 0, 0.333 + 0.316 + 0.384 - 0.21].forEach((x, axis) => {
      expect(arm.tip[axis]).toBeCloseTo(x, 9);
    });
    expect(arm.jointNames).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => `joint${i}`));
    expect(Array.from(arm.torqueLimits)).toEqual([87, 87, 87, 87, 12, 12, 12]);
  });

  test('its Jacobian is the derivative of the tip', () => {
    const arm = loadArm(undefined);
    const jacobian = new Float64Array(21);
    arm.place(posture);
    arm.tipJacobian(jacobian);
    const step = 1e-6;
    for (let joint = 0; joint < 7; joint++) {
      const tipAt = (sign: number) => {
        const moved = posture.slice();
        moved[joint] += sign * step;
        arm.place(moved);
        return arm.tip.slice();
      };
      const [ahead, back] = [tipAt(1), tipAt(-1)];
      for (let axis = 0; axis < 3; axis++) {
        expect(jacobian[7 * axis + joint]).toBeCloseTo((ahead[axis] - back[axis]) / (2 * step), 8);
      }
    }
  });

  test('inverse dynamics give the torques that bring about an acceleration', () => {
    const arm = loadArm(undefined);
    arm.place(posture);
    const wanted = Float64Array.of(1, -2, 0.5, 3, -1, 0.2, 2);
    const torques = new Float64Array(7);
    arm.inverseDynamics(wanted, torques);
    const { simulation } = arm;
    simulation.ctrl.set(torques);
    simulation.forward();
    for (let i = 0; i < 7; i++) expect(simulation.qacc[i]).toBeCloseTo(wanted[i], 8);
  });

  test('follows targets of its joints, against gravity', () => {
    const arm = loadArm(undefined);
    arm.place(arm.neutral);
    const targets = arm.neutral.map((angle, i) => angle + 0.1 * (-1) ** i);
    arm.follow(targets, 100);
    for (let i = 0; i < 7; i++) expect(arm.positions[i]).toBeCloseTo(targets[i], 4);
  });

  test('never exerts more than its actuators can', () => {
    const arm = loadArm(undefined);
    arm.place(arm.neutral);
    arm.exert(new Float64Array(7).fill(1000), 1);
    for (let i = 0; i < 7; i++) expect(arm.torques[i]).toBeCloseTo(arm.torqueLimits[i], 9);
  });
});

const joint = (name: string, inner: string) =>
  `<body pos="0 0 0.2"><joint name="${name}" axis="0 1 0" range="-2 2"/><geom type="capsule" size=".02" fromto="0 0 0 0 0 .2" mass="1"/>${inner}</body>`;

/** Two joints, of which the tip hangs on both. */
const twoJoints = (
  inner = '<site name="tool_tip" pos="0 0 .2"/>',
  actuators = '<motor joint="a" ctrlrange="-20 20"/><motor joint="b" ctrlrange="-9 9" gear="2"/>',
) =>
  `<mujoco><compiler angle="radian" autolimits="true"/><worldbody><site name="origin"/>${joint('a', joint('b', inner))}</worldbody><actuator>${actuators}</actuator></mujoco>`;

const armOf = (xml: string, parts = {}) => new Arm(new Simulation(xml, {}, 'my arm'), parts);

describe('an arm of the user’s', () => {
  test('is found: the site named like a tip, the joints before it, their motors', () => {
    const arm = armOf(twoJoints('<site name="tool_tip" pos="0 0 .2"/><site name="camera" pos="0 0 .3"/>'));
    expect(arm.jointNames).toEqual(['a', 'b']);
    expect(Array.from(arm.tip, (x) => Number(x.toFixed(9)))).toEqual([0, 0, 0.6]);
    expect(Array.from(arm.limits)).toEqual([-2, 2, -2, 2]);
    // The gear doubles what the motor exerts.
    expect(Array.from(arm.torqueLimits)).toEqual([20, 18]);
    expect(arm.hasMotors).toBe(true);
  });

  test('without such a name the outermost site is the tip; another can be named', () => {
    const inner = '<site name="camera" pos="0 0 .3"/>';
    expect(armOf(twoJoints(inner)).tip[2]).toBeCloseTo(0.7, 9);
    expect(armOf(twoJoints(inner), { site: 'camera', joints: ['b'] }).jointNames).toEqual(['b']);
  });

  test('with servos is driven by positions', () => {
    const servos = '<position joint="a" kp="300" kv="30"/><position joint="b" kp="300" kv="30"/>';
    const arm = armOf(
      twoJoints(undefined, servos).replace('<worldbody>', '<option integrator="implicitfast"/><worldbody>'),
    );
    expect(arm.hasMotors).toBe(false);
    arm.follow(Float64Array.of(0.2, -0.1), 2000);
    expect(arm.positions[0]).toBeCloseTo(0.2, 1);
    expect(arm.positions[1]).toBeCloseTo(-0.1, 1);
  });

  test.each([
    ['no actuators', twoJoints(undefined, ''), {}, /my arm has no actuators: expected one, such as <motor/],
    ['no site', twoJoints('').replace('<site name="origin"/>', ''), {}, /my arm has no site: expected one at the tip/],
    ['a site it has not', twoJoints(), { site: 'tool_top' }, /no site 'tool_top' in my arm\. Did you mean tool_tip\?/],
    ['a joint it has not', twoJoints(), { joints: ['c'] }, /no joint 'c' in my arm\..* It has a, b\./],
    [
      'a site no joint moves',
      twoJoints(),
      { site: 'origin' },
      /no actuator drives a joint between the world and the site/,
    ],
    [
      'a joint nothing drives',
      twoJoints(undefined, '<motor joint="a"/>'),
      { joints: ['a', 'b'] },
      /no actuator drives the joint 'b'\. Leave it out/,
    ],
  ])('that has %s is refused', (_, xml, parts, message) => {
    expect(() => armOf(xml, parts)).toThrow(UserError);
    expect(() => armOf(xml, parts)).toThrow(message);
  });
});

describe('an arm in a file', () => {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  /** A tetrahedron, as a mesh. */
  const mesh = 'v 0 0 0\nv .05 0 0\nv 0 .05 0\nv 0 0 .05\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n';

  test('with an included file and a mesh becomes a task that can be solved', () => {
    write('meshes/hand.obj', mesh);
    write(
      'actuators.xml',
      '<mujocoinclude><actuator><motor joint="a" ctrlrange="-20 20"/><motor joint="b" ctrlrange="-20 20"/></actuator></mujocoinclude>',
    );
    const model = write(
      'arm.xml',
      twoJoints('<geom type="mesh" mesh="hand" mass=".1" contype="0"/><site name="ee" pos="0 0 .2"/>', '')
        .replace(
          '<actuator></actuator>',
          '<include file="actuators.xml"/><asset><mesh name="hand" file="hand.obj"/></asset>',
        )
        .replace('<compiler', '<compiler meshdir="meshes"'),
    );
    const env = new ArmTask({ model, control: 'joints' }, false);
    expect(env.jointPositions).toHaveLength(2);
    const observation = new Float32Array(env.observationSize);
    const action = new Float32Array(env.actionSize);
    const controller = inverseKinematics.start(env)!;
    for (let seed = 0; seed < 10; seed++) {
      env.reset(seed, observation);
      for (let t = 0; t < 50; t++) {
        controller(env, action);
        env.step(action, observation);
      }
      expect(env.signals[env.signalNames.indexOf('success')]).toBe(1);
    }
    env.close();
  });

  test('is refused with the line where something is wrong', () => {
    const lost = write('lost.xml', '<mujoco>\n<asset>\n<mesh name="x" file="lost.stl"/>\n</asset></mujoco>');
    expect(() => loadArm(lost)).toThrow(/lost\.xml, line 3: the mesh 'lost\.stl' is missing\. It was looked for at/);
    const broken = write('broken.xml', '<mujoco>\n<worldbody>\n<joynt/>\n</worldbody></mujoco>');
    expect(() => loadArm(broken)).toThrow(/MuJoCo cannot load .*broken\.xml: .*joynt.*line 3/i);
    const urdf = write('arm.urdf', '<robot name="r"></robot>');
    expect(() => loadArm(urdf)).toThrow(/is no model: expected MuJoCo's XML format.*looks like URDF/);
    expect(() => loadArm(join(folder, 'none.xml'))).toThrow(/There is no model .*none\.xml/);
  });

  const hand = '<asset><mesh name="hand" file="hand.obj"/></asset>';
  const included = (text: string) => `<mujocoinclude>${text}</mujocoinclude>`;
  const meshdir = '<compiler meshdir="meshes"/>';
  test.each([
    ['in the model, of a mesh in an included file', meshdir, included(hand), ''],
    ['in an included file, of a mesh in the model', '', included(meshdir), hand],
    [
      'in the second of two elements',
      '<compiler meshdir="old"/><compiler meshdir="meshes"/>',
      included('<option/>'),
      hand,
    ],
    ['beside a comment with another', `<!-- <compiler meshdir="old"/> -->${meshdir}`, included('<option/>'), hand],
    [
      'that a later folder of all assets replaces',
      `<compiler meshdir="old"/><compiler assetdir="meshes"/>`,
      included('<option/>'),
      hand,
    ],
    [
      'with paths stripped',
      '<compiler meshdir="meshes" strippath="true"/>',
      included('<option/>'),
      hand.replace('hand.o', 'c:/hand.o'),
    ],
    [
      'with the full path of the mesh',
      '<compiler meshdir="old"/>',
      included('<option/>'),
      hand.replace('hand.o', `${folder}/meshes/hand.o`),
    ],
  ])('finds meshes in the folder named %s', (_, compiler, other, asset) => {
    write('meshes/hand.obj', mesh);
    write('parts/other.xml', other);
    const model = write(
      'folders.xml',
      twoJoints('<geom type="mesh" mesh="hand" mass=".1"/><site name="ee"/>').replace(
        '<worldbody>',
        `${compiler}<include file="parts/other.xml"/>${asset}<worldbody>`,
      ),
    );
    expect(loadArm(model).count).toBe(2);
  });

  test('finds files beside the one that was included', () => {
    write('kit/meshes/grip.obj', mesh);
    write('kit/grip.xml', included('<asset><mesh name="hand" file="meshes/grip.obj"/></asset>'));
    write('kit/all.xml', included('<include file="grip.xml"/>'));
    const model = write(
      'beside.xml',
      twoJoints('<geom type="mesh" mesh="hand" mass=".1"/><site name="ee"/>').replace(
        '<worldbody>',
        '<include file="kit/all.xml"/><worldbody>',
      ),
    );
    expect(loadArm(model).count).toBe(2);
  });

  test('a comment may name a file that is not there', () => {
    const model = write(
      'comment.xml',
      twoJoints().replace('<worldbody>', '<!-- <mesh file="old.stl"/> --><worldbody>'),
    );
    expect(loadArm(model).count).toBe(2);
  });
});
