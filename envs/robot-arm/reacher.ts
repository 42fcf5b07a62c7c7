import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/index.ts';
import type { ArmEnv } from './arm-env.ts';
import { ReachSignals, type ReachSignalsState, reachSignalNames } from './reach-signals.ts';
import { reacherModel } from './reacher-model.ts';
import { Simulation } from './simulation.ts';

export interface ReacherOptions {
  /** Weight of the distance from fingertip to target in the reward. Default 1. */
  rewardDistanceWeight?: number;
  /** Weight of the sum of squared actions in the reward. Default 1. */
  rewardControlWeight?: number;
}

interface ReacherState {
  physics: number[];
  signals: ReachSignalsState;
  reward: number;
  random: RandomState;
}

const framesPerStep = 2;
const gear = 200;
/** The goal is drawn from a disc of this radius, in m. */
const goalRadius = 0.2;

const observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [10]);
const actionSpace = new Box(-1, 1, [2]);

/**
 * A planar arm of two links whose fingertip is to go to a target, by torques. Episodes never terminate; the registered
 * time limit is 50 steps of 20 ms.
 *
 * Source: Gymnasium's `Reacher-v5`, equal to it from the same seed. Its code, not its documentation, tells the weights
 * (both 1) and the time step. What depends on the action alone is rounded to 32 bits there, and so here.
 */
export class Reacher implements ArmEnv {
  readonly observationSpace = observationSpace;
  readonly actionSpace = actionSpace;
  readonly observationSize = 10;
  readonly actionSize = 2;
  readonly signalNames = [...reachSignalNames, 'rewardDistance', 'rewardControl'];
  readonly signals = new Float64Array(this.signalNames.length);
  readonly terminated = false;
  readonly truncated = false;
  reward = 0;

  readonly control = 'torque';
  readonly actionScale = Float64Array.of(gear, gear);
  readonly stepSeconds: number;
  readonly successDistance = 0.02;
  readonly jointPositions = new Float64Array(2);
  readonly jointVelocities = new Float64Array(2);
  readonly torques = new Float64Array(2);
  readonly torqueLimits = Float64Array.of(gear, gear);
  readonly jointLimits = Float64Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -3, 3);
  readonly tip = new Float64Array(3);
  readonly target = new Float64Array(3);
  readonly points = new Float64Array(9);

  readonly #simulation: Simulation;
  readonly #random = new Random();
  readonly #signals = new ReachSignals(this.signals.subarray(0, reachSignalNames.length), 2);
  readonly #distanceWeight: number;
  readonly #controlWeight: number;
  readonly #fingertip: number;
  readonly #targetBody: number;
  readonly #elbow: number;
  readonly #jacobian = new Float64Array(3 * 4);
  readonly #mass = new Float64Array(4 * 4);

  /** @throws UserError for an unknown option, a weight that is no number, and before the physics engine is loaded */
  constructor(options: ReacherOptions = {}) {
    checkKeys('Reacher option', options, ['rewardDistanceWeight', 'rewardControlWeight']);
    this.#distanceWeight = weightOf(options, 'rewardDistanceWeight');
    this.#controlWeight = weightOf(options, 'rewardControlWeight');
    const simulation = new Simulation(reacherModel, {}, 'the Reacher');
    this.#simulation = simulation;
    this.stepSeconds = simulation.timeStep * framesPerStep;
    this.#fingertip = 3 * simulation.idOf('body', 'fingertip');
    this.#targetBody = 3 * simulation.idOf('body', 'target');
    this.#elbow = 3 * simulation.idOf('body', 'lower');
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    const random = this.#random;
    if (seed !== undefined) random.reseed(seed);
    const simulation = this.#simulation;
    simulation.reset();
    const { qpos, qvel } = simulation;
    // The target's own numbers are drawn and thrown away, as in Gymnasium.
    for (let i = 0; i < 4; i++) qpos[i] += random.uniform(-0.1, 0.1);
    do {
      qpos[2] = random.uniform(-goalRadius, goalRadius);
      qpos[3] = random.uniform(-goalRadius, goalRadius);
    } while (Math.sqrt(qpos[2] * qpos[2] + qpos[3] * qpos[3]) >= goalRadius);
    for (let i = 0; i < 4; i++) qvel[i] = random.uniform(-0.005, 0.005);
    qvel[2] = 0;
    qvel[3] = 0;
    simulation.forward();
    this.reward = 0;
    this.#read();
    this.#signals.start(this);
    this.#observe(observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const simulation = this.#simulation;
    const { ctrl } = simulation;
    ctrl[0] = action[0];
    ctrl[1] = action[1];
    simulation.step(framesPerStep);
    this.#read();
    const { tip, target, signals } = this;
    const x = tip[0] - target[0];
    const y = tip[1] - target[1];
    const z = tip[2] - target[2];
    const squares = Math.fround(Math.fround(action[0] * action[0]) + Math.fround(action[1] * action[1]));
    const forDistance = -Math.sqrt(x * x + y * y + z * z) * this.#distanceWeight;
    const forControl = Math.fround(-squares * Math.fround(this.#controlWeight));
    this.reward = forDistance + forControl;
    this.#signals.update(this, action);
    signals[reachSignalNames.length] = forDistance;
    signals[reachSignalNames.length + 1] = forControl;
    this.#observe(observation);
  }

  tipJacobian(out: Float64Array): void {
    // The integrator leaves positions behind that belong to the middle of its last step.
    this.#simulation.forward();
    this.#simulation.siteJacobian(0, this.#jacobian);
    for (let axis = 0; axis < 3; axis++) {
      for (let joint = 0; joint < 2; joint++) out[2 * axis + joint] = this.#jacobian[4 * axis + joint];
    }
  }

  inverseDynamics(accelerations: Float64Array, out: Float64Array): void {
    this.#simulation.forward();
    const { qfrcBias, qfrcPassive } = this.#simulation;
    this.#simulation.massMatrix(this.#mass);
    for (let i = 0; i < 2; i++) {
      out[i] = qfrcBias[i] - qfrcPassive[i];
      for (let j = 0; j < 2; j++) out[i] += this.#mass[4 * i + j] * accelerations[j];
    }
  }

  close(): void {
    this.#simulation.dispose();
  }

  getState(): ReacherState {
    return {
      physics: this.#simulation.getState(),
      signals: this.#signals.getState(),
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as ReacherState;
    this.#simulation.setState(saved.physics);
    this.#signals.setState(saved.signals);
    this.reward = saved.reward;
    this.#random.setState(saved.random);
    this.#read();
  }

  #read(): void {
    const { qpos, qvel, xpos, qfrcActuator } = this.#simulation;
    for (let i = 0; i < 2; i++) {
      this.jointPositions[i] = qpos[i];
      this.jointVelocities[i] = qvel[i];
      this.torques[i] = qfrcActuator[i];
    }
    for (let i = 0; i < 3; i++) {
      this.tip[i] = xpos[this.#fingertip + i];
      this.target[i] = xpos[this.#targetBody + i];
      this.points[3 + i] = xpos[this.#elbow + i];
      this.points[6 + i] = this.tip[i];
    }
    this.points[2] = this.points[5];
  }

  #observe(observation: Float32Array): void {
    const { jointPositions, jointVelocities, tip, target } = this;
    const { qpos } = this.#simulation;
    for (let i = 0; i < 2; i++) {
      observation[i] = Math.cos(jointPositions[i]);
      observation[2 + i] = Math.sin(jointPositions[i]);
      observation[4 + i] = qpos[2 + i];
      observation[6 + i] = jointVelocities[i];
      observation[8 + i] = tip[i] - target[i];
    }
  }
}

function weightOf(options: ReacherOptions, name: keyof ReacherOptions): number {
  const weight = options[name] ?? 1;
  if (Number.isFinite(weight)) return weight;
  throw new UserError(`The Reacher option '${name}' is a number; got ${String(weight)}.`);
}
