/**
 * Discounted returns of whole episodes, episode e being the entries from `starts[e]` to `starts[e + 1]`:
 *
 *     to go:  G_t = r_t + gamma G_t+1
 *     full:   G_t = G of the episode's first step, for every t
 *
 * @param finalValues what follows the last reward of each episode, discounted once
 */
export function discountedReturns(
  rewards: Float64Array,
  starts: Int32Array,
  finalValues: Float64Array,
  gamma: number,
  kind: 'to-go' | 'full',
  returns: Float64Array,
): void {
  for (let e = 0; e + 1 < starts.length; e++) {
    const from = starts[e];
    const to = starts[e + 1];
    let future = finalValues[e];
    for (let t = to - 1; t >= from; t--) {
      future = rewards[t] + gamma * future;
      returns[t] = future;
    }
    if (kind === 'full') returns.fill(future, from, to);
  }
}
