import { UserError } from '../../src/core/errors.ts';
import { type ArmParts, actuatorOf, isRange, isServo, jointsOf, siteOf, torqueLimit } from './arm-parts.ts';
import { readModel } from './model-files.ts';
import { sevenJointArm } from './seven-joint-arm.ts';
import { Simulation } from './simulation.ts';

/** Natural frequency, in rad/s, at which joints driven by motors follow their targets. */
const servoFrequency = 40;

/**
 * An arm within a simulation: the joints that move its tip, the actuators that drive them, and its kinematics.
 * Joint arrays have one number for each of these joints, in order from the base.
 */
export class Arm {
  readonly simulation: Simulation;
  readonly jointNames: readonly string[];
  /** Lower and upper limit of each joint in turn; infinite where there is none. */
  readonly limits: Float64Array;
  /** The most torque of each actuator, N m (or N); Infinity where it is not limited. */
  readonly torqueLimits: Float64Array;
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** What the actuators exert. */
  readonly torques: Float64Array;
  readonly tip = new Float64Array(3);
  /** Base, joints and tip, x, y, z each. */
  readonly points: Float64Array;
  /** Positions at the first keyframe, or those the model starts with, within the limits. */
  readonly neutral: Float64Array;
  /** Whether all actuators are motors, which take torques; else they are servos, which take positions. */
  readonly hasMotors: boolean;

  /** Of the joints, among positions and degrees of freedom of the simulation. */
  readonly places: Int32Array;
  readonly dofs: Int32Array;

  readonly #body: Int32Array;
  readonly #actuator: Int32Array;
  readonly #gear: Float64Array;
  readonly #site: number;
  readonly #accelerations: Float64Array;
  readonly #needed: Float64Array;
  readonly #fullJacobian: Float64Array;
  readonly #fullMass: Float64Array;

  /** @throws UserError where there is no actuator, no site, or none of the name given */
  constructor(simulation: Simulation, parts: ArmParts = {}) {
    this.simulation = simulation;
    if (simulation.nu === 0) {
      throw new UserError(
        `${simulation.name} has no actuators: expected one, such as <motor joint="..."/>, for each joint of the arm.`,
      );
    }
    this.#site = siteOf(simulation, parts.site);
    const joints = jointsOf(simulation, this.#site, parts.joints);
    const n = joints.length;
    this.jointNames = joints.map((joint) => simulation.nameOf('joint', joint));
    const pick = (name: string) => Int32Array.from(joints, (joint) => simulation.indices(name)[joint]);
    this.places = pick('jnt_qposadr');
    this.dofs = pick('jnt_dofadr');
    this.#body = pick('jnt_bodyid');
    this.#actuator = Int32Array.from(joints, (joint) => actuatorOf(simulation, joint)!);
    const range = simulation.parameter('jnt_range');
    this.limits = new Float64Array(2 * n);
    joints.forEach((joint, i) => {
      const [low, high] = [range[2 * joint], range[2 * joint + 1]];
      this.limits[2 * i] = isRange(low, high) ? low : Number.NEGATIVE_INFINITY;
      this.limits[2 * i + 1] = isRange(low, high) ? high : Number.POSITIVE_INFINITY;
    });
    this.hasMotors = !this.#actuator.some((actuator) => isServo(simulation, actuator));
    this.#gear = Float64Array.from(this.#actuator, (actuator) => simulation.parameter('actuator_gear')[6 * actuator]);
    this.torqueLimits = Float64Array.from(this.#actuator, (actuator, i) =>
      torqueLimit(simulation, actuator, this.#gear[i], this.hasMotors),
    );

    this.positions = new Float64Array(n);
    this.velocities = new Float64Array(n);
    this.torques = new Float64Array(n);
    this.points = new Float64Array(3 * (n + 2));
    this.neutral = new Float64Array(n);
    this.#fullJacobian = new Float64Array(3 * simulation.nv);
    this.#fullMass = new Float64Array(simulation.nv * simulation.nv);
    this.#accelerations = new Float64Array(n);
    this.#needed = new Float64Array(n);
    this.#start();
  }

  get count(): number {
    return this.positions.length;
  }

  /** Finds the neutral posture and takes it. */
  #start(): void {
    const { simulation } = this;
    const keys = simulation.parameter('key_qpos');
    const start = keys.length >= simulation.nq ? keys.slice(0, simulation.nq) : simulation.parameter('qpos0').slice();
    for (let i = 0; i < this.count; i++) {
      const low = this.limits[2 * i];
      const high = this.limits[2 * i + 1];
      this.neutral[i] = Math.min(Math.max(start[this.places[i]], low), high);
    }
    this.place(this.neutral);
  }

  /** Puts the arm at rest at these joint positions; everything else goes where the model starts with it. */
  place(positions: ArrayLike<number>): void {
    this.simulation.reset();
    const { qpos } = this.simulation;
    for (let i = 0; i < this.count; i++) qpos[this.places[i]] = positions[i];
    this.simulation.forward();
    this.read();
  }

  /** Brings the arrays to the state of the simulation, as it was at the beginning of the last step for the tip. */
  read(): void {
    const { qpos, qvel, qfrcActuator, siteXpos, xanchor } = this.simulation;
    for (let i = 0; i < this.count; i++) {
      this.positions[i] = qpos[this.places[i]];
      this.velocities[i] = qvel[this.dofs[i]];
      this.torques[i] = qfrcActuator[this.dofs[i]];
    }
    for (let axis = 0; axis < 3; axis++) this.tip[axis] = siteXpos[3 * this.#site + axis];
    const joints = this.simulation.indices('body_jntadr');
    const { points } = this;
    for (let i = 0; i < this.count; i++) {
      const joint = joints[this.#body[i]];
      for (let axis = 0; axis < 3; axis++) points[3 * (i + 1) + axis] = xanchor[3 * joint + axis];
    }
    for (let axis = 0; axis < 3; axis++) points[3 * (this.count + 1) + axis] = this.tip[axis];
    points[0] = points[3];
    points[1] = points[4];
  }

  /**
   * Simulates `steps` steps in which joints are driven to these positions, within the limits of the actuators. Motors
   * do it by computed torque, critically damped: q'' = w^2 (target - q) - 2 w q', whatever the posture. The inertia is
   * taken to be that of the first step.
   */
  follow(targets: Float64Array, steps: number): void {
    if (this.hasMotors) this.simulation.massMatrix(this.#fullMass);
    for (let step = 0; step < steps; step++) {
      const { ctrl } = this.simulation;
      if (this.hasMotors) this.#pull(targets, ctrl);
      else for (let i = 0; i < targets.length; i++) ctrl[this.#actuator[i]] = targets[i];
      this.simulation.step();
    }
    this.simulation.forward();
    this.read();
  }

  #pull(targets: Float64Array, ctrl: Float64Array): void {
    const { qpos, qvel } = this.simulation;
    for (let i = 0; i < targets.length; i++) {
      const ahead = targets[i] - qpos[this.places[i]];
      this.#accelerations[i] = servoFrequency * (servoFrequency * ahead - 2 * qvel[this.dofs[i]]);
    }
    this.#torquesFor(this.#accelerations, this.#needed);
    for (let i = 0; i < targets.length; i++) this.#exert(ctrl, i, this.#needed[i]);
  }

  /** Simulates `steps` steps under these torques, within the limits of the actuators. */
  exert(torques: ArrayLike<number>, steps: number): void {
    const { ctrl } = this.simulation;
    for (let i = 0; i < this.count; i++) this.#exert(ctrl, i, torques[i]);
    this.simulation.step(steps);
    this.simulation.forward();
    this.read();
  }

  #exert(ctrl: Float64Array, i: number, torque: number): void {
    const limit = this.torqueLimits[i];
    ctrl[this.#actuator[i]] = Math.min(Math.max(torque, -limit), limit) / this.#gear[i];
  }

  /** Writes d tip / d joints, 3 x joints. */
  tipJacobian(out: Float64Array): void {
    const n = this.count;
    const { nv } = this.simulation;
    this.simulation.siteJacobian(this.#site, this.#fullJacobian);
    for (let axis = 0; axis < 3; axis++) {
      for (let i = 0; i < n; i++) out[n * axis + i] = this.#fullJacobian[nv * axis + this.dofs[i]];
    }
  }

  /** Writes the torques that give these joint accelerations in the state at hand, contacts aside. */
  inverseDynamics(accelerations: Float64Array, out: Float64Array): void {
    this.simulation.massMatrix(this.#fullMass);
    this.#torquesFor(accelerations, out);
  }

  #torquesFor(accelerations: Float64Array, out: Float64Array): void {
    const { nv, qfrcBias, qfrcPassive } = this.simulation;
    for (let i = 0; i < this.count; i++) {
      const dof = this.dofs[i];
      out[i] = qfrcBias[dof] - qfrcPassive[dof];
      for (let j = 0; j < this.count; j++) out[i] += this.#fullMass[nv * dof + this.dofs[j]] * accelerations[j];
    }
  }

  /** Velocity of the tip in m/s, from that of the joints; `jacobian` as `tipJacobian` writes it. */
  tipVelocity(jacobian: Float64Array, out: Float64Array): void {
    const n = this.count;
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = 0;
      for (let i = 0; i < n; i++) out[axis] += jacobian[n * axis + i] * this.velocities[i];
    }
  }
}

/**
 * The arm of a user's MJCF file, or the built-in one.
 *
 * @param withPayload whether its tip can be given a load, see `ArmParameters`; the site must have a name then
 * @throws UserError for a model that cannot be read or has no arm
 */
export function loadArm(model: string | undefined, parts: ArmParts = {}, withPayload = false): Arm {
  const name = model ?? 'the seven-joint arm';
  const { xml, assets } = model === undefined ? { xml: sevenJointArm(), assets: {} } : readModel(model);
  const simulation = new Simulation(xml, assets, name);
  if (!withPayload) return new Arm(simulation, parts);
  const site = simulation.nameOf('site', siteOf(simulation, parts.site));
  simulation.dispose();
  if (site === '') throw new UserError(`${name}: the site at the tip has no name, by which a payload is put there.`);
  return new Arm(new Simulation(xml, assets, name, site), { ...parts, site });
}
