import type { Random } from '../../core/random.ts';
import type { ParameterVector } from '../../engine/engine.ts';
import type { KnownInformation } from './known-information.ts';
import type { Reparameterised } from './reparameterised.ts';

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Bounds on the log standard deviation: wide enough for any task, tight enough that no density overflows. */
export const LOG_STD_RANGE = { low: -5, high: 2 } as const;

/** Where the log standard deviations come from: free parameters, or a second half of the network's outputs. */
export type LogStdSource = ParameterVector | 'network';

function clampLogStd(logStd: number): number {
  return Math.min(Math.max(logStd, LOG_STD_RANGE.low), LOG_STD_RANGE.high);
}

/**
 * Independent normal components: log p = sum_i [ -(a_i - mean_i)^2 / (2 std_i^2) - log std_i - log(2 pi) / 2 ].
 *
 * Parameters are the means, followed by the log standard deviations where those depend on the state. The action is
 * stored unclipped; the environment gets it clipped to its bounds.
 */
export class Gaussian implements Reparameterised, KnownInformation {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  readonly noiseSize: number;
  logProb = 0;
  entropy = 0;

  readonly #logStd: ParameterVector | undefined;
  readonly #low: ArrayLike<number>;
  readonly #high: ArrayLike<number>;
  /** (action - mean) / std of the row last evaluated. */
  readonly #deviations: Float64Array;
  readonly #stds: Float64Array;
  /** 0 where a state-dependent log standard deviation stands at its bound, where it has no gradient. */
  readonly #logStdSlopes: Float64Array;
  /** 0 where the action last transformed lies outside the environment's bounds. */
  readonly #pathSlopes: Float64Array;

  /** @param low, high bounds of the environment's action space, one a component; infinite for none */
  constructor(low: ArrayLike<number>, high: ArrayLike<number>, logStd: LogStdSource) {
    this.actionSize = low.length;
    this.environmentActionSize = low.length;
    this.noiseSize = low.length;
    this.#logStd = logStd === 'network' ? undefined : logStd;
    this.parameterSize = logStd === 'network' ? 2 * low.length : low.length;
    this.#low = low;
    this.#high = high;
    this.#deviations = new Float64Array(low.length);
    this.#stds = new Float64Array(low.length);
    this.#logStdSlopes = new Float64Array(low.length).fill(1);
    this.#pathSlopes = new Float64Array(low.length);
  }

  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void {
    for (let i = 0; i < this.actionSize; i++) {
      action[actionAt + i] = parameters[at + i] + Math.exp(this.#logStdOf(parameters, at, i)) * random.normal();
    }
  }

  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    for (let i = 0; i < this.actionSize; i++) action[actionAt + i] = parameters[at + i];
  }

  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    let logProb = 0;
    let entropy = 0;
    for (let i = 0; i < this.actionSize; i++) {
      const logStd = this.#logStdOf(parameters, at, i);
      const std = Math.exp(logStd);
      const deviation = (action[actionAt + i] - parameters[at + i]) / std;
      this.#stds[i] = std;
      this.#deviations[i] = deviation;
      logProb -= 0.5 * deviation * deviation + logStd + HALF_LOG_TWO_PI;
      entropy += logStd + HALF_LOG_TWO_PI + 0.5;
    }
    this.logProb = logProb;
    this.entropy = entropy;
  }

  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void {
    const free = this.#logStd?.gradients;
    for (let i = 0; i < this.actionSize; i++) {
      const deviation = this.#deviations[i];
      gradients[at + i] = (dLogProb * deviation) / this.#stds[i];
      const dLogStd = dLogProb * (deviation * deviation - 1) + dEntropy;
      if (free !== undefined) free[i] += dLogStd;
      else gradients[at + this.actionSize + i] = dLogStd * this.#logStdSlopes[i];
    }
  }

  /** 1 / std^2 for means, 2 for log standard deviations. */
  information(v: Float64Array, product: Float64Array): void {
    const n = this.actionSize;
    for (let i = 0; i < n; i++) {
      product[i] = v[i] / this.#stds[i] ** 2;
      if (this.#logStd === undefined) product[n + i] = 2 * this.#logStdSlopes[i] * v[n + i];
    }
  }

  /** action = mean + std noise. Where the environment gets it clipped, it has no path. */
  transform(
    parameters: Float32Array,
    at: number,
    noise: Float32Array,
    noiseAt: number,
    action: Float32Array,
    actionAt: number,
  ): void {
    let logProb = 0;
    let entropy = 0;
    for (let i = 0; i < this.actionSize; i++) {
      const logStd = this.#logStdOf(parameters, at, i);
      const std = Math.exp(logStd);
      const deviation = noise[noiseAt + i];
      const value = parameters[at + i] + std * deviation;
      action[actionAt + i] = value;
      this.#stds[i] = std;
      this.#deviations[i] = deviation;
      this.#pathSlopes[i] = value < this.#low[i] || value > this.#high[i] ? 0 : 1;
      logProb -= 0.5 * deviation * deviation + logStd + HALF_LOG_TWO_PI;
      entropy += logStd + HALF_LOG_TWO_PI + 0.5;
    }
    this.logProb = logProb;
    this.entropy = entropy;
  }

  /** Along the path log p = -noise^2 / 2 - log std - ..., so only the standard deviation changes it. */
  backwardPath(dAction: Float32Array, dActionAt: number, dLogProb: number, gradients: Float32Array, at: number): void {
    const free = this.#logStd?.gradients;
    for (let i = 0; i < this.actionSize; i++) {
      const dValue = dAction[dActionAt + i] * this.#pathSlopes[i];
      gradients[at + i] = dValue;
      const dLogStd = dValue * this.#stds[i] * this.#deviations[i] - dLogProb;
      if (free !== undefined) free[i] += dLogStd;
      else gradients[at + this.actionSize + i] = dLogStd * this.#logStdSlopes[i];
    }
  }

  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void {
    for (let i = 0; i < this.actionSize; i++) {
      environmentAction[environmentAt + i] = Math.min(Math.max(action[actionAt + i], this.#low[i]), this.#high[i]);
    }
  }

  project(): void {
    const values = this.#logStd?.values;
    if (values === undefined) return;
    for (let i = 0; i < this.actionSize; i++) values[i] = clampLogStd(values[i]);
  }

  #logStdOf(parameters: Float32Array, at: number, i: number): number {
    if (this.#logStd !== undefined) return this.#logStd.values[i];
    const logStd = parameters[at + this.actionSize + i];
    const clamped = clampLogStd(logStd);
    this.#logStdSlopes[i] = logStd === clamped ? 1 : 0;
    return clamped;
  }
}
