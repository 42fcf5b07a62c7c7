import type { Random } from '../../core/random.ts';
import { Gaussian, type LogStdSource } from './gaussian.ts';
import type { KnownInformation } from './known-information.ts';
import type { Reparameterised } from './reparameterised.ts';

/**
 * Allocations on the simplex as the softmax of a Gaussian (logistic-normal, Atchison and Shen 1980).
 *
 * The stored action has one number for every part but the first, whose logit is fixed at 0 (cash in a portfolio):
 * this makes the softmax one to one. Log-probability and entropy are those of the Gaussian before the softmax;
 * as the map has no parameters, probability ratios and policy gradients are the same either side of it.
 */
export class SoftmaxGaussian implements Reparameterised, KnownInformation {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  readonly noiseSize: number;
  readonly #gaussian: Gaussian;
  /** Weights of the row last transformed. */
  readonly #weights: Float32Array;
  /** dLoss/dLogit. */
  readonly #dLogits: Float32Array;

  /** @param parts number of weights, the first included */
  constructor(parts: number, logStd: LogStdSource) {
    const unbounded = new Float64Array(parts - 1).fill(Infinity);
    this.#gaussian = new Gaussian(
      unbounded.map((bound) => -bound),
      unbounded,
      logStd,
    );
    this.parameterSize = this.#gaussian.parameterSize;
    this.actionSize = parts - 1;
    this.environmentActionSize = parts;
    this.noiseSize = parts - 1;
    this.#weights = new Float32Array(parts);
    this.#dLogits = new Float32Array(parts - 1);
  }

  get logProb(): number {
    return this.#gaussian.logProb;
  }

  get entropy(): number {
    return this.#gaussian.entropy;
  }

  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void {
    this.#gaussian.sample(parameters, at, random, action, actionAt);
  }

  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#gaussian.deterministic(parameters, at, action, actionAt);
  }

  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#gaussian.evaluate(parameters, at, action, actionAt);
  }

  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void {
    this.#gaussian.backward(dLogProb, dEntropy, gradients, at);
  }

  information(v: Float64Array, product: Float64Array): void {
    this.#gaussian.information(v, product);
  }

  transform(
    parameters: Float32Array,
    at: number,
    noise: Float32Array,
    noiseAt: number,
    action: Float32Array,
    actionAt: number,
  ): void {
    this.#gaussian.transform(parameters, at, noise, noiseAt, action, actionAt);
    this.toEnvironment(action, actionAt, this.#weights, 0);
  }

  /** w = softmax(0, logits): dLoss/dLogit_i = w_i (dLoss/dw_i - sum_k w_k dLoss/dw_k), and on through the Gaussian. */
  backwardPath(dAction: Float32Array, dActionAt: number, dLogProb: number, gradients: Float32Array, at: number): void {
    const weights = this.#weights;
    let mean = 0;
    for (let part = 0; part < weights.length; part++) mean += weights[part] * dAction[dActionAt + part];
    for (let i = 0; i < this.actionSize; i++) {
      this.#dLogits[i] = weights[i + 1] * (dAction[dActionAt + i + 1] - mean);
    }
    this.#gaussian.backwardPath(this.#dLogits, 0, dLogProb, gradients, at);
  }

  project(): void {
    this.#gaussian.project();
  }

  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void {
    const parts = this.environmentActionSize;
    let largest = 0;
    for (let i = 0; i < this.actionSize; i++) largest = Math.max(largest, action[actionAt + i]);
    let sum = Math.exp(-largest);
    for (let i = 0; i < this.actionSize; i++) sum += Math.exp(action[actionAt + i] - largest);
    environmentAction[environmentAt] = Math.exp(-largest) / sum;
    for (let part = 1; part < parts; part++) {
      environmentAction[environmentAt + part] = Math.exp(action[actionAt + part - 1] - largest) / sum;
    }
  }
}
