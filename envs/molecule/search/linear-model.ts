import type { Random } from '../../../src/core/random.ts';
import { Ridge } from './ridge.ts';
import type { SearchSpace, SlotBelief, SlotFeatures } from './search.ts';
import { featuresOf } from './space.ts';

/** A bias hardly shrunk, for scores may lie far from zero. */
const biasPrecision = 1e-4;

/**
 * Scores as a linear function of the features of the chosen options, side by side, and a bias. So a score is the bias and
 * a sum of one contribution a slot.
 *
 * Features are standardised over the options of their slot and divided by the root of the slot's width, so that a prior
 * of one for each weight gives the contribution of a slot a variance of about that of the noise, whatever its width.
 */
export class LinearModel {
  readonly slotSizes: readonly number[];
  /** Rows for regression: the slots' features in order, then 1 for the bias. */
  readonly ridge: Ridge;
  readonly #features: readonly SlotFeatures[];
  /** Where the features of each slot begin in a row. */
  readonly #starts: readonly number[];
  readonly #row: Float64Array;
  /** Taken from all scores, so that little is lost where the numbers squared are large. */
  #origin = Number.NaN;

  constructor(space: SearchSpace, policy: string) {
    this.slotSizes = space.slotSizes;
    this.#features = featuresOf(space, policy).map(standardised);
    let size = 0;
    this.#starts = this.#features.map(({ width }) => {
      size += width;
      return size - width;
    });
    const precision = new Float64Array(size + 1).fill(1);
    precision[size] = biasPrecision;
    this.ridge = new Ridge(precision);
    this.#row = new Float64Array(size + 1);
  }

  add(choice: ArrayLike<number>, score: number): void {
    if (Number.isNaN(this.#origin)) this.#origin = score;
    this.writeRow(choice, this.#row);
    this.ridge.add(this.#row, score - this.#origin);
  }

  writeRow(choice: ArrayLike<number>, row: Float64Array): void {
    for (let slot = 0; slot < this.#features.length; slot++) this.#writePart(slot, choice[slot], row);
    row[row.length - 1] = 1;
  }

  #writePart(slot: number, option: number, row: Float64Array): void {
    const { width, values } = this.#features[slot];
    for (let i = 0; i < width; i++) row[this.#starts[slot] + i] = values[option * width + i];
  }

  /** Writes what each option of a slot contributes under the given weights. */
  contributions(slot: number, weights: Float64Array, contribution: Float64Array): void {
    const { width, values } = this.#features[slot];
    const start = this.#starts[slot];
    for (let option = 0; option < contribution.length; option++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += values[option * width + i] * weights[start + i];
      contribution[option] = sum;
    }
  }

  /** Writes weights drawn from what is believed of them. */
  sampleWeights(random: Random, weights: Float64Array): void {
    this.ridge.sample(Math.sqrt(this.ridge.noiseVariance()), random, weights);
  }

  /** Of the score of a choice with an option and average partners. Without any score means are NaN. */
  beliefs(): SlotBelief[] {
    const weights = this.ridge.weights();
    const bias = this.#origin + weights[weights.length - 1];
    const noise = Math.sqrt(this.ridge.noiseVariance());
    return this.slotSizes.map((size, slot) => {
      const mean = new Float64Array(size);
      this.contributions(slot, weights, mean);
      const row = new Float64Array(this.#row.length);
      row[row.length - 1] = 1;
      const deviation = mean.map((_, option) => {
        this.#writePart(slot, option, row);
        return noise * this.ridge.width(row);
      });
      return { mean: mean.map((value) => value + bias), deviation };
    });
  }
}

/** Mean 0 and mean square 1 / width in every column; 0 where a column does not vary. */
function standardised({ width, values }: SlotFeatures): SlotFeatures {
  const options = width === 0 ? 0 : values.length / width;
  const scaled = new Float64Array(values.length);
  for (let column = 0; column < width; column++) {
    let mean = 0;
    for (let option = 0; option < options; option++) mean += values[option * width + column] / options;
    let variance = 0;
    for (let option = 0; option < options; option++) {
      variance += (values[option * width + column] - mean) ** 2 / options;
    }
    if (variance <= (1e-12 * mean) ** 2) continue;
    const scale = 1 / Math.sqrt(variance * width);
    for (let option = 0; option < options; option++) {
      scaled[option * width + column] = (values[option * width + column] - mean) * scale;
    }
  }
  return { width, values: scaled };
}
