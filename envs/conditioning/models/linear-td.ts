import type { BinnedSession, PredictionErrors } from '../events.ts';

export interface TdParameters {
  /** Learning rate. */
  alpha: number;
  /** Learning rate of errors below zero; `alpha` unless told. */
  alphaNegative?: number;
  /** Discount of one bin. */
  gamma: number;
  /** Decay of eligibility, beside gamma. */
  lambda: number;
}

/**
 * Writes the features of a bin: what the animal is taken to know then. Called once a bin, in order.
 *
 * @returns whether any of them is not zero
 */
export type Features = (bin: number, out: Float64Array) => boolean;

/**
 * Temporal-difference learning over features x: V = w . x, and in each bin
 *
 *     delta_t = r_t + gamma V(x_t) - V(x_(t-1)),    e <- gamma lambda e + x_(t-1),    w <- w + alpha delta_t e.
 *
 * The error belongs to the bin whose reward and features brought it about.
 *
 * @param size number of features
 * @see Sutton (1988), Learning to predict by the methods of temporal differences, Machine Learning 3; Schultz, Dayan and
 *   Montague (1997), A neural substrate of prediction and reward, Science 275
 */
export function linearTd(
  { bins, rewards }: BinnedSession,
  features: Features,
  size: number,
  { alpha, alphaNegative = alpha, gamma, lambda }: TdParameters,
): PredictionErrors {
  const weights = new Float64Array(size);
  const eligibility = new Float64Array(size);
  let before = new Float64Array(size);
  let now = new Float64Array(size);
  let wasOn = false;
  /** What the eligibilities have still to be multiplied by: where nothing happens they are left alone. */
  let decay = 1;
  const errors = new Float64Array(bins);
  const values = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const isOn = features(bin, now);
    const coming = isOn ? dot(weights, now) : 0;
    const delta = rewards[bin] + gamma * coming - (wasOn ? dot(weights, before) : 0);
    decay *= gamma * lambda;
    if (wasOn || delta !== 0) {
      const step = (delta > 0 ? alpha : alphaNegative) * delta;
      for (let i = 0; i < size; i++) {
        const left = decay * eligibility[i];
        eligibility[i] = (left > negligible ? left : 0) + before[i];
        weights[i] += step * eligibility[i];
      }
      decay = 1;
    }
    errors[bin] = delta;
    values[bin] = delta === 0 ? coming : dot(weights, now);
    [before, now] = [now, before];
    wasOn = isOn;
  }
  return { errors, values };
}

/** What is left of an eligibility below this is dropped: numbers near the smallest there are slow processors down a hundredfold. */
const negligible = 1e-12;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
