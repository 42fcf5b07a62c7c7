import { Random } from '../../src/core/random.ts';
import type { ArmEnv } from './arm-env.ts';
import { dampedLeastSquares } from './kinematics.ts';

/** Writes an action for the state the arm is in. */
export type Controller = (env: ArmEnv, action: Float32Array) => void;

/** A controller without learning. */
export interface ControllerRule {
  /** In kebab case. */
  readonly id: string;
  readonly name: string;
  /** @returns undefined where it has no meaning for what the arm's actions are */
  start(env: ArmEnv): Controller | undefined;
}

export const zeroAction: ControllerRule = {
  id: 'zero-action',
  name: 'Zero action',
  start: () => (_env, action) => action.fill(0),
};

/** Evenly over the action space, the same in every evaluation. */
export const randomActions: ControllerRule = {
  id: 'random',
  name: 'Random',
  start: () => {
    const random = new Random(0);
    return (_env, action) => {
      for (let i = 0; i < action.length; i++) action[i] = random.uniform(-1, 1);
    };
  },
};

const springGain = 20;
const damperGain = 0.1;

/**
 * A spring from the tip to the target and dampers in the joints, a = kp J^T e - kd dq with kp = 20 and kd = 0.1 in units
 * of the action, for control by torque. It knows nothing of gravity and inertia. For control by joints, the step along
 * J^T e that brings the tip nearest to the target.
 *
 * @see Siciliano et al. (2009), Robotics, section 8.6.1; Buss (2004), Introduction to inverse kinematics, equation 8
 */
export const jacobianTranspose: ControllerRule = {
  id: 'jacobian-transpose',
  name: 'Jacobian transpose, PD',
  start: (env) => {
    if (env.control === 'end-effector') return undefined;
    const n = env.jointPositions.length;
    const jacobian = new Float64Array(3 * n);
    const error = new Float64Array(3);
    const pull = new Float64Array(n);
    return (arm, action) => {
      arm.tipJacobian(jacobian);
      errorOf(arm, error);
      for (let i = 0; i < n; i++) {
        pull[i] = jacobian[i] * error[0] + jacobian[n + i] * error[1] + jacobian[2 * n + i] * error[2];
      }
      if (arm.control === 'torque') {
        for (let i = 0; i < n; i++) action[i] = clip(springGain * pull[i] - damperGain * arm.jointVelocities[i]);
        return;
      }
      let along = 0;
      let squares = 0;
      for (let axis = 0; axis < 3; axis++) {
        let way = 0;
        for (let i = 0; i < n; i++) way += jacobian[axis * n + i] * pull[i];
        along += way * error[axis];
        squares += way * way;
      }
      const step = squares > 0 ? along / squares : 0;
      for (let i = 0; i < n; i++) action[i] = clip((step * pull[i]) / arm.actionScale[i]);
    };
  },
};

/** m/rad. */
const damping = 0.05;
/** 1/s: how fast computed torque takes the joints to where inverse kinematics wants them, critically damped. */
const bandwidth = 15;

/**
 * Damped least squares tell by how much to turn the joints. Control by joints is told just that; control by torque gives
 * the torques that the arm's own model needs to get there: tau = M(q) (w^2 dq - 2 w q') + c(q, q'). Control of the end
 * effector leaves the kinematics to the environment and asks for the way to the target.
 *
 * @see Siciliano et al. (2009), Robotics, section 8.5.2
 */
export const inverseKinematics: ControllerRule = {
  id: 'inverse-kinematics',
  name: 'Inverse kinematics, computed torque',
  start: (env) => {
    if (env.hand) return undefined;
    const n = env.jointPositions.length;
    const jacobian = new Float64Array(3 * n);
    const error = new Float64Array(3);
    const turn = new Float64Array(n);
    const torques = new Float64Array(n);
    return (arm, action) => {
      errorOf(arm, error);
      if (arm.control === 'end-effector') {
        for (let axis = 0; axis < 3; axis++) action[axis] = clip(error[axis] / arm.actionScale[axis]);
        return;
      }
      arm.tipJacobian(jacobian);
      dampedLeastSquares(jacobian, error, damping, turn);
      if (arm.control === 'joints') {
        for (let i = 0; i < n; i++) action[i] = clip(turn[i] / arm.actionScale[i]);
        return;
      }
      for (let i = 0; i < n; i++) turn[i] = bandwidth * (bandwidth * turn[i] - 2 * arm.jointVelocities[i]);
      arm.inverseDynamics(turn, torques);
      for (let i = 0; i < n; i++) action[i] = clip(torques[i] / arm.actionScale[i]);
    };
  },
};

/** m: how far behind the object the hand starts to push, and how high it passes over it. */
const behind = 0.06;
const clearance = 0.1;
/** m: the hand counts as in place, and the object as delivered. */
const near = 0.015;

/** Goes round behind the object, as seen from the target, and pushes it there. For control of the end effector. */
export const pushFromBehind: ControllerRule = {
  id: 'push-from-behind',
  name: 'Push from behind',
  start: ({ hand, control }) => {
    if (hand === undefined || control !== 'end-effector') return undefined;
    return ({ tip, target, actionScale }, action) => {
      const toTarget = Math.hypot(target[0] - tip[0], target[1] - tip[1]);
      action.fill(0);
      if (toTarget < near) return;
      const x = (target[0] - tip[0]) / toTarget;
      const y = (target[1] - tip[1]) / toTarget;
      const along = (hand[0] - tip[0]) * x + (hand[1] - tip[1]) * y;
      const across = (hand[1] - tip[1]) * x - (hand[0] - tip[0]) * y;
      const height = hand[2] - tip[2];
      const inPlace = along < 0 && along > -behind - near && Math.abs(across) < near;
      const way = [0, 0, -height];
      if (inPlace && height < near) {
        const step = Math.min(toTarget, 0.025);
        way[0] = step * x + across * y;
        way[1] = step * y - across * x;
      } else if (!inPlace) {
        way[0] = tip[0] - behind * x - hand[0];
        way[1] = tip[1] - behind * y - hand[1];
        const low = Math.hypot(way[0], way[1]) > near && height < 0.8 * clearance;
        way[2] = clearance - height;
        if (low) way[0] = way[1] = 0;
      }
      for (let axis = 0; axis < 3; axis++) action[axis] = clip(way[axis] / actionScale[axis]);
    };
  },
};

export const controllers: readonly ControllerRule[] = [
  inverseKinematics,
  pushFromBehind,
  jacobianTranspose,
  randomActions,
  zeroAction,
];

function errorOf({ tip, target }: ArmEnv, error: Float64Array): void {
  for (let axis = 0; axis < 3; axis++) error[axis] = target[axis] - tip[axis];
}

const clip = (value: number) => Math.min(Math.max(value, -1), 1);
