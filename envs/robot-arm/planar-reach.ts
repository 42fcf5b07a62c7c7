import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/index.ts';
import type { StepDerivative } from '../../src/core/step-derivative.ts';
import type { ArmEnv } from './arm-env.ts';
import { PlanarArm, rod } from './planar-arm.ts';
import { planarReachDerivative } from './planar-reach-derivative.ts';
import { ReachSignals, type ReachSignalsState, reachSignalNames } from './reach-signals.ts';

export interface PlanarReachOptions {
  /** Number of links, 1 to 16, together 1 m long and 1 kg heavy. Default 2. */
  links?: number;
  /** Gravity along -y in m/s^2; 0, as on a table, is the default. */
  gravity?: number;
  /** The tip counts as on the target within this distance, in m. Default 0.05. */
  successDistance?: number;
}

interface PlanarReachState {
  angles: number[];
  velocities: number[];
  torques: number[];
  target: number[];
  signals: ReachSignalsState;
  reward: number;
  random: RandomState;
}

const secondsPerStep = 0.05;
const substeps = 5;
/** The arm is 1 m long and 1 kg heavy: to hold it level on earth takes 4.9 N m at its base. */
const torqueAtBase = 10;
const damping = 0.1;
const armature = 0.01;
const controlCost = 0.01;
/** rad/s that are 1 in the observation. */
const velocityUnit = 10;

/**
 * An arm of n links in a plane whose tip is to go to a random target, by torques at its joints. It needs no physics
 * engine. The reward is -distance - 0.01 x sum of squared actions; episodes never terminate.
 *
 * Observation: cosine and sine of each joint angle, angular velocities over 10 rad/s, target x and y, target minus tip.
 */
export class PlanarReach implements ArmEnv {
  readonly observationSpace: Box;
  readonly actionSpace: Box;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames = reachSignalNames;
  readonly signals = new Float64Array(reachSignalNames.length);
  readonly terminated = false;
  readonly truncated = false;
  readonly derivative: StepDerivative;
  reward = 0;

  readonly control = 'torque';
  readonly actionScale: Float64Array;
  readonly stepSeconds = secondsPerStep;
  readonly successDistance: number;
  readonly jointPositions: Float64Array;
  readonly jointVelocities: Float64Array;
  readonly torques: Float64Array;
  readonly torqueLimits: Float64Array;
  readonly jointLimits: Float64Array;
  readonly tip: Float64Array;
  readonly target = new Float64Array(3);
  readonly points: Float64Array;

  readonly #arm: PlanarArm;
  readonly #random = new Random();
  readonly #signals: ReachSignals;

  /** @throws UserError for an unknown option or a value out of range */
  constructor(options: PlanarReachOptions = {}) {
    checkKeys('PlanarReach option', options, ['links', 'gravity', 'successDistance']);
    const { links = 2, gravity = 0, successDistance = 0.05 } = options;
    if (!(Number.isInteger(links) && links >= 1 && links <= 16)) {
      throw new UserError(`The PlanarReach option 'links' is a whole number from 1 to 16; got ${String(links)}.`);
    }
    if (!Number.isFinite(gravity)) {
      throw new UserError(`The PlanarReach option 'gravity' is a number in m/s^2; got ${String(gravity)}.`);
    }
    if (!(successDistance > 0)) {
      throw new UserError(`The PlanarReach option 'successDistance' is a length in m; got ${String(successDistance)}.`);
    }
    const link = { ...rod(1 / links, 1 / links), damping, armature };
    const createArm = () => new PlanarArm(new Array(links).fill(link), gravity);
    const arm = createArm();
    this.#arm = arm;
    this.successDistance = successDistance;
    this.observationSize = 3 * links + 4;
    this.actionSize = links;
    this.observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [this.observationSize]);
    this.actionSpace = new Box(-1, 1, [links]);
    this.jointPositions = arm.angles;
    this.jointVelocities = arm.velocities;
    this.points = arm.points;
    this.tip = arm.points.subarray(3 * links);
    this.torques = new Float64Array(links);
    // A joint further out carries a shorter arm.
    this.actionScale = Float64Array.from({ length: links }, (_, joint) => torqueAtBase * (1 - joint / links) ** 2);
    this.torqueLimits = this.actionScale;
    this.jointLimits = Float64Array.from({ length: 2 * links }, (_, i) => (i % 2 === 0 ? -Infinity : Infinity));
    this.#signals = new ReachSignals(this.signals, links);
    const { target, actionScale } = this;
    this.derivative = planarReachDerivative({
      ...{ current: arm, target, scratch: createArm(), actionScale },
      ...{ substeps, secondsPerStep, controlCost, velocityUnit },
    });
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    const random = this.#random;
    if (seed !== undefined) random.reseed(seed);
    for (let joint = 0; joint < this.actionSize; joint++) {
      this.jointPositions[joint] = random.uniform(-0.1, 0.1);
      this.jointVelocities[joint] = 0;
    }
    // Alike over the area between a fifth and nine tenths of the arm's reach; one link reaches its end only.
    const [near, far] = this.actionSize === 1 ? [1, 1] : [0.2, 0.9];
    const radius = Math.sqrt(random.uniform(near * near, far * far));
    const angle = random.uniform(-Math.PI, Math.PI);
    this.target[0] = radius * Math.cos(angle);
    this.target[1] = radius * Math.sin(angle);
    this.torques.fill(0);
    this.reward = 0;
    this.#arm.updatePoints();
    this.#signals.start(this);
    this.observe(observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    for (let joint = 0; joint < this.actionSize; joint++) {
      this.torques[joint] = Math.min(Math.max(action[joint], -1), 1) * this.actionScale[joint];
    }
    for (let i = 0; i < substeps; i++) this.#arm.step(this.torques, secondsPerStep / substeps);
    this.#arm.updatePoints();
    this.#signals.update(this, action);
    this.reward = -this.signals[0] - controlCost * this.signals[2];
    this.observe(observation);
  }

  tipJacobian(out: Float64Array): void {
    this.#arm.tipJacobian(out);
  }

  inverseDynamics(accelerations: Float64Array, out: Float64Array): void {
    this.#arm.inverseDynamics(accelerations, out);
  }

  getState(): PlanarReachState {
    return {
      angles: Array.from(this.jointPositions),
      velocities: Array.from(this.jointVelocities),
      torques: Array.from(this.torques),
      target: Array.from(this.target),
      signals: this.#signals.getState(),
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as PlanarReachState;
    this.jointPositions.set(saved.angles);
    this.jointVelocities.set(saved.velocities);
    this.torques.set(saved.torques);
    this.target.set(saved.target);
    this.#signals.setState(saved.signals);
    this.reward = saved.reward;
    this.#random.setState(saved.random);
    this.#arm.updatePoints();
  }

  /** Writes what the state at hand shows. */
  observe(observation: Float32Array): void {
    const n = this.actionSize;
    for (let joint = 0; joint < n; joint++) {
      observation[joint] = Math.cos(this.jointPositions[joint]);
      observation[n + joint] = Math.sin(this.jointPositions[joint]);
      observation[2 * n + joint] = this.jointVelocities[joint] / velocityUnit;
    }
    for (let axis = 0; axis < 2; axis++) {
      observation[3 * n + axis] = this.target[axis];
      observation[3 * n + 2 + axis] = this.target[axis] - this.tip[axis];
    }
  }
}
