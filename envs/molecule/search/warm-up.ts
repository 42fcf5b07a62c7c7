import type { Random } from '../../../src/core/random.ts';
import type { Suggest } from './known-choices.ts';

/** Share of the budget a warm-up takes at most. */
const mostOfBudget = 1 / 3;

/** Scores each option should have before the search: 3 with two slots, 10 with more (Klarich et al. 2024). */
const trialsOf = (slots: number) => (slots <= 2 ? 3 : 10);

/** Choices of a warm-up: the published number of trials, unless that takes more than a third of the budget. */
export function warmUpLength(slotSizes: readonly number[], budget: number): number {
  const wanted = trialsOf(slotSizes.length) * Math.max(...slotSizes);
  return Math.max(2, Math.min(wanted, Math.floor(budget * mostOfBudget)));
}

/**
 * Suggests choices that use all options of a slot alike often: all slots are put in random order and read off side by
 * side, shorter ones over and over, until the longest is through; then anew.
 *
 * @see Zhao, Nittinger and Tyrchan (2024), Enhanced Thompson sampling by roulette wheel selection for screening
 *   ultra-large combinatorial libraries: stochastic parallel pairing. That of Klarich et al. (2024), which gives each
 *   option of each slot its own random partners, needs as many times the choices as there are slots.
 */
export function parallelPairing(slotSizes: readonly number[], random: Random): Suggest {
  const longest = Math.max(...slotSizes);
  let orders: Int32Array[] = [];
  let row = longest;
  return (choice) => {
    if (row === longest) {
      orders = slotSizes.map((size) => random.permutation(size));
      row = 0;
    }
    for (let slot = 0; slot < choice.length; slot++) choice[slot] = orders[slot][row % slotSizes[slot]];
    row++;
    return true;
  };
}
