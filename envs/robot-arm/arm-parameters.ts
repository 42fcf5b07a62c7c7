import type { Arm } from './arm.ts';
import { payloadBody } from './simulation.ts';

/** What of an arm differs from one to the next: for each joint, and of what the tip carries. */
export interface ArmParameterValues {
  /** N m s/rad. */
  damping: Float64Array;
  /** Inertia of the drives, seen from the joints: kg m^2. */
  armature: Float64Array;
  /** Mass at the tip, kg. */
  payload: number;
}

/** Reads and writes these parameters in the simulation of an arm, one that was loaded with a payload. */
export class ArmParameters {
  /** As in the model. */
  readonly nominal: ArmParameterValues;

  readonly #arm: Arm;
  readonly #payload: number;

  constructor(arm: Arm) {
    this.#arm = arm;
    const { simulation } = arm;
    this.#payload = simulation.idOf('body', payloadBody);
    const pick = (name: string) => Float64Array.from(arm.dofs, (dof) => simulation.parameter(name)[dof]);
    this.nominal = { damping: pick('dof_damping'), armature: pick('dof_armature'), payload: 0 };
  }

  /** The simulation starts anew. */
  write({ damping, armature, payload }: ArmParameterValues): void {
    const { simulation, dofs } = this.#arm;
    dofs.forEach((dof, i) => {
      simulation.parameter('dof_damping')[dof] = damping[i];
      simulation.parameter('dof_armature')[dof] = armature[i];
    });
    simulation.parameter('body_mass')[this.#payload] = Math.max(payload, leastMass);
    simulation.parametersChanged();
  }
}

/** kg: a moving body must have some mass. */
const leastMass = 1e-9;
