/**
 * Numbers about episodes, each worked out from the other episodes alone: a baseline must not depend on the actions it
 * is taken away from, and so leaves the gradient's mean as it is.
 *
 * Episode e is the entries from `starts[e]` to `starts[e + 1]`. Where there is but one episode nothing is known: 0.
 */

/** Mean of `values` over the steps of all other episodes, for each episode. */
export function meanOfOthers(values: Float64Array, starts: Int32Array): Float64Array {
  return ratioOfOthers(
    starts,
    (t) => values[t],
    () => 1,
  );
}

/**
 * The scale alpha of a value estimate that minimises the variance of the policy gradient with the baseline alpha V, for
 * each episode: sum |score|^2 G V / sum |score|^2 V^2 over the other episodes, with G the return and the score the
 * derivative of log pi(a|s) (Greensmith, Bartlett and Baxter 2004, section 4.1, with one weight for all states).
 *
 * @param squaredScores |d log pi(a_t|s_t)|^2; with respect to the network's outputs serves as a stand-in
 */
export function valueScaleOfOthers(
  returns: Float64Array,
  values: Float64Array,
  squaredScores: Float64Array,
  starts: Int32Array,
): Float64Array {
  return ratioOfOthers(
    starts,
    (t) => squaredScores[t] * returns[t] * values[t],
    (t) => squaredScores[t] * values[t] ** 2,
  );
}

/** For each episode, the ratio of two sums over the steps of all others. */
function ratioOfOthers(starts: Int32Array, above: (t: number) => number, below: (t: number) => number): Float64Array {
  const episodes = starts.length - 1;
  const aboves = new Float64Array(episodes);
  const belows = new Float64Array(episodes);
  for (let e = 0; e < episodes; e++) {
    for (let t = starts[e]; t < starts[e + 1]; t++) {
      aboves[e] += above(t);
      belows[e] += below(t);
    }
  }
  const all = sum(aboves);
  const allBelow = sum(belows);
  return aboves.map((own, e) => (allBelow - belows[e] === 0 ? 0 : (all - own) / (allBelow - belows[e])));
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
