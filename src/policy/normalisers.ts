/** State of a running normaliser, JSON-able. */
export interface MomentsState {
  count: number;
  mean: number[];
  variance: number[];
}

const INITIAL_COUNT = 1e-4;

/**
 * Running mean and population variance of rows, merged batch by batch (Chan, Golub and LeVeque 1983).
 * The small initial count makes the first batch take over almost at once while the variance starts at 1.
 */
export class RunningMoments {
  readonly size: number;
  count = INITIAL_COUNT;
  readonly mean: Float64Array;
  readonly variance: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
  }

  /** Takes in `rows` rows of `size` numbers. */
  update(batch: ArrayLike<number>, rows: number): void {
    const total = this.count + rows;
    for (let i = 0; i < this.size; i++) {
      let batchMean = 0;
      for (let r = 0; r < rows; r++) batchMean += batch[r * this.size + i];
      batchMean /= rows;
      let batchSquares = 0;
      for (let r = 0; r < rows; r++) batchSquares += (batch[r * this.size + i] - batchMean) ** 2;
      const delta = batchMean - this.mean[i];
      this.mean[i] += (delta * rows) / total;
      this.variance[i] =
        (this.variance[i] * this.count + batchSquares + (delta * delta * this.count * rows) / total) / total;
    }
    this.count = total;
  }

  /** Forgets everything. */
  clear(): void {
    this.count = INITIAL_COUNT;
    this.mean.fill(0);
    this.variance.fill(1);
  }

  /** Takes in what other moments have seen, their small initial count left out. */
  merge(other: MomentsState): void {
    const rows = other.count - INITIAL_COUNT;
    if (rows <= 0) return;
    const total = this.count + rows;
    for (let i = 0; i < this.size; i++) {
      const delta = other.mean[i] - this.mean[i];
      this.mean[i] += (delta * rows) / total;
      this.variance[i] =
        (this.variance[i] * this.count + other.variance[i] * rows + (delta * delta * this.count * rows) / total) /
        total;
    }
    this.count = total;
  }

  getState(): MomentsState {
    return { count: this.count, mean: [...this.mean], variance: [...this.variance] };
  }

  setState(state: MomentsState): void {
    this.count = state.count;
    this.mean.set(state.mean);
    this.variance.set(state.variance);
  }
}

/** Added to variances before they divide. */
export const EPSILON = 1e-8;
/** Bound on normalised observations and rewards. */
export const CLIP = 10;

/** (x - mean) / std of each component over everything seen so far, clipped to +-10. */
export class ObservationNormaliser {
  readonly size: number;
  readonly moments: RunningMoments;
  readonly #rowsPerObservation: number;

  /**
   * @param size numbers in a row
   * @param rowsPerObservation rows in each observation, all of them measured as one
   */
  constructor(size: number, rowsPerObservation = 1) {
    this.size = size;
    this.moments = new RunningMoments(size);
    this.#rowsPerObservation = rowsPerObservation;
  }

  update(observations: Float32Array, count: number): void {
    this.moments.update(observations, count * this.#rowsPerObservation);
  }

  /** Writes `count` normalised observations to `out`, which may be `observations` itself. */
  normalise(observations: Float32Array, count: number, out: Float32Array): void {
    const { mean, variance } = this.moments;
    const end = count * this.#rowsPerObservation * this.size;
    for (let i = 0; i < this.size; i++) {
      const scale = 1 / Math.sqrt(variance[i] + EPSILON);
      for (let at = i; at < end; at += this.size) {
        out[at] = Math.min(Math.max((observations[at] - mean[i]) * scale, -CLIP), CLIP);
      }
    }
  }

  /**
   * Turns dLoss/dNormalised of `count` observations into dLoss/dObservation, in place.
   * @param normalised the observations, normalised: those clipped have no gradient
   */
  backward(normalised: Float32Array, at: number, gradients: Float32Array, count: number): void {
    const { variance } = this.moments;
    const end = count * this.#rowsPerObservation * this.size;
    for (let k = 0; k < end; k++) {
      const clipped = Math.abs(normalised[at + k]) >= CLIP;
      gradients[k] = clipped ? 0 : gradients[k] / Math.sqrt(variance[k % this.size] + EPSILON);
    }
  }
}

/** The reward that a normalised one of 1 stands for. @param moments of the discounted return */
export function rewardUnit(moments: RunningMoments): number {
  return Math.sqrt(moments.variance[0] + EPSILON);
}

/** Rewards in units of `rewardUnit`, clipped to +-10, in place: for those that come from a memory. */
export function scaleRewards(rewards: Float32Array, moments: RunningMoments): void {
  const scale = 1 / rewardUnit(moments);
  for (let i = 0; i < rewards.length; i++) rewards[i] = Math.min(Math.max(rewards[i] * scale, -CLIP), CLIP);
}

/**
 * Divides rewards by the running standard deviation of the discounted return, clipped to +-10; the mean stays, as
 * shifting rewards would change the task. Each environment's return starts anew at every episode end, truncated or
 * terminated, as in Stable-Baselines3 (Gymnasium's wrapper lets it run on through truncations).
 */
export class RewardNormaliser {
  readonly #moments: RunningMoments;
  readonly #gamma: number;
  readonly #returns: Float64Array;

  /** @param moments of the discounted return; they belong to the policy, which keeps them */
  constructor(moments: RunningMoments, numEnvs: number, gamma: number) {
    this.#moments = moments;
    this.#gamma = gamma;
    this.#returns = new Float64Array(numEnvs);
  }

  /**
   * Takes in one step of the environments from `start` on and writes their normalised rewards to `out`, that of
   * environment 0 standing at `at`; `out` may be `rewards` itself.
   */
  normalise(
    rewards: Float64Array,
    terminated: Uint8Array,
    truncated: Uint8Array,
    out: Float64Array,
    at: number,
    start = 0,
    count = this.#returns.length,
  ): void {
    const returns = this.#returns;
    const end = start + count;
    for (let i = start; i < end; i++) returns[i] = returns[i] * this.#gamma + rewards[i];
    this.#moments.update(count === returns.length ? returns : returns.subarray(start, end), count);
    const scale = 1 / rewardUnit(this.#moments);
    for (let i = start; i < end; i++) {
      out[at + i] = Math.min(Math.max(rewards[i] * scale, -CLIP), CLIP);
      if (terminated[i] || truncated[i]) returns[i] = 0;
    }
  }

  /** The running returns, one an environment. */
  getState(): number[] {
    return [...this.#returns];
  }

  setState(returns: readonly number[]): void {
    this.#returns.set(returns);
  }
}
