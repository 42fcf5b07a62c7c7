import type { Library } from './library/library.ts';
import type { Scorer } from './scores/score.ts';

/** What came of a choice. */
export interface Evaluation {
  choice: Int32Array;
  /** Canonical; empty where the reagents gave no product. */
  smiles: string;
  /** NaN where there is none. */
  score: number;
  /** One a term of the score. */
  terms: Float64Array;
}

/** A library with a score: makes and scores the product of a choice. */
export class ScoredLibrary {
  readonly library: Library;
  readonly scorer: Scorer;

  constructor(library: Library, scorer: Scorer) {
    this.library = library;
    this.scorer = scorer;
  }

  evaluate(choice: ArrayLike<number>): Evaluation {
    const terms = new Float64Array(this.scorer.termNames.length).fill(Number.NaN);
    const smiles = this.library.product(choice);
    const score = smiles === undefined ? Number.NaN : this.scorer.score(smiles, terms);
    return { choice: Int32Array.from(choice), smiles: smiles ?? '', score, terms };
  }
}
