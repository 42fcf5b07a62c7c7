import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/index.ts';
import { type Arm, loadArm } from './arm.ts';
import type { ArmControl, ArmEnv } from './arm-env.ts';
import { dampedLeastSquares } from './kinematics.ts';
import { ReachSignals, type ReachSignalsState, reachSignalNames } from './reach-signals.ts';

/** Options of `upslope/ArmReach-v0` and `upslope/ArmTrack-v0`. */
export interface ArmTaskOptions {
  /** Path of an arm in MJCF. Default: the built-in one of seven joints. */
  model?: string;
  /** Name of the site that is the tip, and names of the joints that move it; found where not named. */
  site?: string;
  joints?: string[];
  /**
   * What actions are. `end-effector`: displacement of the tip, 1 being 5 cm along an axis; `joints`: of the joints, 1
   * being 0.05 rad; `torque`: a share of what each motor can exert. Default `end-effector`.
   */
  control?: ArmControl;
  /** `dense`: minus the distance in m; `sparse`: -1 until the tip is on the target, then 0. Default `dense`. */
  reward?: 'dense' | 'sparse';
  /** The tip is on the target within this distance, in m. Default 0.05. */
  successDistance?: number;
  /**
   * Goals are drawn from a cube about the neutral tip that reaches so far to each side, in m. Default 0.15 for the
   * built-in arm; the tip of another goes to where random joint angles near the neutral ones take it.
   */
  goalRange?: number;
}

interface ArmTaskState {
  physics: number[];
  target: number[];
  targetVelocity: number[];
  phases: number[];
  elapsed: number;
  signals: ReachSignalsState;
  reward: number;
  random: RandomState;
}

const schema = z.strictObject({
  model: z.string().min(1).optional(),
  site: z.string().min(1).optional(),
  joints: z.array(z.string().min(1)).min(1).optional(),
  control: z.enum(['torque', 'joints', 'end-effector']).default('end-effector'),
  reward: z.enum(['dense', 'sparse']).default('dense'),
  successDistance: z.number().positive().default(0.05),
  goalRange: z.number().positive().optional(),
});

const secondsPerStep = 0.04;
const largestStep = 0.05;
/** m/rad. */
const ikDamping = 0.1;
/** Of joint angles about the neutral ones from which goals of an unknown arm are taken, in rad. */
const goalSpread = 0.5;
/** The path of a moving target is run through in so many seconds. */
const pathPeriod = 4;
const builtInGoalRange = 0.15;

/**
 * An arm whose tip is to go to a target, which stands still or moves on a closed path, 25 times a second. Episodes
 * never terminate.
 *
 * Observation, in m, m/s, rad and rad/s: tip, its velocity, target, its velocity, target minus tip, and of each joint its
 * position and velocity.
 *
 * A moving target follows x_i = centre_i + range sin(k_i w t + phase_i) with k = (1, 2, 3), whose phases are drawn for
 * each episode, about the neutral tip.
 */
export class ArmTask implements ArmEnv {
  readonly observationSpace: Box;
  readonly actionSpace: Box;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames = reachSignalNames;
  readonly signals = new Float64Array(reachSignalNames.length);
  readonly terminated = false;
  readonly truncated = false;
  reward = 0;

  readonly control: ArmControl;
  readonly actionScale: Float64Array;
  readonly stepSeconds: number;
  readonly successDistance: number;
  readonly jointPositions: Float64Array;
  readonly jointVelocities: Float64Array;
  readonly torques: Float64Array;
  readonly torqueLimits: Float64Array;
  readonly jointLimits: Float64Array;
  readonly tip: Float64Array;
  readonly target = new Float64Array(3);
  readonly points: Float64Array;

  readonly #arm: Arm;
  readonly #moving: boolean;
  readonly #sparse: boolean;
  readonly #goalRange: number | undefined;
  readonly #substeps: number;
  readonly #random = new Random();
  readonly #signals: ReachSignals;
  readonly #displacement: Float64Array;
  readonly #jacobian: Float64Array;
  readonly #error = new Float64Array(3);
  readonly #centre: Float64Array;
  readonly #tipVelocity = new Float64Array(3);
  readonly #targetVelocity = new Float64Array(3);
  readonly #phases = new Float64Array(3);
  #elapsed = 0;

  /**
   * @param moving whether the target moves
   * @throws UserError for options that do not fit, and a model that cannot be read or has no arm
   */
  constructor(options: ArmTaskOptions, moving: boolean) {
    const filled = fill(options);
    const { control, model, site, joints } = filled;
    const arm = loadArm(model, { site, joints });
    const n = arm.count;
    this.#arm = arm;
    this.#moving = moving;
    this.#sparse = filled.reward === 'sparse';
    this.#goalRange = filled.goalRange ?? (model === undefined || moving ? builtInGoalRange : undefined);
    this.#substeps = Math.max(1, Math.round(secondsPerStep / arm.simulation.timeStep));
    this.control = control;
    this.stepSeconds = this.#substeps * arm.simulation.timeStep;
    this.successDistance = filled.successDistance;
    this.jointPositions = arm.positions;
    this.jointVelocities = arm.velocities;
    this.torques = arm.torques;
    this.torqueLimits = arm.torqueLimits;
    this.jointLimits = arm.limits;
    this.tip = arm.tip;
    this.points = arm.points;
    this.actionScale = control === 'torque' ? torqueScale(arm) : new Float64Array(control === 'joints' ? n : 3);
    if (control !== 'torque') this.actionScale.fill(largestStep);
    this.actionSize = this.actionScale.length;
    this.observationSize = 15 + 2 * n;
    this.actionSpace = new Box(-1, 1, [this.actionSize]);
    this.observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [this.observationSize]);
    this.#signals = new ReachSignals(this.signals, this.actionSize);
    this.#displacement = new Float64Array(n);
    this.#jacobian = new Float64Array(3 * n);
    this.#centre = arm.tip.slice();
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#elapsed = 0;
    this.#chooseTarget();
    this.#arm.place(this.#arm.neutral);
    this.#arm.tipJacobian(this.#jacobian);
    this.reward = 0;
    this.#signals.start(this);
    this.#observe(observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    this.#act(action);
    this.#arm.tipJacobian(this.#jacobian);
    this.#elapsed += this.stepSeconds;
    if (this.#moving) this.#moveTarget();
    this.#signals.update(this, action);
    const [distance] = this.signals;
    this.reward = this.#sparse ? Number(distance <= this.successDistance) - 1 : -distance;
    this.#observe(observation);
  }

  #act(action: Float32Array): void {
    const arm = this.#arm;
    const displacement = this.#displacement;
    if (this.control === 'torque') {
      for (let i = 0; i < displacement.length; i++) displacement[i] = clip(action[i]) * this.actionScale[i];
      arm.exert(displacement, this.#substeps);
      return;
    }
    if (this.control === 'joints') {
      for (let i = 0; i < displacement.length; i++) displacement[i] = clip(action[i]) * largestStep;
    } else {
      for (let axis = 0; axis < 3; axis++) this.#error[axis] = clip(action[axis]) * largestStep;
      dampedLeastSquares(this.#jacobian, this.#error, ikDamping, displacement);
    }
    // From where the joints are, not from where they were to be: then a step is never owed, and nothing winds up.
    for (let i = 0; i < displacement.length; i++) {
      const wanted = arm.positions[i] + displacement[i];
      displacement[i] = Math.min(Math.max(wanted, arm.limits[2 * i]), arm.limits[2 * i + 1]);
    }
    arm.follow(displacement, this.#substeps);
  }

  #chooseTarget(): void {
    const random = this.#random;
    const range = this.#goalRange;
    if (this.#moving) {
      for (let axis = 0; axis < 3; axis++) this.#phases[axis] = random.uniform(-Math.PI, Math.PI);
      this.#moveTarget();
    } else if (range === undefined) {
      const { neutral, limits } = this.#arm;
      for (let i = 0; i < neutral.length; i++) {
        const angle = neutral[i] + random.uniform(-goalSpread, goalSpread);
        this.#displacement[i] = Math.min(Math.max(angle, limits[2 * i]), limits[2 * i + 1]);
      }
      this.#arm.place(this.#displacement);
      this.target.set(this.tip);
    } else {
      for (let axis = 0; axis < 3; axis++) this.target[axis] = this.#centre[axis] + random.uniform(-range, range);
    }
  }

  #moveTarget(): void {
    const range = this.#goalRange!;
    for (let axis = 0; axis < 3; axis++) {
      const frequency = ((axis + 1) * 2 * Math.PI) / pathPeriod;
      const phase = frequency * this.#elapsed + this.#phases[axis];
      this.target[axis] = this.#centre[axis] + range * Math.sin(phase);
      this.#targetVelocity[axis] = range * frequency * Math.cos(phase);
    }
  }

  tipJacobian(out: Float64Array): void {
    this.#arm.tipJacobian(out);
  }

  inverseDynamics(accelerations: Float64Array, out: Float64Array): void {
    this.#arm.inverseDynamics(accelerations, out);
  }

  close(): void {
    this.#arm.simulation.dispose();
  }

  getState(): ArmTaskState {
    return {
      physics: this.#arm.simulation.getState(),
      target: Array.from(this.target),
      targetVelocity: Array.from(this.#targetVelocity),
      phases: Array.from(this.#phases),
      elapsed: this.#elapsed,
      signals: this.#signals.getState(),
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as ArmTaskState;
    this.#arm.simulation.setState(saved.physics);
    this.#arm.read();
    this.#arm.tipJacobian(this.#jacobian);
    this.target.set(saved.target);
    this.#targetVelocity.set(saved.targetVelocity);
    this.#phases.set(saved.phases);
    this.#elapsed = saved.elapsed;
    this.#signals.setState(saved.signals);
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }

  #observe(observation: Float32Array): void {
    const { tip, target } = this;
    const { positions, velocities, count } = this.#arm;
    this.#arm.tipVelocity(this.#jacobian, this.#tipVelocity);
    for (let axis = 0; axis < 3; axis++) {
      observation[axis] = tip[axis];
      observation[3 + axis] = this.#tipVelocity[axis];
      observation[6 + axis] = target[axis];
      observation[9 + axis] = this.#targetVelocity[axis];
      observation[12 + axis] = target[axis] - tip[axis];
    }
    for (let i = 0; i < count; i++) {
      observation[15 + i] = positions[i];
      observation[15 + count + i] = velocities[i];
    }
  }
}

const clip = (value: number) => Math.min(Math.max(value, -1), 1);

function torqueScale(arm: Arm): Float64Array {
  if (arm.hasMotors && arm.torqueLimits.every(Number.isFinite)) return arm.torqueLimits.slice();
  throw new UserError(
    `Control by torque needs motors with a control range, such as <motor joint="..." ctrlrange="-10 10"/>; the joints ` +
      `of ${arm.simulation.name} have ${arm.hasMotors ? 'motors without limits' : 'servos'}. Use 'joints' or 'end-effector'.`,
  );
}

function fill(options: ArmTaskOptions): z.output<typeof schema> {
  checkKeys('arm option', options, Object.keys(schema.shape));
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue.path[0]);
  const value = JSON.stringify((options as Record<string, unknown>)[name]);
  throw new UserError(`The arm option '${name}' does not fit: ${issue.message}, got ${value}.`);
}
