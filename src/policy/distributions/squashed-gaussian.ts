import type { Random } from '../../core/random.ts';
import type { KnownInformation } from './known-information.ts';
import type { Reparameterised } from './reparameterised.ts';

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Bounds on the log standard deviation, those of Haarnoja et al.: so wide that they bind only where training runs away.
 * Beyond them its gradient is 0.
 */
export const SQUASHED_LOG_STD_RANGE = { low: -20, high: 2 } as const;

/**
 * Nodes and weights of the trapezoid rule for means under a standard normal. For smooth functions it converges
 * exponentially: the entropies below are exact to 1e-8 up to a standard deviation of 2, to 0.01 nats at the highest.
 */
const NODES = Float64Array.from({ length: 49 }, (_, k) => (k - 24) / 4);
const WEIGHTS = NODES.map((z) => Math.exp(-0.5 * z * z - HALF_LOG_TWO_PI) / 4);

/** log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u)), even in u, without the cancellation of the left side. */
function logSlope(u: number): number {
  const distance = Math.abs(u);
  return 2 * (Math.LN2 - distance - Math.log1p(Math.exp(-2 * distance)));
}

/**
 * Independent normal components, squashed by tanh into (-1, 1) and stretched to the bounds of the environment
 * (Haarnoja et al. 2018, "Soft actor-critic", appendix C):
 *
 *     u = mean + std noise,  y = tanh u,  action = centre + halfRange y
 *     log p = sum_i [ -(u_i - mean_i)^2 / (2 std_i^2) - log std_i - log(2 pi) / 2 - log(1 - y_i^2) ]
 *
 * Log-probability and entropy are those of y: the stretch is left out of both, so that an entropy means the same in
 * whatever units the environment measures its actions. The stored action is u, from which y follows without loss.
 * Parameters are the means, then the log standard deviations.
 */
export class SquashedGaussian implements Reparameterised, KnownInformation {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  readonly noiseSize: number;
  logProb = 0;

  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #means: Float64Array;
  readonly #stds: Float64Array;
  /** (u - mean) / std of the row last evaluated or transformed. */
  readonly #deviations: Float64Array;
  /** tanh u of the row last transformed. */
  readonly #squashed: Float64Array;
  /** 0 where a log standard deviation stands at its bound, where it has no gradient. */
  readonly #logStdSlopes: Float64Array;

  /** @param low, high finite bounds of the environment's action space, one a component */
  constructor(low: ArrayLike<number>, high: ArrayLike<number>) {
    const size = low.length;
    this.parameterSize = 2 * size;
    this.actionSize = size;
    this.environmentActionSize = size;
    this.noiseSize = size;
    this.#low = Float64Array.from(low);
    this.#high = Float64Array.from(high);
    this.#means = new Float64Array(size);
    this.#stds = new Float64Array(size);
    this.#deviations = new Float64Array(size);
    this.#squashed = new Float64Array(size);
    this.#logStdSlopes = new Float64Array(size);
  }

  /** E[-log p], which has no closed form: that of the normal components plus the mean of log(1 - y^2), by quadrature. */
  get entropy(): number {
    let entropy = 0;
    for (let i = 0; i < this.actionSize; i++) {
      const mean = this.#means[i];
      const std = this.#stds[i];
      entropy += Math.log(std) + HALF_LOG_TWO_PI + 0.5;
      for (let k = 0; k < NODES.length; k++) entropy += WEIGHTS[k] * logSlope(mean + std * NODES[k]);
    }
    return entropy;
  }

  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void {
    this.#read(parameters, at);
    for (let i = 0; i < this.actionSize; i++) {
      action[actionAt + i] = this.#means[i] + this.#stds[i] * random.normal();
    }
  }

  /** The median: tanh of the mean. */
  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    for (let i = 0; i < this.actionSize; i++) action[actionAt + i] = parameters[at + i];
  }

  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#read(parameters, at);
    let logProb = 0;
    for (let i = 0; i < this.actionSize; i++) {
      const u = action[actionAt + i];
      const std = this.#stds[i];
      const deviation = (u - this.#means[i]) / std;
      this.#deviations[i] = deviation;
      logProb -= 0.5 * deviation * deviation + Math.log(std) + HALF_LOG_TWO_PI + logSlope(u);
    }
    this.logProb = logProb;
  }

  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void {
    for (let i = 0; i < this.actionSize; i++) {
      const mean = this.#means[i];
      const std = this.#stds[i];
      const deviation = this.#deviations[i];
      let dMean = (dLogProb * deviation) / std;
      let dLogStd = dLogProb * (deviation * deviation - 1) + dEntropy;
      if (dEntropy !== 0) {
        // d log(1 - tanh(u)^2) / du = -2 tanh u, along u = mean + std z
        for (let k = 0; k < NODES.length; k++) {
          const dNode = -2 * dEntropy * WEIGHTS[k] * Math.tanh(mean + std * NODES[k]);
          dMean += dNode;
          dLogStd += dNode * std * NODES[k];
        }
      }
      gradients[at + i] = dMean;
      gradients[at + this.actionSize + i] = dLogStd * this.#logStdSlopes[i];
    }
  }

  /** That of the normal components: squashing has no parameters. */
  information(v: Float64Array, product: Float64Array): void {
    const n = this.actionSize;
    for (let i = 0; i < n; i++) {
      product[i] = v[i] / this.#stds[i] ** 2;
      product[n + i] = 2 * this.#logStdSlopes[i] * v[n + i];
    }
  }

  transform(
    parameters: Float32Array,
    at: number,
    noise: Float32Array,
    noiseAt: number,
    action: Float32Array,
    actionAt: number,
  ): void {
    this.#read(parameters, at);
    let logProb = 0;
    for (let i = 0; i < this.actionSize; i++) {
      const std = this.#stds[i];
      const deviation = noise[noiseAt + i];
      const u = this.#means[i] + std * deviation;
      action[actionAt + i] = u;
      this.#deviations[i] = deviation;
      this.#squashed[i] = Math.tanh(u);
      logProb -= 0.5 * deviation * deviation + Math.log(std) + HALF_LOG_TWO_PI + logSlope(u);
    }
    this.logProb = logProb;
  }

  /** Along the path log p = -noise^2 / 2 - log std - log(1 - tanh(u)^2) - ..., so d log p / du = 2 tanh u. */
  backwardPath(dAction: Float32Array, dActionAt: number, dLogProb: number, gradients: Float32Array, at: number): void {
    for (let i = 0; i < this.actionSize; i++) {
      const y = this.#squashed[i];
      const halfRange = 0.5 * (this.#high[i] - this.#low[i]);
      const dU = dAction[dActionAt + i] * halfRange * (1 - y * y) + dLogProb * 2 * y;
      gradients[at + i] = dU;
      const dLogStd = dU * this.#stds[i] * this.#deviations[i] - dLogProb;
      gradients[at + this.actionSize + i] = dLogStd * this.#logStdSlopes[i];
    }
  }

  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void {
    for (let i = 0; i < this.actionSize; i++) {
      const low = this.#low[i];
      const high = this.#high[i];
      const stretched = 0.5 * (low + high) + 0.5 * (high - low) * Math.tanh(action[actionAt + i]);
      // Rounding must not carry the action out of its bounds.
      environmentAction[environmentAt + i] = Math.min(Math.max(stretched, low), high);
    }
  }

  #read(parameters: Float32Array, at: number): void {
    const { low, high } = SQUASHED_LOG_STD_RANGE;
    for (let i = 0; i < this.actionSize; i++) {
      const logStd = parameters[at + this.actionSize + i];
      const clamped = Math.min(Math.max(logStd, low), high);
      this.#means[i] = parameters[at + i];
      this.#stds[i] = Math.exp(clamped);
      this.#logStdSlopes[i] = logStd === clamped ? 1 : 0;
    }
  }
}
