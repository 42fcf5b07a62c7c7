import type { PlanarArm } from './planar-arm.ts';

/** A state of the arm that the integrator looked at, or what a loss loses by it. */
interface Stage {
  angles: Float64Array;
  velocities: Float64Array;
  accelerations: Float64Array;
}

/**
 * The derivative of `PlanarArm.step`, several of them one after another: vector-Jacobian products by going back through
 * each Runge-Kutta step, exact for the steps as they are taken rather than for the motion they approximate.
 *
 * One step is, with f(q, q') = (q', q''(q, q', torques)) and h its seconds,
 *
 *     k_1 = f(y),  k_2 = f(y + h/2 k_1),  k_3 = f(y + h/2 k_2),  k_4 = f(y + h k_3),  y' = y + h/6 (k_1 + 2 k_2 + 2 k_3 + k_4)
 */
export class PlanarArmDerivative {
  readonly #arm: PlanarArm;
  readonly #steps: number;
  readonly #seconds: number;
  /** Four for each step, in order. */
  readonly #stages: readonly Stage[];
  readonly #dAngles: Float64Array;
  readonly #dVelocities: Float64Array;
  readonly #dSlopeAngles: Float64Array;
  readonly #dSlopeVelocities: Float64Array;
  readonly #dStageAngles: Float64Array;
  readonly #dStageVelocities: Float64Array;

  /**
   * @param arm moves as the one that is asked about does; its own state is overwritten
   * @param steps after one another, under the same torques
   * @param seconds each of them takes
   */
  constructor(arm: PlanarArm, steps: number, seconds: number) {
    const n = arm.angles.length;
    const zeros = () => new Float64Array(n);
    this.#arm = arm;
    this.#steps = steps;
    this.#seconds = seconds;
    const stage = (): Stage => ({ angles: zeros(), velocities: zeros(), accelerations: zeros() });
    this.#stages = Array.from({ length: 4 * steps }, stage);
    this.#dAngles = zeros();
    this.#dVelocities = zeros();
    this.#dSlopeAngles = zeros();
    this.#dSlopeVelocities = zeros();
    this.#dStageAngles = zeros();
    this.#dStageVelocities = zeros();
  }

  /** Where the steps lead to from where the arm stands: moves it there, and keeps what `backward` needs. */
  forward(torques: Float64Array): void {
    const { angles, velocities } = this.#arm;
    const h = this.#seconds;
    for (let step = 0; step < this.#steps; step++) {
      for (let k = 0; k < 4; k++) {
        const stage = this.#stages[4 * step + k];
        const before = k === 0 ? undefined : this.#stages[4 * step + k - 1];
        const ahead = k === 3 ? h : h / 2;
        for (let i = 0; i < angles.length; i++) {
          stage.angles[i] = angles[i] + (before ? ahead * before.velocities[i] : 0);
          stage.velocities[i] = velocities[i] + (before ? ahead * before.accelerations[i] : 0);
        }
        this.#arm.accelerations(stage.angles, stage.velocities, torques, stage.accelerations);
      }
      this.#arm.step(torques, h);
    }
  }

  /**
   * Turns dLoss/dAngles and dLoss/dVelocities of where the last `forward` led to into those of where it began, in place,
   * and writes dLoss/dTorques.
   */
  backward(dAngles: Float64Array, dVelocities: Float64Array, dTorques: Float64Array): void {
    const n = dAngles.length;
    const h = this.#seconds;
    const slopeAngles = this.#dSlopeAngles;
    const slopeVelocities = this.#dSlopeVelocities;
    const stageAngles = this.#dStageAngles;
    const stageVelocities = this.#dStageVelocities;
    dTorques.fill(0);
    for (let step = this.#steps - 1; step >= 0; step--) {
      this.#dAngles.set(dAngles);
      this.#dVelocities.set(dVelocities);
      stageAngles.fill(0);
      stageVelocities.fill(0);
      for (let k = 3; k >= 0; k--) {
        const stage = this.#stages[4 * step + k];
        const share = k === 0 || k === 3 ? h / 6 : h / 3;
        // How far the stage after this one went along its slope.
        const ahead = k === 2 ? h : h / 2;
        for (let i = 0; i < n; i++) {
          slopeAngles[i] = share * this.#dAngles[i] + ahead * stageAngles[i];
          slopeVelocities[i] = share * this.#dVelocities[i] + ahead * stageVelocities[i];
        }
        stageAngles.fill(0);
        stageVelocities.set(slopeAngles);
        this.#arm.accelerationsBackward(
          stage.angles,
          stage.velocities,
          stage.accelerations,
          slopeVelocities,
          stageAngles,
          stageVelocities,
          dTorques,
        );
        for (let i = 0; i < n; i++) {
          dAngles[i] += stageAngles[i];
          dVelocities[i] += stageVelocities[i];
        }
      }
    }
  }
}
