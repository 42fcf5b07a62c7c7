import { UserError } from './errors.ts';

/**
 * Fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other (Damerau 1964,
 * no letter touched twice).
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2] + 1 : Infinity;
      current.push(Math.min(replaced, swapped, previous[j] + 1, current[j - 1] + 1));
    }
    before = previous;
    previous = current;
  }
  return previous[b.length];
}

/**
 * The candidates the word may have been meant for, nearest first: those that contain it, and those at most a third of
 * their letters away. Upper and lower case count as the same. Empty when nothing comes near.
 */
export function nearestNames(word: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = word.toLowerCase();
  const near: { name: string; distance: number }[] = [];
  for (const name of candidates) {
    const known = name.toLowerCase();
    const distance = editDistance(wanted, known);
    const slip = distance <= Math.max(1, Math.floor(Math.max(known.length, wanted.length) / 3));
    if (slip || (wanted.length > 2 && known.includes(wanted))) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance);
  return near.slice(0, most).map(({ name }) => name);
}

/**
 * Refuses names nobody knows.
 *
 * @param what one of them is called, such as `CartPole-v1 option`
 * @throws UserError naming the first unknown one, the nearest known ones and all of them
 */
export function checkKeys(what: string, given: object, allowed: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestNames(unknown, allowed, 2).map((name) => `'${name}'`);
  const question = nearest.length > 0 ? ` Did you mean ${nearest.join(' or ')}?` : '';
  const known = allowed.length > 0 ? `Known: ${allowed.join(', ')}.` : 'There are none to set.';
  throw new UserError(`Unknown ${what} '${unknown}'.${question} ${known}`);
}

/**
 * The entry of a list that goes by an id.
 *
 * @param what one of them is called, such as `model`
 * @throws UserError naming the nearest ids, and all of them
 */
export function findById<T extends { readonly id: string }>(what: string, id: string, all: readonly T[]): T {
  const found = all.find((one) => one.id === id);
  if (found !== undefined) return found;
  const ids = all.map((one) => one.id);
  const near = nearestNames(id, ids);
  const question = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
  throw new UserError(`There is no ${what} '${id}'.${question} There are ${ids.join(', ')}.`);
}
