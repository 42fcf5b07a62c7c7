import type { Random } from '../../../src/core/random.ts';

const uniformAttempts = 50;

/** Writes one option of each slot; false where it has nothing to suggest. */
export type Suggest = (choice: Int32Array) => boolean;

/** The choices already made, which are not to be made again. */
export class KnownChoices {
  readonly slotSizes: readonly number[];
  /** Number of choices in the space; rounded from 2^53 on. */
  readonly total: number;
  readonly #random: Random;
  readonly #keys = new Set<number | string>();

  constructor(slotSizes: readonly number[], random: Random) {
    this.slotSizes = slotSizes;
    this.total = slotSizes.reduce((product, size) => product * size, 1);
    this.#random = random;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The choice as a number of mixed radix, the last slot varying fastest; as a string where numbers are not exact. */
  keyOf(choice: ArrayLike<number>): number | string {
    if (this.total > Number.MAX_SAFE_INTEGER) return Array.prototype.join.call(choice, ',');
    let key = 0;
    for (let slot = 0; slot < this.slotSizes.length; slot++) key = key * this.slotSizes[slot] + choice[slot];
    return key;
  }

  has(choice: ArrayLike<number>): boolean {
    return this.#keys.has(this.keyOf(choice));
  }

  add(choice: ArrayLike<number>): void {
    this.#keys.add(this.keyOf(choice));
  }

  /** Writes an option of each slot, all alike likely. */
  fillUniformly(choice: Int32Array): void {
    for (let slot = 0; slot < choice.length; slot++) choice[slot] = this.#random.integers(0, this.slotSizes[slot]);
  }

  /**
   * Makes a new choice: what is suggested, asked for again while it is known; then one at random; then, where nearly all
   * are known, the next one that is not, from a random one on. Undefined where there is none left.
   */
  make(suggest: Suggest, attempts: number): Int32Array | undefined {
    if (this.size >= this.total) return undefined;
    const choice = new Int32Array(this.slotSizes.length);
    let fresh = false;
    for (let i = 0; i < attempts && !fresh && suggest(choice); i++) fresh = !this.has(choice);
    for (let i = 0; i < uniformAttempts && !fresh; i++) {
      this.fillUniformly(choice);
      fresh = !this.has(choice);
    }
    if (!fresh) while (this.has(choice)) this.#advance(choice);
    this.add(choice);
    return choice;
  }

  #advance(choice: Int32Array): void {
    for (let slot = choice.length - 1; slot >= 0; slot--) {
      choice[slot] = (choice[slot] + 1) % this.slotSizes[slot];
      if (choice[slot] !== 0) return;
    }
  }

  /**
   * Writes the option of greatest value of each slot, visited in random order; the last one visited takes the greatest
   * that makes the choice a new one. Where none does, the slot before goes on to its next best, and so on. So a policy
   * sure of what is best goes on to its neighbours in any direction.
   *
   * @param values of the options of a slot, asked for whenever a slot is visited; overwritten. -Infinity for those not to
   *   be chosen
   * @returns false where no choice of such options is new
   * @see Klarich et al. (2024), whose reference implementation leaves out in this way what is used up
   */
  fillBest(choice: Int32Array, values: (slot: number) => Float64Array): boolean {
    return this.#fillFrom(0, this.#random.permutation(this.slotSizes.length), choice, values);
  }

  #fillFrom(visited: number, order: Int32Array, choice: Int32Array, values: (slot: number) => Float64Array): boolean {
    const slot = order[visited];
    const last = visited === order.length - 1;
    const value = values(slot);
    for (;;) {
      let best = -1;
      let most = Number.NEGATIVE_INFINITY;
      for (let option = 0; option < value.length; option++) {
        if (!(value[option] > most)) continue;
        choice[slot] = option;
        if (last && this.has(choice)) continue;
        best = option;
        most = value[option];
      }
      if (best < 0) return false;
      choice[slot] = best;
      if (last || this.#fillFrom(visited + 1, order, choice, values)) return true;
      value[best] = Number.NEGATIVE_INFINITY;
    }
  }
}
