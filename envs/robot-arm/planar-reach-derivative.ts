import type { StepDerivative } from '../../src/core/step-derivative.ts';
import type { PlanarArm } from './planar-arm.ts';
import { PlanarArmDerivative } from './planar-arm-derivative.ts';

/** What a step of the planar arm to its target is made of. */
export interface PlanarReachStep {
  /** Of the environment: angles, velocities and target of the state at hand. */
  readonly current: PlanarArm;
  readonly target: Float64Array;
  /** A second arm like it, which is moved about. */
  readonly scratch: PlanarArm;
  /** Torque for an action of 1, in N m, joint by joint. */
  readonly actionScale: Float64Array;
  readonly substeps: number;
  readonly secondsPerStep: number;
  /** Weight of the sum of squared actions in the reward. */
  readonly controlCost: number;
  /** By which angular velocities are divided in the observation, in rad/s. */
  readonly velocityUnit: number;
}

/**
 * How a step of `PlanarReach` depends on state and action. A state is angles, velocities, target x and y.
 *
 * Not smooth are the distance where the tip is on the target to the last digit, and torques where an action reaches
 * its bounds; there the derivative is 0 and that from inside.
 */
export function planarReachDerivative(parts: PlanarReachStep): StepDerivative {
  const { current, target, scratch, actionScale, substeps, controlCost, velocityUnit } = parts;
  const n = current.angles.length;
  const steps = new PlanarArmDerivative(scratch, substeps, parts.secondsPerStep / substeps);
  const torques = new Float64Array(n);
  const dTorques = new Float64Array(n);
  const dAngles = new Float64Array(n);
  const dVelocities = new Float64Array(n);
  const jacobian = new Float64Array(3 * n);
  const tip = scratch.points.subarray(3 * n);
  return {
    stateSize: 2 * n + 2,
    writeState(state, at) {
      state.set(current.angles, at);
      state.set(current.velocities, at + n);
      state[at + 2 * n] = target[0];
      state[at + 2 * n + 1] = target[1];
    },

    // reward = -|tip(q') - target| - cost |action|^2
    backwardStep(state, stateAt, action, actionAt, dReward, dNext, dNextAt, dState, dStateAt, dAction, dActionAt) {
      place(state, stateAt);
      for (let i = 0; i < n; i++) torques[i] = Math.min(Math.max(action[actionAt + i], -1), 1) * actionScale[i];
      steps.forward(torques);
      scratch.updatePoints();
      scratch.tipJacobian(jacobian);
      const dx = tip[0] - state[stateAt + 2 * n];
      const dy = tip[1] - state[stateAt + 2 * n + 1];
      const distance = Math.hypot(dx, dy);
      const alongX = distance === 0 ? 0 : (dReward * dx) / distance;
      const alongY = distance === 0 ? 0 : (dReward * dy) / distance;
      for (let i = 0; i < n; i++) {
        dAngles[i] = dNext[dNextAt + i] - alongX * jacobian[i] - alongY * jacobian[n + i];
        dVelocities[i] = dNext[dNextAt + n + i];
      }
      dState[dStateAt + 2 * n] = dNext[dNextAt + 2 * n] + alongX;
      dState[dStateAt + 2 * n + 1] = dNext[dNextAt + 2 * n + 1] + alongY;

      steps.backward(dAngles, dVelocities, dTorques);
      for (let i = 0; i < n; i++) {
        dState[dStateAt + i] = dAngles[i];
        dState[dStateAt + n + i] = dVelocities[i];
        const given = action[actionAt + i];
        const inside = given >= -1 && given <= 1;
        dAction[dActionAt + i] = (inside ? dTorques[i] * actionScale[i] : 0) - 2 * dReward * controlCost * given;
      }
    },

    backwardObservation(state, stateAt, dObservation, dObservationAt, dState, dStateAt) {
      place(state, stateAt);
      scratch.updatePoints();
      scratch.tipJacobian(jacobian);
      const dTip = dObservationAt + 3 * n + 2;
      for (let i = 0; i < n; i++) {
        const angle = state[stateAt + i];
        dState[dStateAt + i] +=
          dObservation[dObservationAt + n + i] * Math.cos(angle) -
          dObservation[dObservationAt + i] * Math.sin(angle) -
          dObservation[dTip] * jacobian[i] -
          dObservation[dTip + 1] * jacobian[n + i];
        dState[dStateAt + n + i] += dObservation[dObservationAt + 2 * n + i] / velocityUnit;
      }
      for (let axis = 0; axis < 2; axis++) {
        dState[dStateAt + 2 * n + axis] += dObservation[dTip - 2 + axis] + dObservation[dTip + axis];
      }
    },
  };

  function place(state: Float64Array, at: number): void {
    for (let i = 0; i < n; i++) {
      scratch.angles[i] = state[at + i];
      scratch.velocities[i] = state[at + n + i];
    }
  }
}
