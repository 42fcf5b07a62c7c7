import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { filledOptions } from '../../src/core/filled-options.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, MultiDiscrete } from '../../src/core/spaces/index.ts';
import { sharedLibrary } from './library/library.ts';
import { ScoredLibrary } from './scored-library.ts';
import { compileScore, scoreSchema } from './scores/score.ts';

export const librarySettings = z.strictObject({
  library: z.string().min(1).default('amides'),
  score: scoreSchema.prefault({ terms: [{ property: 'qed' }] }),
  batch: z.int().min(1).default(1),
});

/** Options of `upslope/MoleculeLibrary-v0`, see `README.md`. */
export type MoleculeLibraryOptions = z.input<typeof librarySettings>;

interface MoleculeLibraryState {
  made: number;
  reward: number;
  signals: number[];
  remembered: number[][][];
}

/**
 * A combinatorial library as a bandit: a step chooses one reagent a slot, and its reward is the score of their product, 0 where
 * they do not react. An episode is a batch, as it goes to the bench: what its products score is not seen before it is over.
 * Reagents that cannot react are masked.
 *
 * Observation: the share of the batch that is chosen already.
 */
export class MoleculeLibraryEnv implements RowEnv {
  readonly observationSpace = new Box(0, 1, [1]);
  readonly actionSpace: MultiDiscrete;
  readonly observationSize = 1;
  readonly actionSize: number;
  readonly signalNames: readonly string[];
  readonly signals: Float64Array;
  readonly actionMask: Uint8Array;
  readonly truncated = false;
  terminated = false;
  reward = 0;

  readonly scored: ScoredLibrary;
  readonly #batch: number;
  #made = 0;

  /** @throws UserError for options that do not fit, and before the chemistry is loaded */
  constructor(options: MoleculeLibraryOptions = {}) {
    const { library: name, score, batch } = filledOptions('MoleculeLibrary', librarySettings, options);
    const library = sharedLibrary(name);
    const scorer = compileScore(score);
    const reserved = scorer.termNames.find((term) => fixedSignals.includes(term));
    if (reserved !== undefined) {
      throw new UserError(`A term of the score is called '${reserved}', as a signal of the environment is. Rename it.`);
    }
    this.scored = new ScoredLibrary(library, scorer);
    this.#batch = batch;
    this.actionSpace = new MultiDiscrete(library.slots.map(({ reagents }) => reagents.length));
    this.actionSize = library.slots.length;
    this.actionMask = Uint8Array.from(library.slots.flatMap(({ allowed }) => Array.from(allowed)));
    this.signalNames = [...fixedSignals, ...scorer.termNames];
    this.signals = new Float64Array(this.signalNames.length);
  }

  reset(_seed: number | undefined, observation: Float32Array): void {
    this.#made = 0;
    this.reward = 0;
    this.terminated = false;
    this.signals.fill(0);
    observation[0] = 0;
  }

  step(action: Float32Array, observation: Float32Array): void {
    const { score, terms } = this.scored.evaluate(action);
    const valid = !Number.isNaN(score);
    this.reward = valid ? score : 0;
    this.signals[0] = this.reward;
    this.signals[1] = valid ? 1 : 0;
    for (let i = 0; i < terms.length; i++) this.signals[fixedSignals.length + i] = valid ? terms[i] : 0;
    this.#made++;
    this.terminated = this.#made === this.#batch;
    observation[0] = this.#made / this.#batch;
  }

  close(): void {
    this.scored.scorer.dispose();
  }

  getState(): MoleculeLibraryState {
    const { made, reward, signals } = { made: this.#made, reward: this.reward, signals: Array.from(this.signals) };
    return { made, reward, signals, remembered: this.scored.scorer.getState() };
  }

  setState(state: unknown): void {
    const { made, reward, signals, remembered } = state as MoleculeLibraryState;
    this.#made = made;
    this.reward = reward;
    this.signals.set(signals);
    this.terminated = made === this.#batch;
    this.scored.scorer.setState(remembered);
  }
}

const fixedSignals = ['score', 'valid'];
