import type { Team } from '../../core/team.ts';
import type { MomentsState, RunningMoments } from '../../policy/normalisers.ts';

/**
 * Keeps running moments the same in all members of a team: each takes in what it sees itself, and now and then `pool`
 * gives all of them what all have seen.
 */
export class PooledMoments {
  readonly #moments: RunningMoments;
  readonly #team: Team;
  /** As they were when all had the same. */
  #base: MomentsState;

  constructor(moments: RunningMoments, team: Team) {
    this.#moments = moments;
    this.#team = team;
    this.#base = moments.getState();
  }

  /** For moments that have been set from outside, in all members alike. */
  rebase(): void {
    this.#base = this.#moments.getState();
  }

  pool(): void {
    const { size, count, mean, variance } = this.#moments;
    const base = this.#base;
    // Of what was seen since: how many, the sum of x - base mean, and that of its squares.
    const sums = new Float64Array(1 + 2 * size);
    sums[0] = count - base.count;
    for (let i = 0; i < size; i++) {
      const shift = mean[i] - base.mean[i];
      sums[1 + i] = count * shift;
      sums[1 + size + i] = count * (variance[i] + shift * shift) - base.count * base.variance[i];
    }
    this.#team.sum(sums);
    const total = base.count + sums[0];
    for (let i = 0; i < size; i++) {
      const shift = sums[1 + i] / total;
      mean[i] = base.mean[i] + shift;
      variance[i] = (base.count * base.variance[i] + sums[1 + size + i]) / total - shift * shift;
    }
    this.#moments.count = total;
    this.rebase();
  }
}
