import { z } from 'zod';
import { filledOptions } from '../../src/core/filled-options.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/index.ts';
import { type Arm, loadArm } from './arm.ts';
import type { ArmControl, ArmEnv } from './arm-env.ts';
import { Drive } from './drive.ts';
import { type RandomiseOptions, Randomiser, randomiseSchema } from './randomise.ts';
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
  /** Parameters of the arm that are drawn anew for each episode. Default none. `upslope identify` finds such ranges. */
  randomise?: RandomiseOptions;
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
  randomised?: number[];
}

const schema = z.strictObject({
  model: z.string().min(1).optional(),
  site: z.string().min(1).optional(),
  joints: z.array(z.string().min(1)).min(1).optional(),
  control: z.enum(['torque', 'joints', 'end-effector']).default('end-effector'),
  reward: z.enum(['dense', 'sparse']).default('dense'),
  successDistance: z.number().positive().default(0.05),
  goalRange: z.number().positive().optional(),
  randomise: randomiseSchema.optional(),
});

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
  readonly #drive: Drive;
  readonly #randomiser: Randomiser | undefined;
  readonly #moving: boolean;
  readonly #sparse: boolean;
  readonly #goalRange: number | undefined;
  readonly #random = new Random();
  readonly #signals: ReachSignals;
  readonly #posture: Float64Array;
  readonly #centre: Float64Array;
  readonly #targetVelocity = new Float64Array(3);
  readonly #phases = new Float64Array(3);
  #elapsed = 0;

  /**
   * @param moving whether the target moves
   * @throws UserError for options that do not fit, and a model that cannot be read or has no arm
   */
  constructor(options: ArmTaskOptions, moving: boolean) {
    const filled = filledOptions('arm', schema, options);
    const { control, model, site, joints, randomise } = filled;
    const arm = loadArm(model, { site, joints }, randomise !== undefined);
    this.#randomiser = randomise && new Randomiser(arm, randomise);
    const n = arm.count;
    this.#arm = arm;
    this.#moving = moving;
    this.#sparse = filled.reward === 'sparse';
    this.#goalRange = filled.goalRange ?? (model === undefined || moving ? builtInGoalRange : undefined);
    this.#drive = new Drive(arm, control);
    this.control = control;
    this.stepSeconds = this.#drive.stepSeconds;
    this.successDistance = filled.successDistance;
    this.jointPositions = arm.positions;
    this.jointVelocities = arm.velocities;
    this.torques = arm.torques;
    this.torqueLimits = arm.torqueLimits;
    this.jointLimits = arm.limits;
    this.tip = arm.tip;
    this.points = arm.points;
    this.actionScale = this.#drive.scale;
    this.actionSize = this.actionScale.length;
    this.observationSize = 15 + 2 * n;
    this.actionSpace = new Box(-1, 1, [this.actionSize]);
    this.observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [this.observationSize]);
    this.#signals = new ReachSignals(this.signals, this.actionSize);
    this.#posture = new Float64Array(n);
    this.#centre = arm.tip.slice();
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#randomiser?.draw(this.#random);
    this.#elapsed = 0;
    this.#chooseTarget();
    this.#arm.place(this.#arm.neutral);
    this.#drive.start();
    this.reward = 0;
    this.#signals.start(this);
    this.#observe(observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    this.#drive.step(action);
    this.#elapsed += this.stepSeconds;
    if (this.#moving) this.#moveTarget();
    this.#signals.update(this, action);
    const [distance] = this.signals;
    this.reward = this.#sparse ? Number(distance <= this.successDistance) - 1 : -distance;
    this.#observe(observation);
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
        this.#posture[i] = Math.min(Math.max(angle, limits[2 * i]), limits[2 * i + 1]);
      }
      this.#arm.place(this.#posture);
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
      randomised: this.#randomiser?.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as ArmTaskState;
    if (saved.randomised) this.#randomiser?.setState(saved.randomised);
    this.#arm.simulation.setState(saved.physics);
    this.#arm.read();
    this.#drive.start();
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
    const { tipVelocity } = this.#drive;
    for (let axis = 0; axis < 3; axis++) {
      observation[axis] = tip[axis];
      observation[3 + axis] = tipVelocity[axis];
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
