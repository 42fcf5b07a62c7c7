import { KnownChoices } from './known-choices.ts';
import type { SearchPolicy } from './search.ts';
import { searcherOf } from './searcher.ts';
import { SlotStatistics } from './slot-statistics.ts';
import { checkSpace } from './space.ts';

/** What an index is made of. */
interface Arm {
  /** Of the scores of the option; of all scores where its own are still awaited. */
  mean: number;
  /** Sum of squared deviations from the mean. */
  squares: number;
  /** Scores known. */
  count: number;
  /** Times tried, those with scores still awaited included. */
  pulls: number;
  /** Of all options of the slot together. */
  totalPulls: number;
  /** Largest less least score seen in the whole search. */
  range: number;
}

/**
 * Upper confidence bound of a mean: mean + range sqrt(2 ln n / n_j). The paper's rewards lie in [0, 1]; ours are brought
 * there by the range of scores seen.
 *
 * @see Auer, Cesa-Bianchi and Fischer (2002), Finite-time analysis of the multiarmed bandit problem, Machine Learning
 *   47, figure 1
 */
export function ucb1Index({ mean, pulls, totalPulls, range }: Omit<Arm, 'squares' | 'count'>): number {
  return mean + range * Math.sqrt((2 * Math.log(totalPulls)) / pulls);
}

/**
 * For normal scores of unknown variance: mean + sqrt(16 (q_j - n_j mean^2) / (n_j - 1) ln(n - 1) / n_j), q_j being the
 * sum of squared scores. The deviations come from the scores known; the counts hold those awaited too.
 *
 * @see Auer et al. (2002), figure 4
 */
export function ucb1NormalIndex({ mean, squares, count, pulls, totalPulls }: Omit<Arm, 'range'>): number {
  const variance = squares / (count - 1);
  return mean + Math.sqrt((16 * variance * Math.log(totalPulls - 1)) / pulls);
}

/** Every option once, then the greatest index at each slot. */
export const ucb1 = upperConfidence('ucb1', 'UCB1', () => 1, ucb1Index);

/**
 * Every option ceil(8 ln n) times, the least tried first, and the greatest index at each slot where none is owed that. In
 * slots of hundreds of options it does little but keep to this duty.
 */
export const ucb1Normal = upperConfidence(
  'ucb1-normal',
  'UCB1-Normal',
  (totalPulls) => Math.max(2, Math.ceil(8 * Math.log(totalPulls))),
  ucb1NormalIndex,
);

/** Above any index; the more so the fewer tries. Up to some 900 of them, where doubles end. */
const duty = 1e300;

/**
 * Each slot a bandit of its own. In a batch, choices whose scores are awaited count as tries that changed no mean, so
 * that bounds shrink as the batch grows and other options get their turn (as Desautels, Krause and Burdick 2014, Journal
 * of Machine Learning Research 15, have it for Gaussian processes).
 *
 * @param owed tries each option gets before any index counts, after so many tries of all together
 */
function upperConfidence(
  id: string,
  name: string,
  owed: (totalPulls: number) => number,
  index: (arm: Arm) => number,
): SearchPolicy {
  return {
    id,
    name,
    start: (space, random) => {
      checkSpace(space);
      const known = new KnownChoices(space.slotSizes, random);
      const statistics = new SlotStatistics(space.slotSizes);
      const values = space.slotSizes.map((size) => new Float64Array(size));
      return searcherOf(known, {
        suggest: (choice) => {
          const totalPulls = statistics.count + statistics.pending;
          const range = statistics.count > 0 ? statistics.most - statistics.least : 0;
          const least = owed(totalPulls);
          return known.fillBest(choice, (slot) => {
            const value = values[slot];
            const { count, mean, squares, pending } = statistics.slots[slot];
            for (let option = 0; option < value.length; option++) {
              const pulls = count[option] + pending[option];
              if (statistics.retired(slot, option)) value[option] = Number.NEGATIVE_INFINITY;
              else if (pulls < least) value[option] = duty * 2 ** -pulls * (1 - random.double() / 2);
              else {
                value[option] = index({
                  mean: count[option] > 0 ? mean[option] : statistics.mean,
                  // One score, or none, has no spread of its own.
                  squares: count[option] > 1 ? squares[option] : statistics.squares,
                  count: count[option] > 1 ? count[option] : Math.max(2, statistics.count),
                  pulls,
                  totalPulls,
                  range,
                });
              }
            }
            return value;
          });
        },
        proposed: (choice) => statistics.proposed(choice),
        observed: (choice, score, awaited) => statistics.observed(choice, score, awaited),
      });
    },
  };
}
