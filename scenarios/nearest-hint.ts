import { nearestNames } from '../src/core/nearest.ts';

/** `; did you mean 'turnover'?`, or all that is known where nothing comes near. */
export function nearestHint(name: string, known: readonly string[]): string {
  const near = nearestNames(name, known).map((candidate) => `'${candidate}'`);
  if (near.length > 0) return `; did you mean ${near.join(' or ')}?`;
  return known.length > 0 ? `; known: ${known.join(', ')}` : '';
}
