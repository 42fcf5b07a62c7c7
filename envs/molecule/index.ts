import { register } from '../../src/core/registry.ts';
import type { Domain } from '../domain.ts';
import { moleculeDomain } from './domain.ts';
import { MoleculeLibraryEnv, type MoleculeLibraryOptions } from './library-env.ts';
import { loadRdkit } from './rdkit.ts';

register({
  id: 'upslope/MoleculeLibrary-v0',
  create: (options: MoleculeLibraryOptions) => new MoleculeLibraryEnv(options),
  load: loadRdkit,
  description:
    'Choose one reagent for each place of a combinatorial library; the reward is the score of their product.',
});

/** By id of the environment. */
export const moleculeDomains: ReadonlyMap<string, Domain> = new Map([['upslope/MoleculeLibrary-v0', moleculeDomain]]);

export { type Campaign, type CampaignSettings, campaignInBatches, runCampaign } from './campaign/campaign.ts';
export { type Measurements, readMeasurements } from './campaign/measurements.ts';
export { experimentsNeeded, type Replay, replay } from './campaign/replay.ts';
export { moleculeRows, screeningSections } from './campaign/report.ts';
export {
  type Screening,
  type ScreeningPolicy,
  screening,
  screeningPolicies,
  screeningPolicy,
} from './campaign/screen.ts';
export { formatCampaign, parseCampaign } from './campaign/stored-campaign.ts';
export {
  type CampaignSummary,
  campaignTable,
  choiceKey,
  type Exact,
  summariseCampaigns,
  topOf,
} from './campaign/summary.ts';
export { type MoleculeRow, moleculesCsv, moleculesSdf, moleculesSmi } from './chemistry/files.ts';
export { scaffoldOf } from './chemistry/scaffold.ts';
export { searchSpaceOf } from './features.ts';
export { describeLeftOut, Library, openLibrary, sharedLibrary } from './library/library.ts';
export { MoleculeLibraryEnv, type MoleculeLibraryOptions } from './library-env.ts';
export { aucTop10, bestSoFar, cumulativeRegret, meanInterval, simpleRegret, topRecovery } from './measures.ts';
export { loadRdkit } from './rdkit.ts';
export { compileScore, type ScoreInput, type Scorer, scoreSchema } from './scores/score.ts';
export { searchPolicies, searchPolicy, thompson, uniform } from './search/index.ts';
export type { Searcher, SearchPolicy, SearchSpace } from './search/search.ts';
