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
 * What the animal is taken to know in each bin of a session, as the features that are not zero: in bin t those of `columns` from
 * `starts[t]` to `starts[t + 1]`, with their `values`. They do not depend on what is learned, and so serve any parameters.
 */
export interface Features {
  /** How many there are. */
  size: number;
  /** bins + 1. */
  starts: Int32Array;
  columns: Int32Array;
  values: Float64Array;
}

/**
 * Temporal-difference learning over features x: V = w . x, and in each bin
 *
 *     delta_t = r_t + gamma V(x_t) - V(x_(t-1)),    e <- gamma lambda e + x_(t-1),    w <- w + alpha delta_t e.
 *
 * The error belongs to the bin whose reward and features brought it about.
 *
 * @see Sutton (1988), Learning to predict by the methods of temporal differences, Machine Learning 3; Schultz, Dayan and
 *   Montague (1997), A neural substrate of prediction and reward, Science 275
 */
export function linearTd(
  { bins, rewards }: BinnedSession,
  features: Features,
  { alpha, alphaNegative = alpha, gamma, lambda }: TdParameters,
): PredictionErrors {
  const { size, starts, columns, values: x } = features;
  const decay = gamma * lambda;
  const weights = new Float64Array(size);
  // Where a feature is not on, its eligibility only decays. So it is kept as e / scale, where the scale decays for all of them,
  // and what its weight has still to learn is e / scale times the sum of alpha delta scale since it was settled last.
  const eligibility = new Float64Array(size);
  const settledAt = new Float64Array(size);
  let scale = 1;
  let learned = 0;
  /** V(x_(t-1)), with the weights of now. */
  let expected = 0;
  const errors = new Float64Array(bins);
  const values = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const before = bin > 0 ? starts[bin - 1] : 0;
    const now = starts[bin];
    const after = starts[bin + 1];
    let coming = 0;
    for (let k = now; k < after; k++) {
      const i = columns[k];
      weights[i] += (learned - settledAt[i]) * eligibility[i];
      settledAt[i] = learned;
      coming += weights[i] * x[k];
    }
    const delta = rewards[bin] + gamma * coming - expected;
    const step = (delta > 0 ? alpha : alphaNegative) * delta;
    if (decay === 0) {
      for (let k = before; k < now; k++) weights[columns[k]] += step * x[k];
    } else {
      scale *= decay;
      if (scale < leastScale && (now > before || step !== 0)) {
        for (let i = 0; i < size; i++) {
          weights[i] += (learned - settledAt[i]) * eligibility[i];
          settledAt[i] = 0;
          const left = eligibility[i] * scale;
          eligibility[i] = left > negligible ? left : 0;
        }
        learned = 0;
        scale = 1;
      }
      const unit = 1 / scale;
      for (let k = before; k < now; k++) eligibility[columns[k]] += unit * x[k];
      learned += step * scale;
    }
    expected = 0;
    for (let k = now; k < after; k++) {
      const i = columns[k];
      weights[i] += (learned - settledAt[i]) * eligibility[i];
      settledAt[i] = learned;
      expected += weights[i] * x[k];
    }
    errors[bin] = delta;
    values[bin] = expected;
  }
  return { errors, values };
}

/** Sums at a scale are rounded in parts of what was added at a scale of one: of sixteen digits twelve are left. */
const leastScale = 1e-4;
/** What is left of an eligibility below this is dropped: numbers near the smallest there are slow processors down a hundredfold. */
const negligible = 1e-12;
