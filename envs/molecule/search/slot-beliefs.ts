import type { SlotBelief } from './search.ts';
import type { SlotStatistics } from './slot-statistics.ts';

/** A normal distribution. */
export interface Normal {
  mean: number;
  variance: number;
}

/**
 * Belief about the mean of normal scores whose variance is known, once their number and mean are: what
 * mu' = (s^2 x + k mu) / (s^2 + k), s'^2 = s^2 k / (s^2 + k) give, applied to one score x after another.
 *
 * @param knownVariance k, of scores about their mean
 * @see Klarich, Goldman, Kramer, Riley and Walters (2024), Thompson sampling: an efficient method for searching
 *   ultralarge synthesis on demand databases, Journal of Chemical Information and Modeling 64, equations 4 and 5
 */
export function normalPosterior(prior: Normal, knownVariance: number, count: number, mean: number): Normal {
  const divisor = knownVariance + count * prior.variance;
  return {
    mean: (knownVariance * prior.mean + count * prior.variance * mean) / divisor,
    variance: (prior.variance * knownVariance) / divisor,
  };
}

/** Keeps beliefs apart where all scores of the warm-up are the same. */
const leastVariance = 1e-24;

/**
 * What is believed of the options of all slots. The prior is that of the paper: mean and variance (divisor n) of all
 * scores of the warm-up, whose variance is also taken to be the known one of the scores of an option. Until it is fixed,
 * it is that of all scores so far.
 */
export class SlotBeliefs {
  /** Up to date once the prior is fixed. */
  readonly slots: readonly SlotBelief[];
  readonly #statistics: SlotStatistics;
  #prior: Normal | undefined;

  constructor(statistics: SlotStatistics) {
    this.#statistics = statistics;
    this.slots = statistics.slots.map(({ count }) => ({
      mean: new Float64Array(count.length),
      deviation: new Float64Array(count.length),
    }));
  }

  get hasPrior(): boolean {
    return this.#prior !== undefined;
  }

  /** Takes the scores known for those of the warm-up; they count as the first observations too. */
  fixPrior(): void {
    this.#prior = this.#priorNow();
    this.#updateAll(this.#prior);
  }

  observed(choice: ArrayLike<number>): void {
    if (this.#prior === undefined) return;
    for (let slot = 0; slot < this.slots.length; slot++) this.#update(this.#prior, slot, choice[slot]);
  }

  /** A copy. Without any score means are NaN. */
  snapshot(): SlotBelief[] {
    if (this.#prior === undefined) this.#updateAll(this.#priorNow());
    return this.slots.map(({ mean, deviation }) => ({ mean: mean.slice(), deviation: deviation.slice() }));
  }

  #priorNow(): Normal {
    const { mean, squares, count } = this.#statistics;
    if (count === 0) return { mean: Number.NaN, variance: Number.NaN };
    return { mean, variance: Math.max(squares / count, leastVariance) };
  }

  #updateAll(prior: Normal): void {
    this.slots.forEach(({ mean }, slot) => {
      for (let option = 0; option < mean.length; option++) this.#update(prior, slot, option);
    });
  }

  #update(prior: Normal, slot: number, option: number): void {
    const { count, mean } = this.#statistics.slots[slot];
    const posterior = normalPosterior(prior, prior.variance, count[option], mean[option]);
    this.slots[slot].mean[option] = posterior.mean;
    this.slots[slot].deviation[option] = Math.sqrt(posterior.variance);
  }
}
