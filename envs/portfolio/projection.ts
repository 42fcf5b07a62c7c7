/**
 * Moves weights to the nearest point, by Euclid, of { x : low <= x <= high, sum x = total }, in place.
 *
 * The nearest point is clip(v - tau, low, high) for the one tau that makes the sum right (the conditions of Karush, Kuhn
 * and Tucker). Each round takes tau from the weights that are still free; if the clipped sum is too large, tau must grow,
 * so that those below their bound stay there, and likewise above. So it ends, exactly, after as many rounds as there are
 * weights at most.
 *
 * @param low and `high`: one bound a weight
 * @param total between the sums of `low` and of `high`
 * @param from first weight that counts
 * @see Bitran and Hax (1981), Disaggregation and resource allocation using convex knapsack problems with bounded
 *   variables, Management Science 27(4)
 */
export function projectToSum(
  weights: Float64Array,
  low: Float64Array,
  high: Float64Array,
  total: number,
  from = 0,
): void {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  let tau = 0;
  for (;;) {
    let sum = 0;
    let free = 0;
    for (let i = from; i < weights.length; i++) {
      if (weights[i] - least <= low[i]) sum += low[i];
      else if (weights[i] - most >= high[i]) sum += high[i];
      else {
        sum += weights[i];
        free++;
      }
    }
    if (free === 0) {
      tau = Number.isFinite(least) ? least : most;
      break;
    }
    tau = (sum - total) / free;
    let excess = 0;
    for (let i = from; i < weights.length; i++) {
      const moved = weights[i] - tau;
      if (weights[i] - least <= low[i] || weights[i] - most >= high[i]) continue;
      if (moved < low[i]) excess += low[i] - moved;
      else if (moved > high[i]) excess += high[i] - moved;
    }
    if (excess > 0) least = tau;
    else if (excess < 0) most = tau;
    else break;
  }
  for (let i = from; i < weights.length; i++) {
    weights[i] = Math.min(Math.max(weights[i] - tau, low[i]), high[i]);
  }
}

/**
 * Moves positions to the nearest point, by Euclid, of { x : low <= x <= high, sum |x| <= leverage }, in place. Index 0
 * is cash, which neither counts nor moves.
 *
 * The nearest point is clip(sign(v) max(|v| - tau, 0), low, high), tau >= 0 being 0 or the one that uses up the leverage.
 * Mirrored to the side it lies on, a position is a weight of `projectToSum`.
 *
 * @param leverage at least the sum of the smallest sizes that the bounds allow
 * @param work three arrays as long as `weights`, written over
 */
export function projectToExposure(
  weights: Float64Array,
  low: Float64Array,
  high: Float64Array,
  leverage: number,
  work: readonly [Float64Array, Float64Array, Float64Array],
): void {
  const [sizes, least, most] = work;
  let gross = 0;
  for (let i = 1; i < weights.length; i++) {
    const mirrored = isMirrored(weights[i], low[i], high[i]);
    sizes[i] = mirrored ? -weights[i] : weights[i];
    least[i] = Math.max(mirrored ? -high[i] : low[i], 0);
    most[i] = mirrored ? -low[i] : high[i];
    gross += Math.min(Math.max(sizes[i], least[i]), most[i]);
  }
  if (gross > leverage) projectToSum(sizes, least, most, leverage, 1);
  for (let i = 1; i < weights.length; i++) {
    const size = Math.min(Math.max(sizes[i], least[i]), most[i]);
    // 0 - size, for there is no negative zero.
    weights[i] = isMirrored(weights[i], low[i], high[i]) ? 0 - size : size;
  }
}

/**
 * The derivative of `projectToSum`: turns dLoss/dWeights of the point it found into that of the point it was given, in
 * place. A weight at a bound stays there; the others share what moves among them.
 */
export function projectToSumBackward(
  weights: Float64Array,
  low: Float64Array,
  high: Float64Array,
  dWeights: Float64Array,
): void {
  let free = 0;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] <= low[i] || weights[i] >= high[i]) continue;
    free++;
    sum += dWeights[i];
  }
  for (let i = 0; i < weights.length; i++) {
    const bound = weights[i] <= low[i] || weights[i] >= high[i];
    dWeights[i] = bound ? 0 : dWeights[i] - sum / free;
  }
}

/**
 * The derivative of `projectToExposure`, in place likewise. Index 0 is passed over.
 *
 * @param given the positions it was given
 * @param found and the nearest to them
 */
export function projectToExposureBackward(
  given: Float64Array,
  found: Float64Array,
  low: Float64Array,
  high: Float64Array,
  leverage: number,
  dWeights: Float64Array,
): void {
  let gross = 0;
  let free = 0;
  let sum = 0;
  for (let i = 1; i < given.length; i++) {
    gross += Math.abs(Math.min(Math.max(given[i], low[i]), high[i]));
    if (isAtBound(found[i], low[i], high[i])) continue;
    free++;
    sum += Math.sign(found[i]) * dWeights[i];
  }
  const share = gross > leverage ? sum / free : 0;
  for (let i = 1; i < given.length; i++) {
    const bound = isAtBound(found[i], low[i], high[i]);
    dWeights[i] = bound ? 0 : dWeights[i] - Math.sign(found[i]) * share;
  }
}

/** Sizes end at 0 too where they shrink to keep the leverage. */
const isAtBound = (weight: number, low: number, high: number) => weight <= low || weight >= high || weight === 0;

/** Whether a position is to be short: the bounds decide where they leave no choice. */
const isMirrored = (weight: number, low: number, high: number) => high < 0 || (weight < 0 && low < 0);
