import type { RowEnv } from '../../src/core/row-env.ts';

/** What the numbers of an action are: torques of joints, displacements of joints, or of the end effector. */
export type ArmControl = 'torque' | 'joints' | 'end-effector';

/**
 * An arm whose tip is to reach a target: what baselines, metrics and figures need to know beside the rows.
 *
 * Arrays are views of the state after the last `reset` or `step`; they keep their identity and change in place.
 * SI units throughout.
 */
export interface ArmEnv extends RowEnv {
  readonly control: ArmControl;
  /** What an action of 1 means, for each number of the action: N m, rad or m. */
  readonly actionScale: Float64Array;
  /** Seconds that one step takes. */
  readonly stepSeconds: number;
  /** The tip counts as on the target within this distance, in m. */
  readonly successDistance: number;

  /** Of the joints that move the tip, in order: rad and rad/s. */
  readonly jointPositions: Float64Array;
  readonly jointVelocities: Float64Array;
  /** Torques the actuators exerted on these joints at the end of the step, in N m. */
  readonly torques: Float64Array;
  /** The most they can exert, in N m; Infinity where there is no limit. */
  readonly torqueLimits: Float64Array;
  /** Lower and upper limit of each joint in turn, in rad; infinite where there is none. */
  readonly jointLimits: Float64Array;
  /** x, y, z in m. In a task that pushes an object, the tip is the object. */
  readonly tip: Float64Array;
  readonly target: Float64Array;
  /** Where the tip is an object: the end of the arm that pushes it. */
  readonly hand?: Float64Array;

  /** Points along the arm from the base to the tip, x, y, z each: what a picture of it connects by lines. */
  readonly points: Float64Array;

  /** Writes d tip / d joints, 3 x joints, row by row. */
  tipJacobian(out: Float64Array): void;
  /** Writes the torques that give these joint accelerations (rad/s^2) in the current state. */
  inverseDynamics(accelerations: Float64Array, out: Float64Array): void;
}
