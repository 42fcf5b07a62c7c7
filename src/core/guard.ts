import { UserError } from './errors.ts';
import { type ActionLimits, actionLimitsOf, choicesOf } from './spaces/action-row.ts';
import { leafName } from './spaces/leaf-name.ts';
import type { Space } from './spaces/space.ts';

// Clipping to a bound in single precision may leave it by a rounding error.
const tolerance = 1e-6;

/**
 * Stops actions that no environment can make sense of before they do harm, and outcomes that would poison everything
 * computed from them. Whole blocks are checked at once, because a check per row would cost as much as a small step.
 *
 * Errors name the environment, its step in the episode and the field.
 */
export class Guard {
  readonly #name: string;
  readonly #actionSpace: Space;
  readonly #observationSpace: Space;
  readonly #limits: ActionLimits;
  /** Choices of each decision of a discrete action. */
  readonly #choices: number[];
  /** Steps of the episode each environment is in. */
  readonly #steps: Int32Array;

  constructor(name: string, observationSpace: Space, actionSpace: Space, steps: Int32Array) {
    this.#name = name;
    this.#observationSpace = observationSpace;
    this.#actionSpace = actionSpace;
    this.#limits = actionLimitsOf(actionSpace);
    this.#choices = choicesOf(actionSpace);
    this.#steps = steps;
  }

  /**
   * @param first environment of the first row
   * @throws UserError for a number outside the action space
   */
  checkActions(actions: Float32Array, first = 0): void {
    const { low, high, whole } = this.#limits;
    const size = low.length;
    const margin = whole ? 0 : tolerance;
    for (let at = 0; at < actions.length; at += size) {
      for (let i = 0; i < size; i++) {
        const x = actions[at + i];
        // Written so that NaN fails.
        const inside = x >= low[i] - margin && x <= high[i] + margin;
        if (!inside || (whole && x !== Math.floor(x))) this.#refuseAction(first + at / size, i, x);
      }
    }
  }

  #refuseAction(env: number, entry: number, value: number): never {
    const { low, high, whole } = this.#limits;
    throw new UserError(
      `${this.#name} ${env}, step ${this.#steps[env] + 1}: action[${entry}] is ${value}, expected ` +
        `${whole ? 'an integer' : 'a number'} from ${low[entry]} to ${high[entry]} (${this.#actionSpace}). ` +
        'Check what the policy or the caller sends.',
    );
  }

  /** @throws UserError for a mask that leaves a decision no choice */
  checkMask(mask: Uint8Array, env: number): void {
    let at = 0;
    for (let decision = 0; decision < this.#choices.length; decision++) {
      const end = at + this.#choices[decision];
      while (at < end && mask[at] === 0) at++;
      if (at === end) {
        throw new UserError(
          `${this.#name} ${env}, step ${this.#steps[env]}: its action mask leaves decision ${decision} none of ` +
            `${this.#choices[decision]} choices. Allow at least one, or end the episode there.`,
        );
      }
      at = end;
    }
  }

  /**
   * Infinite observations pass: a space may have no bounds.
   *
   * @param first environment of the first row
   * @throws UserError for NaN
   */
  checkObservations(observations: Float32Array, first = 0): void {
    for (let at = 0; at < observations.length; at++) {
      if (Number.isNaN(observations[at])) this.#refuseObservation(first, at);
    }
  }

  #refuseObservation(first: number, at: number): never {
    const { flatSize } = this.#observationSpace;
    const env = first + Math.floor(at / flatSize);
    const leaf = `observation${leafName(this.#observationSpace, at % flatSize)}`;
    throw new UserError(
      `${this.#name} ${env}, step ${this.#steps[env]}: ${leaf} is NaN. Look for a division by zero, or the root or ` +
        'logarithm of a negative number, in the environment.',
    );
  }

  /**
   * @param first environment of the first reward
   * @throws UserError for a reward that is not finite
   */
  checkRewards(rewards: Float64Array, first = 0): void {
    for (let i = 0; i < rewards.length; i++) {
      // Zero times anything finite is zero.
      if (rewards[i] * 0 !== 0) {
        throw new UserError(
          `${this.#name} ${first + i}, step ${this.#steps[first + i]}: reward is ${rewards[i]}, ` +
            'expected a finite number.',
        );
      }
    }
  }
}
