/** Mean and variance of a random vector, from values with their weights; the weights need not add up to 1. */
export class VectorMoments {
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  #weight = 0;
  #count = 0;

  constructor(size: number) {
    this.#sum = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  add(value: ArrayLike<number>, weight = 1): void {
    for (let i = 0; i < this.#sum.length; i++) {
      this.#sum[i] += weight * value[i];
      this.#squares[i] += weight * value[i] ** 2;
    }
    this.#weight += weight;
    this.#count++;
  }

  get mean(): Float64Array {
    return this.#sum.map((sum) => sum / this.#weight);
  }

  /** Of each component. */
  get variance(): Float64Array {
    const { mean } = this;
    return this.#squares.map((squares, i) => squares / this.#weight - mean[i] ** 2);
  }

  /** Of all components together, E|x - E x|^2. */
  get totalVariance(): number {
    return this.variance.reduce((sum, variance) => sum + variance, 0);
  }

  /** Largest distance of a component's mean from what it should be, in standard errors of equally weighted samples. */
  largestDeviation(expected: ArrayLike<number>): number {
    const { mean, variance } = this;
    const deviations = mean.map((value, i) => {
      const difference = Math.abs(value - expected[i]);
      return difference < 1e-12 ? 0 : difference / Math.sqrt(variance[i] / this.#count);
    });
    return Math.max(...deviations);
  }
}
