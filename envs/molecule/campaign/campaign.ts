import { Random } from '../../../src/core/random.ts';
import type { Evaluation } from '../scored-library.ts';
import type { SearchPolicy, SearchSpace, SlotBelief } from '../search/search.ts';

/** A search from beginning to end. */
export interface Campaign {
  /** Of the policy. */
  id: string;
  name: string;
  seed: number;
  /** What was made and scored, in order, each product once. */
  evaluations: readonly Evaluation[];
  /** What the policy believes of each reagent in the end, where it does. */
  beliefs?: readonly SlotBelief[];
}

export interface CampaignSettings {
  /** Products to be made in all, and in one go. */
  budget: number;
  batch: number;
  seed: number;
  onProgress?(made: number): void;
}

/**
 * Lets a policy choose, batch by batch, until the budget is used up or the library. Gives after each batch how many products
 * have been made, so that others may do something in between.
 *
 * @param allows whether the reagents of a choice can react, as far as they tell: what is not allowed is not made, and costs nothing
 */
export function* campaignInBatches(
  policy: SearchPolicy,
  space: SearchSpace,
  allows: (choice: Int32Array) => boolean,
  evaluate: (choice: Int32Array) => Evaluation,
  { budget, batch, seed, onProgress }: CampaignSettings,
): Generator<number, Campaign> {
  const searcher = policy.start(space, new Random(seed), budget);
  const evaluations: Evaluation[] = [];
  while (evaluations.length < budget) {
    const choices = searcher.propose(Math.min(batch, budget - evaluations.length));
    if (choices.length === 0) break;
    for (const choice of choices) if (!allows(choice)) searcher.observe(choice, Number.NaN);
    const found = choices.filter(allows).map(evaluate);
    for (const { choice, score } of found) searcher.observe(choice, score);
    evaluations.push(...found);
    onProgress?.(evaluations.length);
    yield evaluations.length;
  }
  return { id: policy.id, name: policy.name, seed, evaluations, beliefs: searcher.beliefs?.() };
}

/** The same in one go. */
export function runCampaign(...campaign: Parameters<typeof campaignInBatches>): Campaign {
  const batches = campaignInBatches(...campaign);
  for (;;) {
    const { done, value } = batches.next();
    if (done) return value;
  }
}
