import { filledOptions } from '../../../src/core/filled-options.ts';
import { findById } from '../../../src/core/nearest.ts';
import { searchSpaceOf } from '../features.ts';
import { type Library, sharedLibrary } from '../library/library.ts';
import { librarySettings, type MoleculeLibraryOptions } from '../library-env.ts';
import { type Evaluation, ScoredLibrary } from '../scored-library.ts';
import { compileScore } from '../scores/score.ts';
import { searchPolicies } from '../search/index.ts';
import type { SearchPolicy } from '../search/search.ts';
import { type Campaign, type CampaignSettings, campaignInBatches, runCampaign } from './campaign.ts';
import { enumerate } from './enumerate.ts';
import { choiceKey, type Exact } from './summary.ts';
import { runTrainedCampaign, type TrainedPolicy, trainedPolicies } from './trained-campaign.ts';

/** Whoever can search: policies of their own, and those of the trainer. */
export type ScreeningPolicy = SearchPolicy | TrainedPolicy;

export const screeningPolicies: readonly ScreeningPolicy[] = [...searchPolicies, ...trainedPolicies];

/** @throws UserError with the nearest names */
export function screeningPolicy(id: string): ScreeningPolicy {
  return findById('search policy', id, screeningPolicies);
}

/** A library with a score, ready to be searched by one policy after another. */
export interface Screening {
  library: Library;
  termNames: readonly string[];
  search(policy: SearchPolicy, settings: CampaignSettings): Campaign;
  /** The same batch by batch, see `campaignInBatches`. */
  searchInBatches(policy: SearchPolicy, settings: CampaignSettings): Generator<number, Campaign>;
  train(policy: TrainedPolicy, settings: CampaignSettings): Promise<Campaign>;
  /** Makes and scores one product. */
  evaluate(choice: Int32Array): Evaluation;
  /** Scores all products. @throws UserError where they are too many */
  enumerate(): Exact;
}

/**
 * @param options of `upslope/MoleculeLibrary-v0`
 * @throws UserError for options that do not fit, and before the chemistry is loaded
 */
export function screening(options: MoleculeLibraryOptions): Screening {
  const { library: name, score } = filledOptions('MoleculeLibrary', librarySettings, options);
  const library = sharedLibrary(name);
  const space = searchSpaceOf(library);
  const masks = Uint8Array.from(library.slots.flatMap(({ allowed }) => Array.from(allowed)));
  // A score that remembers is another one for each campaign; else what one campaign has scored, others need not.
  const remembers = score.terms.some(({ property }) => property === 'diversity');
  const known = new Map<string, Evaluation>();
  const fresh = () => new ScoredLibrary(library, compileScore(score));
  const common = fresh();
  const evaluator = (scored: ScoredLibrary) => (choice: Int32Array) => {
    const key = choiceKey(choice);
    const evaluation = (remembers ? undefined : known.get(key)) ?? scored.evaluate(choice);
    if (!remembers) known.set(key, evaluation);
    return evaluation;
  };
  const evaluatorOfOne = () => evaluator(remembers ? fresh() : common);
  const allows = (choice: Int32Array) => library.allows(choice);
  return {
    library,
    termNames: common.scorer.termNames,
    search: (policy, settings) => runCampaign(policy, space, allows, evaluatorOfOne(), settings),
    searchInBatches: (policy, settings) => campaignInBatches(policy, space, allows, evaluatorOfOne(), settings),
    train: (policy, settings) => runTrainedCampaign(policy, space, masks, evaluatorOfOne(), settings),
    evaluate: evaluator(common),
    enumerate: () => enumerate(common, evaluator(common)),
  };
}
