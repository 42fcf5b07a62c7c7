import type { Random } from '../../../src/core/random.ts';

/** What can be chosen: one option of each slot. A space is never enumerated, so that it may hold 10^8 choices and more. */
export interface SearchSpace {
  /** Number of options of each slot, at least 1. */
  slotSizes: readonly number[];
  /**
   * Features of the options, for policies that learn over descriptors: one entry a slot, whose values are
   * slotSizes[slot] x width, row-major. Any units: policies standardise each column.
   */
  features?: readonly SlotFeatures[];
}

export interface SlotFeatures {
  width: number;
  values: Float64Array;
}

/** What is believed of the options of a slot: of the score of a choice that has them. */
export interface SlotBelief {
  mean: Float64Array;
  /** Standard deviation of the belief about that mean, not of scores about it. */
  deviation: Float64Array;
}

/** A search under way. More is better: of scores that are to be small, tell the negative. */
export interface Searcher {
  /**
   * New choices, none of them proposed or observed before, each with one option index a slot. Fewer than asked for where
   * the space is used up.
   *
   * @throws UserError when the count is no whole number
   */
  propose(count: number): Int32Array[];
  /**
   * Tells what a choice scored. Choices that were never proposed are welcome too, such as those measured before; a
   * choice told of twice counts as two measurements.
   *
   * @param score NaN (or not finite) where the choice could not be made or scored; it is not proposed again either
   * @throws UserError when it is no choice of the space
   */
  observe(choice: ArrayLike<number>, score: number): void;
  /** What is believed of each option, slot by slot, where the policy holds such a belief. */
  beliefs?(): readonly SlotBelief[];
}

/** A way to search. */
export interface SearchPolicy {
  /** In kebab case, for the command line. */
  readonly id: string;
  readonly name: string;
  /** Learns over the features of options, and refuses a space without. */
  readonly needsFeatures?: true;
  /**
   * A fresh start, with nothing remembered.
   *
   * @param random all chance there is: the same stream and the same scores give the same choices
   * @param budget about how many choices will be observed in all; some policies explore for a share of them
   * @throws UserError when the space is malformed, or lacks features the policy needs
   */
  start(space: SearchSpace, random: Random, budget: number): Searcher;
}
