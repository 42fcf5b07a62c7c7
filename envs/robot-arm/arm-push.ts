import { z } from 'zod';
import { filledOptions } from '../../src/core/filled-options.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/index.ts';
import { Arm } from './arm.ts';
import type { ArmEnv } from './arm-env.ts';
import { Drive } from './drive.ts';
import { distanceBetween, ReachSignals, type ReachSignalsState, reachSignalNames } from './reach-signals.ts';
import { sevenJointArm } from './seven-joint-arm.ts';
import { Simulation } from './simulation.ts';

/** Options of `upslope/ArmPush-v0`. */
export interface ArmPushOptions {
  /** `dense`: minus the distance from box to goal in m; `sparse`: -1 until the box is there, then 0. Default `dense`. */
  reward?: 'dense' | 'sparse';
  /** The box is at the goal within this distance, in m. Default 0.05. */
  successDistance?: number;
  /** The box and its goal lie so far to each side of the middle of the table, in m. Default 0.15. */
  range?: number;
}

interface ArmPushState {
  physics: number[];
  target: number[];
  signals: ReachSignalsState;
  hand: [handDistance: number, behindDistance: number];
  reward: number;
  random: RandomState;
}

const schema = z.strictObject({
  reward: z.enum(['dense', 'sparse']).default('dense'),
  successDistance: z.number().positive().default(0.05),
  range: z.number().positive().max(0.25).default(0.15),
});

/** m. */
const tableHeight = 0.1;
const tableCentre = 0.6;
const halfBox = 0.02;
/** What the arm may touch is named here; nothing else collides. */
const model = sevenJointArm({
  world: `
    <geom name="table" type="box" pos="${tableCentre} 0 ${tableHeight / 2}" size="0.4 0.4 ${tableHeight / 2}"/>
    <body name="box" pos="${tableCentre} 0 ${tableHeight + halfBox}">
      <freejoint/>
      <geom name="box" type="box" size="${halfBox} ${halfBox} ${halfBox}" mass="0.2"/>
    </body>`,
  contact: `
    <pair geom1="box" geom2="table" friction="0.5 0.5 0.005 0.0001 0.0001"/>
    <pair geom1="finger" geom2="box" friction="0.5 0.5 0.005 0.0001 0.0001"/>
    <pair geom1="finger" geom2="table"/>`,
  positions: `${tableCentre} 0 ${tableHeight + halfBox} 1 0 0 0`,
});
/** Of the box in qpos and qvel, after the seven joints. */
const boxPosition = 7;
const boxVelocity = 7;
const handDistanceAt = reachSignalNames.length;
/** m: from the middle of the box to where a hand pushes it, a little off its side. */
const behind = 0.045;

/**
 * An arm that pushes a box over a table to a goal, by displacements of its tip, 1 being 5 cm along an axis, 25 times a
 * second. Box and goal are drawn anew for each episode; episodes never terminate.
 *
 * The box is the `tip` of this environment. Observation, in m, m/s and rad: hand, its velocity, box, its velocity, cosine
 * and sine of its turn about the vertical, goal, box minus hand, goal minus box, and of each joint its position and
 * velocity.
 */
export class ArmPush implements ArmEnv {
  readonly observationSpace: Box;
  readonly actionSpace = new Box(-1, 1, [3]);
  readonly observationSize: number;
  readonly actionSize = 3;
  readonly signalNames = [...reachSignalNames, 'handDistance', 'behindDistance'];
  readonly signals = new Float64Array(this.signalNames.length);
  readonly terminated = false;
  readonly truncated = false;
  reward = 0;

  readonly control = 'end-effector';
  readonly actionScale: Float64Array;
  readonly stepSeconds: number;
  readonly successDistance: number;
  readonly jointPositions: Float64Array;
  readonly jointVelocities: Float64Array;
  readonly torques: Float64Array;
  readonly torqueLimits: Float64Array;
  readonly jointLimits: Float64Array;
  readonly tip = new Float64Array(3);
  readonly target = new Float64Array(3);
  readonly hand: Float64Array;
  readonly points: Float64Array;

  readonly #arm: Arm;
  readonly #drive: Drive;
  readonly #sparse: boolean;
  readonly #range: number;
  readonly #random = new Random();
  readonly #signals = new ReachSignals(this.signals.subarray(0, handDistanceAt), 3);

  /** @throws UserError for options that do not fit, and before the physics engine is loaded */
  constructor(options: ArmPushOptions = {}) {
    const { reward, successDistance, range } = filledOptions('arm', schema, options);
    const arm = new Arm(new Simulation(model, {}, 'the pushing arm'));
    this.#arm = arm;
    this.#drive = new Drive(arm, 'end-effector');
    this.#sparse = reward === 'sparse';
    this.#range = range;
    this.successDistance = successDistance;
    this.actionScale = this.#drive.scale;
    this.stepSeconds = this.#drive.stepSeconds;
    this.jointPositions = arm.positions;
    this.jointVelocities = arm.velocities;
    this.torques = arm.torques;
    this.torqueLimits = arm.torqueLimits;
    this.jointLimits = arm.limits;
    this.hand = arm.tip;
    this.points = arm.points;
    this.observationSize = 23 + 2 * arm.count;
    this.observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [this.observationSize]);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    const { simulation, neutral } = this.#arm;
    this.#arm.place(neutral);
    const { qpos } = simulation;
    this.target[2] = tableHeight + halfBox;
    do {
      this.#draw(qpos, boxPosition);
      this.#draw(this.target, 0);
    } while (this.#distance(qpos) <= this.successDistance);
    simulation.forward();
    this.#arm.read();
    this.#readBox();
    this.#drive.start();
    this.reward = 0;
    this.#signals.start(this);
    this.#publishHand();
    this.#observe(observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    this.#drive.step(action);
    this.#readBox();
    this.#signals.update(this, action);
    this.#publishHand();
    const [distance] = this.signals;
    this.reward = this.#sparse ? Number(distance <= this.successDistance) - 1 : -distance;
    this.#observe(observation);
  }

  /** A place on the table, as x and y. */
  #draw(out: Float64Array, at: number): void {
    out[at] = tableCentre + this.#random.uniform(-this.#range, this.#range);
    out[at + 1] = this.#random.uniform(-this.#range, this.#range);
  }

  #distance(qpos: Float64Array): number {
    return Math.hypot(qpos[boxPosition] - this.target[0], qpos[boxPosition + 1] - this.target[1]);
  }

  #readBox(): void {
    const { qpos } = this.#arm.simulation;
    for (let axis = 0; axis < 3; axis++) this.tip[axis] = qpos[boxPosition + axis];
  }

  #publishHand(): void {
    const { hand, tip, target, signals } = this;
    const x = tip[0] - target[0];
    const y = tip[1] - target[1];
    const away = behind / Math.max(Math.hypot(x, y), behind);
    signals[handDistanceAt] = distanceBetween(hand, tip);
    signals[handDistanceAt + 1] = Math.hypot(
      hand[0] - tip[0] - away * x,
      hand[1] - tip[1] - away * y,
      hand[2] - tip[2],
    );
  }

  /** The box does not hang on the joints: none of them moves it by itself. */
  tipJacobian(out: Float64Array): void {
    out.fill(0);
  }

  inverseDynamics(accelerations: Float64Array, out: Float64Array): void {
    this.#arm.inverseDynamics(accelerations, out);
  }

  close(): void {
    this.#arm.simulation.dispose();
  }

  getState(): ArmPushState {
    return {
      physics: this.#arm.simulation.getState(),
      target: Array.from(this.target),
      signals: this.#signals.getState(),
      hand: [this.signals[handDistanceAt], this.signals[handDistanceAt + 1]],
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as ArmPushState;
    this.#arm.simulation.setState(saved.physics);
    this.#arm.read();
    this.#drive.start();
    this.#readBox();
    this.target.set(saved.target);
    this.#signals.setState(saved.signals);
    this.signals.set(saved.hand, handDistanceAt);
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }

  #observe(observation: Float32Array): void {
    const { hand, tip, target } = this;
    const { tipVelocity } = this.#drive;
    const { positions, velocities, count, simulation } = this.#arm;
    const { qpos, qvel } = simulation;
    for (let axis = 0; axis < 3; axis++) {
      observation[axis] = hand[axis];
      observation[3 + axis] = tipVelocity[axis];
      observation[6 + axis] = tip[axis];
      observation[9 + axis] = qvel[boxVelocity + axis];
      observation[14 + axis] = target[axis];
      observation[17 + axis] = tip[axis] - hand[axis];
      observation[20 + axis] = target[axis] - tip[axis];
    }
    const w = qpos[boxPosition + 3];
    const x = qpos[boxPosition + 4];
    const y = qpos[boxPosition + 5];
    const z = qpos[boxPosition + 6];
    observation[12] = 1 - 2 * (y * y + z * z);
    observation[13] = 2 * (w * z + x * y);
    for (let i = 0; i < count; i++) {
      observation[23 + i] = positions[i];
      observation[23 + count + i] = velocities[i];
    }
  }
}
