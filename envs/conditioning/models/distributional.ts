export interface DistributionalUnit {
  alphaPositive: number;
  alphaNegative: number;
}

export interface DistributionalResult {
  /** What each unit expects in the end, and on average over the second half. */
  values: Float64Array;
  meanValues: Float64Array;
  /** alpha+ / (alpha+ + alpha-) of each: how optimistic it is. */
  taus: Float64Array;
}

/**
 * Units that learn at different rates from good and bad surprises, V_i <- V_i + alpha+_i delta for delta > 0 and alpha-_i delta
 * else, with delta = r - V_i: each comes to rest at the tau_i-expectile of the rewards, so that together they tell the
 * distribution and not only its mean.
 *
 * @param rewards one a trial, after the utility has been applied
 * @see Dabney et al. (2020), A distributional code for value in dopamine-based reinforcement learning, Nature 577; expectiles:
 *   Newey and Powell (1987)
 */
export function distributionalTd(
  rewards: ArrayLike<number>,
  units: readonly DistributionalUnit[],
): DistributionalResult {
  const values = new Float64Array(units.length);
  const meanValues = new Float64Array(units.length);
  const half = Math.floor(rewards.length / 2);
  for (let trial = 0; trial < rewards.length; trial++) {
    for (let i = 0; i < units.length; i++) {
      const delta = rewards[trial] - values[i];
      values[i] += (delta > 0 ? units[i].alphaPositive : units[i].alphaNegative) * delta;
      if (trial >= half) meanValues[i] += values[i] / (rewards.length - half);
    }
  }
  const taus = Float64Array.from(
    units,
    ({ alphaPositive, alphaNegative }) => alphaPositive / (alphaPositive + alphaNegative),
  );
  return { values, meanValues, taus };
}

/** The tau-expectile of a sample: the v with tau mean((x - v)+) = (1 - tau) mean((v - x)+). By bisection. */
export function expectile(sample: ArrayLike<number>, tau: number): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < sample.length; i++) {
    low = Math.min(low, sample[i]);
    high = Math.max(high, sample[i]);
  }
  while (high - low > 1e-12 * Math.max(1, Math.abs(low), Math.abs(high))) {
    const middle = (low + high) / 2;
    let balance = 0;
    for (let i = 0; i < sample.length; i++) {
      const above = sample[i] - middle;
      balance += above > 0 ? tau * above : (1 - tau) * above;
    }
    if (balance > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Utility of a reward in microlitres: 10 sqrt(r) / (sqrt(r) + sqrt(200)), steep at first. As in Eshel et al. (2016). */
export const hyperbolicUtility = (microlitres: number): number =>
  (10 * Math.sqrt(microlitres)) / (Math.sqrt(microlitres) + Math.sqrt(200));
