import { UserError } from '../../src/core/errors.ts';
import type { Arm } from './arm.ts';
import type { ArmControl } from './arm-env.ts';
import { dampedLeastSquares } from './kinematics.ts';

/** Actions are applied 25 times a second. */
const secondsPerStep = 0.04;
/** Of the tip in m, or of a joint in rad, for an action of 1. */
const largestStep = 0.05;
/** m/rad. */
const ikDamping = 0.1;

/**
 * Moves an arm by actions from -1 to 1: shares of what the motors can exert, displacements of the joints, or of the tip.
 * Actions beyond that range are clipped to it.
 */
export class Drive {
  readonly control: ArmControl;
  /** What an action of 1 means, for each number of the action: N m, rad or m. */
  readonly scale: Float64Array;
  readonly stepSeconds: number;
  /** m/s, after the last step. */
  readonly tipVelocity = new Float64Array(3);

  readonly #arm: Arm;
  readonly #substeps: number;
  readonly #jacobian: Float64Array;
  readonly #way = new Float64Array(3);
  /** Torques, or positions to go to, of the joints. */
  readonly #command: Float64Array;

  /** @throws UserError for control by torque of an arm whose actuators take none, or any */
  constructor(arm: Arm, control: ArmControl) {
    const n = arm.count;
    this.#arm = arm;
    this.control = control;
    this.#substeps = Math.max(1, Math.round(secondsPerStep / arm.simulation.timeStep));
    this.stepSeconds = this.#substeps * arm.simulation.timeStep;
    this.scale =
      control === 'torque' ? torqueScale(arm) : new Float64Array(control === 'joints' ? n : 3).fill(largestStep);
    this.#jacobian = new Float64Array(3 * n);
    this.#command = new Float64Array(n);
  }

  /** Follows the arm to where it was put. */
  start(): void {
    this.#arm.tipJacobian(this.#jacobian);
    this.#arm.tipVelocity(this.#jacobian, this.tipVelocity);
  }

  step(action: Float32Array): void {
    const arm = this.#arm;
    const command = this.#command;
    if (this.control === 'torque') {
      for (let i = 0; i < command.length; i++) command[i] = clip(action[i]) * this.scale[i];
      arm.exert(command, this.#substeps);
    } else {
      if (this.control === 'joints') {
        for (let i = 0; i < command.length; i++) command[i] = clip(action[i]) * largestStep;
      } else {
        for (let axis = 0; axis < 3; axis++) this.#way[axis] = clip(action[axis]) * largestStep;
        dampedLeastSquares(this.#jacobian, this.#way, ikDamping, command);
      }
      // From where the joints are, not from where they were to be: then a step is never owed, and nothing winds up.
      for (let i = 0; i < command.length; i++) {
        const wanted = arm.positions[i] + command[i];
        command[i] = Math.min(Math.max(wanted, arm.limits[2 * i]), arm.limits[2 * i + 1]);
      }
      arm.follow(command, this.#substeps);
    }
    this.start();
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
