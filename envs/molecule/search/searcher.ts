import { UserError } from '../../../src/core/errors.ts';
import type { KnownChoices, Suggest } from './known-choices.ts';
import type { Searcher, SlotBelief } from './search.ts';
import { checkChoice } from './space.ts';

/** What a policy does itself; all the rest is common to all. */
export interface Strategy {
  suggest: Suggest;
  /** Called before the first suggestion of every batch. */
  beginBatch?(count: number): void;
  /** Called with every choice that goes out. */
  proposed?(choice: Int32Array): void;
  /**
   * @param score finite, or NaN
   * @param awaited whether it was proposed, and not observed since
   */
  observed(choice: ArrayLike<number>, score: number, awaited: boolean): void;
  beliefs?(): readonly SlotBelief[];
}

const defaultAttempts = 20;

/**
 * A searcher that never proposes a choice twice.
 *
 * @param attempts suggestions to ask for before a choice is drawn at random
 */
export function searcherOf(known: KnownChoices, strategy: Strategy, attempts = defaultAttempts): Searcher {
  const awaited = new Set<number | string>();
  return {
    propose: (count) => {
      if (!(Number.isInteger(count) && count >= 0)) {
        throw new UserError(`propose(count) wants a whole number of choices; got ${count}.`);
      }
      strategy.beginBatch?.(count);
      const batch: Int32Array[] = [];
      while (batch.length < count) {
        const choice = known.make(strategy.suggest, attempts);
        if (choice === undefined) break;
        awaited.add(known.keyOf(choice));
        strategy.proposed?.(choice);
        batch.push(choice);
      }
      return batch;
    },
    observe: (choice, score) => {
      checkChoice(choice, known.slotSizes);
      known.add(choice);
      strategy.observed(choice, Number.isFinite(score) ? score : Number.NaN, awaited.delete(known.keyOf(choice)));
    },
    ...(strategy.beliefs && { beliefs: strategy.beliefs }),
  };
}
