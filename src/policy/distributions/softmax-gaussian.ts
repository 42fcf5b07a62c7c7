import type { Random } from '../../core/random.ts';
import type { Distribution } from './distribution.ts';
import { Gaussian, type LogStdSource } from './gaussian.ts';

/**
 * Allocations on the simplex as the softmax of a Gaussian (logistic-normal, Atchison and Shen 1980).
 *
 * The stored action has one number for every part but the first, whose logit is fixed at 0 (cash in a portfolio):
 * this makes the softmax one to one. Log-probability and entropy are those of the Gaussian before the softmax;
 * as the map has no parameters, probability ratios and policy gradients are the same either side of it.
 */
export class SoftmaxGaussian implements Distribution {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  readonly #gaussian: Gaussian;

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
