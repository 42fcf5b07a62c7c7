import type { Searcher, SearchSpace } from '../../../../envs/molecule/search/index.ts';
import { Random } from '../../../../src/core/random.ts';

/** A space whose scores are sums of one effect a slot, each a standard normal deviate. */
export class AdditiveSpace implements SearchSpace {
  readonly slotSizes: readonly number[];
  readonly effects: readonly Float64Array[];
  /** Option of the greatest effect of each slot: the best choice there is. */
  readonly best: readonly number[];

  constructor(slotSizes: readonly number[], seed: number) {
    const random = new Random(seed);
    this.slotSizes = slotSizes;
    this.effects = slotSizes.map((size) => Float64Array.from({ length: size }, () => random.normal()));
    this.best = this.effects.map((effects) => effects.indexOf(Math.max(...effects)));
  }

  readonly score = (choice: ArrayLike<number>): number =>
    this.effects.reduce((sum, effects, slot) => sum + effects[choice[slot]], 0);

  /** Least score of the best `count` choices, which are sums of the `count` best effects of each slot. */
  threshold(count: number): number {
    let sums = [0];
    for (const effects of this.effects) {
      const best = [...effects].sort((a, b) => b - a).slice(0, count);
      sums = sums
        .flatMap((sum) => best.map((effect) => sum + effect))
        .sort((a, b) => b - a)
        .slice(0, count);
    }
    return sums[sums.length - 1];
  }
}

/** Scores of `count` evaluations in batches, in order. */
export function run(
  searcher: Searcher,
  score: (choice: ArrayLike<number>) => number,
  count: number,
  batch: number,
): { choices: Int32Array[]; scores: number[] } {
  const choices: Int32Array[] = [];
  const scores: number[] = [];
  while (choices.length < count) {
    const proposed = searcher.propose(Math.min(batch, count - choices.length));
    if (proposed.length === 0) break;
    for (const choice of proposed) {
      const value = score(choice);
      searcher.observe(choice, value);
      choices.push(choice);
      scores.push(value);
    }
  }
  return { choices, scores };
}
