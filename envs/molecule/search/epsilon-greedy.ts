import { KnownChoices } from './known-choices.ts';
import type { SearchPolicy } from './search.ts';
import { searcherOf } from './searcher.ts';
import { SlotStatistics } from './slot-statistics.ts';
import { checkSpace } from './space.ts';

const finalEpsilon = 0.05;
/** Share of the budget over which epsilon falls to its final value. */
const annealing = 0.5;

/**
 * Takes at each slot the option of the best mean score so far, or, with probability epsilon, any. Epsilon falls in a
 * straight line from 1 to 0.05 over the first half of the budget. An option never scored counts as the mean of all.
 *
 * In a batch every choice draws its own chances; those that come out greedy at all slots take the best one, then its
 * neighbours, see `KnownChoices.fillBest`.
 *
 * @see Sutton and Barto (2018), Reinforcement learning, section 2.2, for one slot
 */
export const epsilonGreedy: SearchPolicy = {
  id: 'epsilon-greedy',
  name: 'Epsilon-greedy',
  start: (space, random, budget) => {
    checkSpace(space);
    const known = new KnownChoices(space.slotSizes, random);
    const statistics = new SlotStatistics(space.slotSizes);
    const values = space.slotSizes.map((size) => new Float64Array(size));
    return searcherOf(known, {
      suggest: (choice) => {
        const epsilon = epsilonAt(known.size, budget);
        return known.fillBest(choice, (slot) => {
          const value = values[slot];
          const { count, mean } = statistics.slots[slot];
          const explore = random.double() < epsilon;
          for (let option = 0; option < value.length; option++) {
            if (statistics.retired(slot, option)) value[option] = Number.NEGATIVE_INFINITY;
            else if (explore) value[option] = random.double();
            else value[option] = count[option] > 0 ? mean[option] : statistics.mean;
          }
          return value;
        });
      },
      observed: (choice, score, awaited) => statistics.observed(choice, score, awaited),
    });
  },
};

/** @param made choices made so far */
export function epsilonAt(made: number, budget: number): number {
  return 1 - (1 - finalEpsilon) * Math.min(1, made / (annealing * budget));
}
