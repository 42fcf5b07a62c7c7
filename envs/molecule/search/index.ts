import { findById } from '../../../src/core/nearest.ts';
import { epsilonGreedy } from './epsilon-greedy.ts';
import { genetic } from './genetic.ts';
import { linearThompson, linUcb } from './linear.ts';
import { roulette } from './roulette.ts';
import type { SearchPolicy } from './search.ts';
import { thompson } from './thompson.ts';
import { ucb1, ucb1Normal } from './ucb.ts';
import { uniform } from './uniform.ts';

/** All policies: the one to beat first. */
export const searchPolicies: readonly SearchPolicy[] = [
  uniform,
  epsilonGreedy,
  ucb1,
  ucb1Normal,
  thompson,
  roulette,
  linUcb,
  linearThompson,
  genetic,
];

/** @throws UserError with the nearest names when the id is unknown */
export function searchPolicy(id: string): SearchPolicy {
  return findById('search policy', id, searchPolicies);
}

export type { Searcher, SearchPolicy, SearchSpace, SlotBelief, SlotFeatures } from './search.ts';
export { epsilonGreedy, genetic, linearThompson, linUcb, roulette, thompson, ucb1, ucb1Normal, uniform };
