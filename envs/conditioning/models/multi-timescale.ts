import type { BinnedSession, PredictionErrors } from '../events.ts';
import { type CscParameters, completeSerialCompound } from './complete-serial-compound.ts';

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
): PredictionErrors[] {
  return gammas.map((gamma) => completeSerialCompound(session, { ...parameters, gamma }));
}
