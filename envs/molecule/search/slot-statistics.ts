/** Scores of the choices that had an option, and what has become of the others. Entries are options. */
export interface SlotCounts {
  /** Scores known. */
  readonly count: Float64Array;
  /** Their mean; 0 where there is none. */
  readonly mean: Float64Array;
  /** Sum of their squared deviations from it. */
  readonly squares: Float64Array;
  /** Choices proposed whose score is not known yet. */
  readonly pending: Float64Array;
  /** Choices that could not be made or scored. */
  readonly failures: Float64Array;
}

/** An option that failed so often and never scored is at fault itself, not its partners. */
const failuresToRetire = 3;

/** What is known of each option of each slot, whatever the others: the bandit of a slot. */
export class SlotStatistics {
  readonly slots: readonly SlotCounts[];
  /** Of all scores known. */
  count = 0;
  mean = 0;
  squares = 0;
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;
  pending = 0;

  constructor(slotSizes: readonly number[]) {
    this.slots = slotSizes.map((size) => ({
      count: new Float64Array(size),
      mean: new Float64Array(size),
      squares: new Float64Array(size),
      pending: new Float64Array(size),
      failures: new Float64Array(size),
    }));
  }

  proposed(choice: ArrayLike<number>): void {
    this.pending++;
    this.slots.forEach(({ pending }, slot) => {
      pending[choice[slot]]++;
    });
  }

  /** Updates moments by Welford's recurrence. */
  observed(choice: ArrayLike<number>, score: number, awaited: boolean): void {
    const scored = !Number.isNaN(score);
    if (awaited) this.pending--;
    if (scored) {
      this.count++;
      const deviation = score - this.mean;
      this.mean += deviation / this.count;
      this.squares += deviation * (score - this.mean);
      this.least = Math.min(this.least, score);
      this.most = Math.max(this.most, score);
    }
    this.slots.forEach(({ count, mean, squares, pending, failures }, slot) => {
      const option = choice[slot];
      if (awaited) pending[option]--;
      if (scored) {
        count[option]++;
        const deviation = score - mean[option];
        mean[option] += deviation / count[option];
        squares[option] += deviation * (score - mean[option]);
      } else failures[option]++;
    });
  }

  /** Not worth another try. */
  retired(slot: number, option: number): boolean {
    const { count, failures } = this.slots[slot];
    return count[option] === 0 && failures[option] >= failuresToRetire;
  }
}
