import type { Random } from '../../../src/core/random.ts';

/**
 * Bayesian linear regression: weights with independent normal priors about zero, updated one row at a time in the time of
 * the square of their number. It keeps the Cholesky factor L of A = diag(precision) + sum x x', and b = sum y x.
 */
export class Ridge {
  readonly size: number;
  count = 0;
  /** Row-major, lower triangle. */
  readonly #factor: Float64Array;
  readonly #moments: Float64Array;
  readonly #weights: Float64Array;
  readonly #work: Float64Array;
  #squares = 0;
  #solved = true;

  /** @param precision of the priors of the weights, in units of that of the noise */
  constructor(precision: Float64Array) {
    this.size = precision.length;
    this.#factor = new Float64Array(this.size ** 2);
    for (let i = 0; i < this.size; i++) this.#factor[i * this.size + i] = Math.sqrt(precision[i]);
    this.#moments = new Float64Array(this.size);
    this.#weights = new Float64Array(this.size);
    this.#work = new Float64Array(this.size);
  }

  /** Learns that the row `x` has the target `y`. */
  add(x: Float64Array, y: number): void {
    this.#include(x);
    for (let i = 0; i < this.size; i++) this.#moments[i] += y * x[i];
    this.#squares += y * y;
    this.count++;
    this.#solved = false;
  }

  /** One that goes its own way from here, for what is only supposed. */
  copy(): Ridge {
    const other = new Ridge(new Float64Array(this.size));
    other.#factor.set(this.#factor);
    other.#moments.set(this.#moments);
    other.#squares = this.#squares;
    other.count = this.count;
    other.#solved = false;
    return other;
  }

  /** Narrows widths as the row `x` would with any target. The weights mean nothing from then on. */
  suppose(x: Float64Array): void {
    this.#include(x);
  }

  /** Rank-one update of the factor by Givens rotations: Golub and Van Loan (2013), Matrix computations, section 6.5.4. */
  #include(x: Float64Array): void {
    const n = this.size;
    const factor = this.#factor;
    const rest = this.#work;
    rest.set(x);
    for (let j = 0; j < n; j++) {
      if (rest[j] === 0) continue;
      const diagonal = factor[j * n + j];
      const radius = Math.hypot(diagonal, rest[j]);
      const cosine = diagonal / radius;
      const sine = rest[j] / radius;
      factor[j * n + j] = radius;
      for (let i = j + 1; i < n; i++) {
        const below = factor[i * n + j];
        factor[i * n + j] = cosine * below + sine * rest[i];
        rest[i] = cosine * rest[i] - sine * below;
      }
    }
  }

  /** Posterior mean of the weights, A^-1 b; not to be written to, and overwritten later. */
  weights(): Float64Array {
    if (!this.#solved) {
      this.#weights.set(this.#moments);
      this.#solveLower(this.#weights);
      this.#solveUpper(this.#weights);
      this.#solved = true;
    }
    return this.#weights;
  }

  /**
   * Variance of the noise: (y'y - b' A^-1 b) / n, the most likely one given the data where weights are integrated out. 0
   * without data.
   *
   * @see Bishop (2006), Pattern recognition and machine learning, section 3.5, with the priors in units of the noise
   */
  noiseVariance(): number {
    if (this.count === 0) return 0;
    const weights = this.weights();
    let explained = 0;
    for (let i = 0; i < this.size; i++) explained += this.#moments[i] * weights[i];
    return Math.max(0, this.#squares - explained) / this.count;
  }

  /** Deviation of the posterior of x' w in units of that of the noise, sqrt(x' A^-1 x). */
  width(x: Float64Array): number {
    const solved = this.#work;
    solved.set(x);
    this.#solveLower(solved);
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += solved[i] * solved[i];
    return Math.sqrt(sum);
  }

  /** Writes A^-1 x. */
  solve(x: Float64Array, solution: Float64Array): void {
    solution.set(x);
    this.#solveLower(solution);
    this.#solveUpper(solution);
  }

  /** Writes weights drawn from their posterior, N(A^-1 b, deviation^2 A^-1). */
  sample(deviation: number, random: Random, weights: Float64Array): void {
    for (let i = 0; i < this.size; i++) weights[i] = deviation * random.normal();
    this.#solveUpper(weights);
    const mean = this.weights();
    for (let i = 0; i < this.size; i++) weights[i] += mean[i];
  }

  /** x := L^-1 x. */
  #solveLower(x: Float64Array): void {
    const n = this.size;
    const factor = this.#factor;
    for (let i = 0; i < n; i++) {
      let sum = x[i];
      for (let j = 0; j < i; j++) sum -= factor[i * n + j] * x[j];
      x[i] = sum / factor[i * n + i];
    }
  }

  /** x := L'^-1 x. */
  #solveUpper(x: Float64Array): void {
    const n = this.size;
    const factor = this.#factor;
    for (let i = n - 1; i >= 0; i--) {
      const value = x[i] / factor[i * n + i];
      x[i] = value;
      for (let j = 0; j < i; j++) x[j] -= factor[i * n + j] * value;
    }
  }
}
