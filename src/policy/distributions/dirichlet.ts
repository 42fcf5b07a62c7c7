import type { Random } from '../../core/random.ts';
import type { Distribution } from './distribution.ts';
import { digamma, logGamma, trigamma } from './special-functions.ts';

/** No weight is sampled below this, as the log-density needs log(weight) in single precision. */
const SMALLEST_WEIGHT = 1e-6;

function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Allocations on the simplex from a Dirichlet distribution with concentrations alpha_i = 1 + softplus(output_i).
 *
 * log p(w) = log Gamma(A) - sum_i log Gamma(alpha_i) + sum_i (alpha_i - 1) log w_i, with A = sum_i alpha_i.
 * Concentrations above 1 keep the density bounded at the edges of the simplex, where it would otherwise reward
 * weights of exactly zero without limit.
 */
export class Dirichlet implements Distribution {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  logProb = 0;
  entropy = 0;

  readonly #alphas: Float64Array;
  /** d alpha_i / d output_i */
  readonly #slopes: Float64Array;
  readonly #dLogProbs: Float64Array;
  readonly #dEntropies: Float64Array;

  /** @param parts number of weights */
  constructor(parts: number) {
    this.parameterSize = parts;
    this.actionSize = parts;
    this.environmentActionSize = parts;
    this.#alphas = new Float64Array(parts);
    this.#slopes = new Float64Array(parts);
    this.#dLogProbs = new Float64Array(parts);
    this.#dEntropies = new Float64Array(parts);
  }

  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void {
    let sum = 0;
    for (let i = 0; i < this.actionSize; i++) {
      this.#alphas[i] = random.gamma(1 + softplus(parameters[at + i]));
      sum += this.#alphas[i];
    }
    let floored = 0;
    for (let i = 0; i < this.actionSize; i++) {
      this.#alphas[i] = Math.max(this.#alphas[i] / sum, SMALLEST_WEIGHT);
      floored += this.#alphas[i];
    }
    for (let i = 0; i < this.actionSize; i++) action[actionAt + i] = this.#alphas[i] / floored;
  }

  /** The mean, alpha_i / A. */
  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    let sum = 0;
    for (let i = 0; i < this.actionSize; i++) sum += 1 + softplus(parameters[at + i]);
    for (let i = 0; i < this.actionSize; i++) action[actionAt + i] = (1 + softplus(parameters[at + i])) / sum;
  }

  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    const n = this.actionSize;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const alpha = 1 + softplus(parameters[at + i]);
      this.#alphas[i] = alpha;
      this.#slopes[i] = sigmoid(parameters[at + i]);
      total += alpha;
    }
    const digammaTotal = digamma(total);
    const trigammaTotal = trigamma(total);
    let logProb = logGamma(total);
    let entropy = -logGamma(total) + (total - n) * digammaTotal;
    for (let i = 0; i < n; i++) {
      const alpha = this.#alphas[i];
      const logWeight = Math.log(action[actionAt + i]);
      const logGammaAlpha = logGamma(alpha);
      const digammaAlpha = digamma(alpha);
      logProb += (alpha - 1) * logWeight - logGammaAlpha;
      entropy += logGammaAlpha - (alpha - 1) * digammaAlpha;
      this.#dLogProbs[i] = digammaTotal - digammaAlpha + logWeight;
      this.#dEntropies[i] = (total - n) * trigammaTotal - (alpha - 1) * trigamma(alpha);
    }
    this.logProb = logProb;
    this.entropy = entropy;
  }

  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void {
    for (let i = 0; i < this.actionSize; i++) {
      gradients[at + i] = (dLogProb * this.#dLogProbs[i] + dEntropy * this.#dEntropies[i]) * this.#slopes[i];
    }
  }

  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void {
    for (let i = 0; i < this.actionSize; i++) environmentAction[environmentAt + i] = action[actionAt + i];
  }
}
