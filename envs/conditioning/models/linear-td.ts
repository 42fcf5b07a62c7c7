import type { BinnedSession, PredictionErrors } from '../events.ts';

export interface TdParameters {
  /** Learning rate. */
  alpha: number;
  /** Discount of one bin. */
  gamma: number;
  /** Decay of eligibility, beside gamma. */
  lambda: number;
}

/** Writes the features of a bin: what the animal is taken to know then. Called once a bin, in order. */
export type Features = (bin: number, out: Float64Array) => void;

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
  { alpha, gamma, lambda }: TdParameters,
): PredictionErrors {
  const weights = new Float64Array(size);
  const eligibility = new Float64Array(size);
  let before = new Float64Array(size);
  let now = new Float64Array(size);
  const errors = new Float64Array(bins);
  const values = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    features(bin, now);
    const expected = dot(weights, before);
    const delta = rewards[bin] + gamma * dot(weights, now) - expected;
    for (let i = 0; i < size; i++) {
      eligibility[i] = gamma * lambda * eligibility[i] + before[i];
      weights[i] += alpha * delta * eligibility[i];
    }
    errors[bin] = delta;
    values[bin] = dot(weights, now);
    [before, now] = [now, before];
  }
  return { errors, values };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
