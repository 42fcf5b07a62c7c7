import { UserError } from '../../../src/core/errors.ts';
import type { Evaluation, ScoredLibrary } from '../scored-library.ts';
import { choiceKey, type Exact } from './summary.ts';

/** Libraries up to this size are scored as a whole where it is asked for. */
export const mostEnumerated = 200_000;
const topSize = 100;

/**
 * Scores all of a library.
 *
 * @throws UserError for one that is too large
 */
export function enumerate({ library }: ScoredLibrary, evaluate: (choice: Int32Array) => Evaluation): Exact {
  if (library.size > mostEnumerated) {
    throw new UserError(
      `The library has ${library.size.toLocaleString('en-US')} products: expected ${mostEnumerated.toLocaleString('en-US')} at ` +
        'the most to score them all.',
    );
  }
  const scored: { key: string; score: number }[] = [];
  const choice = new Int32Array(library.slots.length);
  const visit = (slot: number): void => {
    if (slot === choice.length) {
      const { score } = evaluate(choice.slice());
      if (!Number.isNaN(score)) scored.push({ key: choiceKey(choice), score });
      return;
    }
    for (let option = 0; option < library.slots[slot].reagents.length; option++) {
      choice[slot] = option;
      if (library.slots[slot].allowed[option]) visit(slot + 1);
    }
  };
  visit(0);
  scored.sort((a, b) => b.score - a.score);
  if (scored.length === 0) throw new UserError('No product of the library could be made and scored.');
  return { best: scored[0].score, top: new Set(scored.slice(0, topSize).map(({ key }) => key)) };
}
