import type { Random } from '../../core/random.ts';
import type { ParameterVector } from '../../engine/engine.ts';
import type { Reparameterised } from './reparameterised.ts';

/** Bounds on log sigma: tight enough that sums of squares stay within single precision. */
const LOG_SIGMA_RANGE = { low: -10, high: 2 } as const;

/** Keeps the variance above 0 where no feature is active, as Stable-Baselines3 does. */
export const VARIANCE_FLOOR = 1e-6;

/** A distribution whose noise can be kept for several steps, so that exploration is smooth within them. */
export interface HeldNoise {
  /** Standard normal numbers that make up the noise. */
  readonly heldNoiseSize: number;
  /** As `sample`, with noise that was drawn before. */
  sampleHeld(
    parameters: Float32Array,
    at: number,
    noise: Float32Array,
    noiseAt: number,
    action: Float32Array,
    actionAt: number,
  ): void;
}

/**
 * Generalised state-dependent exploration (Raffin, Kober and Stulp 2021, "Smooth exploration for robotic reinforcement
 * learning", section 3): the noise is a linear function of the features phi of the state, the activations of the actor's
 * last hidden layer, drawn now and then rather than at every step:
 *
 *     action_i = mean_i + sum_k theta_ki phi_k,   theta_ki ~ N(0, sigma_ki^2),   sigma learned
 *     variance_i = sum_k phi_k^2 sigma_ki^2
 *
 * Within a step it is a Gaussian with that variance, which is what log-probability and entropy are of. As in
 * Stable-Baselines3's on-policy algorithms the features count as given: no gradient flows through them.
 *
 * Parameters are the means, then the features.
 */
export class StateDependentNoise implements Reparameterised, HeldNoise {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  readonly noiseSize: number;
  readonly heldNoiseSize: number;
  readonly #inner: Reparameterised;
  readonly #features: number;
  readonly #logSigma: ParameterVector;
  /** What the Gaussian inside reads: means, then log standard deviations. */
  readonly #row: Float32Array;
  readonly #rowGradients: Float32Array;
  /** phi_k^2 sigma_ki^2 / variance_i of the row last handled, feature by feature: d log std_i / d log sigma_ki. */
  readonly #shares: Float64Array;
  readonly #stds: Float64Array;
  /** What `#sigmas` are the exponentials of. */
  readonly #logSigmas: Float64Array;
  readonly #sigmas: Float64Array;
  readonly #noise: Float32Array;

  /**
   * @param inner whose parameters are means, then log standard deviations
   * @param features numbers in phi
   * @param logSigma log sigma_ki, feature by feature
   */
  constructor(inner: Reparameterised, features: number, logSigma: ParameterVector) {
    const { actionSize } = inner;
    this.#inner = inner;
    this.#features = features;
    this.#logSigma = logSigma;
    this.parameterSize = actionSize + features;
    this.actionSize = actionSize;
    this.environmentActionSize = inner.environmentActionSize;
    this.noiseSize = inner.noiseSize;
    this.heldNoiseSize = features * actionSize;
    this.#row = new Float32Array(inner.parameterSize);
    this.#rowGradients = new Float32Array(inner.parameterSize);
    this.#shares = new Float64Array(features * actionSize);
    this.#stds = new Float64Array(actionSize);
    this.#logSigmas = new Float64Array(features * actionSize).fill(Number.NaN);
    this.#sigmas = new Float64Array(features * actionSize);
    this.#noise = new Float32Array(actionSize);
  }

  get logProb(): number {
    return this.#inner.logProb;
  }

  get entropy(): number {
    return this.#inner.entropy;
  }

  /** With noise of its own: as if theta were drawn for this step alone. */
  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void {
    this.#read(parameters, at);
    this.#inner.sample(this.#row, 0, random, action, actionAt);
  }

  sampleHeld(
    parameters: Float32Array,
    at: number,
    noise: Float32Array,
    noiseAt: number,
    action: Float32Array,
    actionAt: number,
  ): void {
    const { actionSize } = this;
    const phiAt = at + actionSize;
    this.#read(parameters, at);
    for (let i = 0; i < actionSize; i++) {
      let sum = 0;
      for (let k = 0; k < this.#features; k++) {
        const ki = k * actionSize + i;
        sum += parameters[phiAt + k] * this.#sigmas[ki] * noise[noiseAt + ki];
      }
      this.#noise[i] = sum / this.#stds[i];
    }
    this.#inner.transform(this.#row, 0, this.#noise, 0, action, actionAt);
  }

  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#inner.deterministic(parameters, at, action, actionAt);
  }

  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#read(parameters, at);
    this.#inner.evaluate(this.#row, 0, action, actionAt);
  }

  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void {
    this.#inner.backward(dLogProb, dEntropy, this.#rowGradients, 0);
    this.#passOn(gradients, at);
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
    this.#inner.transform(this.#row, 0, noise, noiseAt, action, actionAt);
  }

  backwardPath(dAction: Float32Array, dActionAt: number, dLogProb: number, gradients: Float32Array, at: number): void {
    this.#inner.backwardPath(dAction, dActionAt, dLogProb, this.#rowGradients, 0);
    this.#passOn(gradients, at);
  }

  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void {
    this.#inner.toEnvironment(action, actionAt, environmentAction, environmentAt);
  }

  project(): void {
    const { values } = this.#logSigma;
    const { low, high } = LOG_SIGMA_RANGE;
    for (let ki = 0; ki < values.length; ki++) values[ki] = Math.min(Math.max(values[ki], low), high);
  }

  #read(parameters: Float32Array, at: number): void {
    const { actionSize } = this;
    this.#readSigmas();
    for (let i = 0; i < actionSize; i++) {
      let variance = VARIANCE_FLOOR;
      for (let k = 0; k < this.#features; k++) {
        const part = parameters[at + actionSize + k] * this.#sigmas[k * actionSize + i];
        variance += part * part;
        this.#shares[k * actionSize + i] = part * part;
      }
      for (let k = 0; k < this.#features; k++) this.#shares[k * actionSize + i] /= variance;
      this.#stds[i] = Math.sqrt(variance);
      this.#row[i] = parameters[at + i];
      this.#row[actionSize + i] = 0.5 * Math.log(variance);
    }
  }

  /** Exponentials are dear, and sigma changes only with an optimiser's step. */
  #readSigmas(): void {
    const { values } = this.#logSigma;
    for (let ki = 0; ki < values.length; ki++) {
      if (values[ki] === this.#logSigmas[ki]) continue;
      this.#logSigmas[ki] = values[ki];
      this.#sigmas[ki] = Math.exp(values[ki]);
    }
  }

  /** From means and log standard deviations to means and log sigma. */
  #passOn(gradients: Float32Array, at: number): void {
    const { actionSize } = this;
    const { gradients: free } = this.#logSigma;
    for (let i = 0; i < actionSize; i++) {
      const dLogStd = this.#rowGradients[actionSize + i];
      gradients[at + i] = this.#rowGradients[i];
      for (let k = 0; k < this.#features; k++) free[k * actionSize + i] += dLogStd * this.#shares[k * actionSize + i];
    }
    for (let k = 0; k < this.#features; k++) gradients[at + actionSize + k] = 0;
  }
}

export function holdsNoise(distribution: object): distribution is HeldNoise {
  return 'heldNoiseSize' in distribution;
}
