import type { Random } from '../../../src/core/random.ts';
import { KnownChoices, type Suggest } from './known-choices.ts';
import type { Searcher, SearchPolicy, SearchSpace } from './search.ts';
import { searcherOf } from './searcher.ts';
import { SlotBeliefs } from './slot-beliefs.ts';
import { SlotStatistics } from './slot-statistics.ts';
import { checkSpace } from './space.ts';
import { parallelPairing, warmUpLength } from './warm-up.ts';

/**
 * Draws what an option may be worth from the belief about it, for every option of every slot, and takes the greatest of
 * each slot. Choices of a batch are independent draws.
 *
 * @see Klarich et al. (2024), as in `normalPosterior`; the warm-up is that of `parallelPairing`
 */
export const thompson: SearchPolicy = {
  id: 'thompson',
  name: 'Thompson sampling',
  start: (space, random, budget) =>
    startSampling(space, random, budget, (known, sample) => (choice) => known.fillBest(choice, sample)),
};

/** Writes and returns what the options of a slot may be worth; -Infinity for those not to be chosen. */
export type Sample = (slot: number) => Float64Array;

/**
 * A search by samples from beliefs, after a warm-up from which their prior is taken. Where a batch goes beyond the
 * warm-up, the prior comes from the scores known by then.
 *
 * @param suggestFrom makes the rule that turns samples into a choice
 */
export function startSampling(
  space: SearchSpace,
  random: Random,
  budget: number,
  suggestFrom: (known: KnownChoices, sample: Sample) => Suggest,
): Searcher {
  checkSpace(space);
  const { slotSizes } = space;
  const known = new KnownChoices(slotSizes, random);
  const statistics = new SlotStatistics(slotSizes);
  const beliefs = new SlotBeliefs(statistics);
  const samples = slotSizes.map((size) => new Float64Array(size));
  const warmUp = parallelPairing(slotSizes, random);
  const length = warmUpLength(slotSizes, budget);

  const suggest = suggestFrom(known, (slot) => {
    const { mean, deviation } = beliefs.slots[slot];
    const sample = samples[slot];
    for (let option = 0; option < sample.length; option++) {
      sample[option] = statistics.retired(slot, option)
        ? Number.NEGATIVE_INFINITY
        : mean[option] + deviation[option] * random.normal();
    }
    return sample;
  });

  const ready = () => {
    if (!beliefs.hasPrior && known.size >= length && statistics.count >= 2) beliefs.fixPrior();
    return beliefs.hasPrior;
  };
  return searcherOf(known, {
    suggest: (choice) => (ready() ? suggest(choice) : warmUp(choice)),
    observed: (choice, score, awaited) => {
      statistics.observed(choice, score, awaited);
      if (!Number.isNaN(score)) beliefs.observed(choice);
    },
    beliefs: () => beliefs.snapshot(),
  });
}
