import type { BinnedSession, PredictionErrors } from '../events.ts';
import { type CscParameters, compoundFeatures } from './complete-serial-compound.ts';
import { linearTd } from './linear-td.ts';

/**
 * A bank of TD learners that differ in their discount: together they tell when a reward will come, as the Laplace transform
 * of a function tells the function. One series of errors for each discount.
 *
 * @param gammas discount of one bin, of each learner
 * @see Masset et al. (2025), Multi-timescale reinforcement learning in the brain, Nature 642
 */
export function multiTimescale(
  session: BinnedSession,
  gammas: readonly number[],
  parameters: Omit<CscParameters, 'gamma'>,
  features = compoundFeatures(session, parameters.memory),
): PredictionErrors[] {
  return gammas.map((gamma) => linearTd(session, features, { ...parameters, gamma }));
}
