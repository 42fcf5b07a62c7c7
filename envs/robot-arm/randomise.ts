import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import type { Random } from '../../src/core/random.ts';
import type { Arm } from './arm.ts';
import { ArmParameters, type ArmParameterValues } from './arm-parameters.ts';

/** Least and greatest value. */
type Range = readonly [low: number, high: number];

/** What is drawn anew for each episode, evenly within its range; joints that are not named keep what the model says. */
export interface RandomiseOptions {
  /** By joint, N m s/rad. */
  damping?: Record<string, Range>;
  /** By joint, kg m^2. */
  armature?: Record<string, Range>;
  /** Mass at the tip, kg. */
  payload?: Range;
}

const range = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([low, high]) => low <= high, 'expected the least value first');

export const randomiseSchema = z.strictObject({
  damping: z.record(z.string(), range).optional(),
  armature: z.record(z.string(), range).optional(),
  payload: range.optional(),
});

/**
 * Draws the parameters of an arm anew, so that what is learned holds for the real one, which is not known exactly.
 *
 * @see Peng et al. (2018), Sim-to-real transfer of robotic control with dynamics randomization, arXiv:1710.06537
 */
export class Randomiser {
  readonly #parameters: ArmParameters;
  readonly #values: ArmParameterValues;
  readonly #options: RandomiseOptions;
  readonly #joints: readonly string[];

  /** @throws UserError for a joint the arm does not have */
  constructor(arm: Arm, options: RandomiseOptions) {
    for (const name of ['damping', 'armature'] as const) {
      if (options[name]) checkKeys(`joint in the arm option 'randomise.${name}'`, options[name], arm.jointNames);
    }
    if (arm.jointNames.includes('')) throw new UserError('To randomise an arm its joints must have names.');
    this.#parameters = new ArmParameters(arm);
    const { damping, armature, payload } = this.#parameters.nominal;
    this.#values = { damping: damping.slice(), armature: armature.slice(), payload };
    this.#options = options;
    this.#joints = arm.jointNames;
  }

  /** The simulation starts anew. */
  draw(random: Random): void {
    const { damping, armature, payload } = this.#options;
    this.#joints.forEach((joint, i) => {
      if (damping?.[joint]) this.#values.damping[i] = random.uniform(...damping[joint]);
      if (armature?.[joint]) this.#values.armature[i] = random.uniform(...armature[joint]);
    });
    if (payload) this.#values.payload = random.uniform(...payload);
    this.#parameters.write(this.#values);
  }

  getState(): number[] {
    const { damping, armature, payload } = this.#values;
    return [...damping, ...armature, payload];
  }

  setState(state: readonly number[]): void {
    const n = this.#joints.length;
    this.#values.damping.set(state.slice(0, n));
    this.#values.armature.set(state.slice(n, 2 * n));
    this.#values.payload = state[2 * n];
    this.#parameters.write(this.#values);
  }
}
