import type { SearchPolicy } from './search.ts';
import { startSampling } from './thompson.ts';

/** Share of choices made by thermal cycling; the others are at temperature 1 in all slots. */
const cycling = 0.9;
const cool = 0.15;
/** The published one is set by hand, 0.2 to 2, after the spread of the scores in their own units. */
const hot = 1;

/**
 * Thompson sampling that spins a wheel in place of taking the greatest sample: an option is chosen with probability
 * proportional to exp(sample / (deviation of the slot's samples x temperature)). With thermal cycling one slot in turn is
 * hot, and the others are so cool that they all but take the greatest.
 *
 * The wheel is spun by adding a Gumbel deviate to the exponent and taking the greatest, which is the same distribution.
 * Unlike there, each choice has samples of its own, the hot slot moves on with each choice, and beliefs are those of
 * Klarich et al. (2024), not means weighted by exp(score).
 *
 * @see Zhao, Nittinger and Tyrchan (2024), Enhanced Thompson sampling by roulette wheel selection for screening
 *   ultra-large combinatorial libraries
 */
export const roulette: SearchPolicy = {
  id: 'thompson-roulette',
  name: 'Thompson sampling, roulette wheel',
  start: (space, random, budget) => {
    const slots = space.slotSizes.length;
    let turn = 0;
    return startSampling(space, random, budget, (known, sample) => (choice) => {
      const cycles = random.double() < cycling;
      turn = (turn + 1) % slots;
      return known.fillBest(choice, (slot) => {
        const value = sample(slot);
        const temperature = !cycles ? 1 : slot === turn ? hot : cool;
        const scale = 1 / (temperature * finiteDeviation(value));
        for (let option = 0; option < value.length; option++) {
          value[option] = value[option] * scale - Math.log(random.exponential());
        }
        return value;
      });
    });
  },
};

/** Standard deviation (divisor n) of those that are finite; 1 where they do not vary. */
function finiteDeviation(values: Float64Array): number {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count++;
    const deviation = value - mean;
    mean += deviation / count;
    squares += deviation * (value - mean);
  }
  return squares > 0 ? Math.sqrt(squares / count) : 1;
}
