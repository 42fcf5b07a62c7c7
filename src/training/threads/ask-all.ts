import { TeamFailure } from '../../core/team.ts';
import type { Thread } from './thread.ts';

/** Asks all threads of a team at once. Throws the first error that is not just about another's. */
export async function askAll<T>(
  threads: readonly Thread[],
  method: string,
  argumentOf: (rank: number) => unknown = () => undefined,
): Promise<T[]> {
  const outcomes = await Promise.allSettled(threads.map((thread, rank) => thread.ask<T>(method, argumentOf(rank))));
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  if (errors.length > 0) throw errors.find(({ name }) => name !== TeamFailure.name) ?? errors[0];
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
}
