/**
 * A batch of trajectory segments in time-major order: entry t * numEnvs + i is step t of environment i.
 */
export interface Segments {
  steps: number;
  numEnvs: number;
  rewards: Float64Array;
  /** V(s_t). */
  values: Float64Array;
  /** V(s_t+1), where s_t+1 is the last state of the episode if it ended there, not the first of the next. */
  nextValues: Float64Array;
  terminated: Uint8Array;
  truncated: Uint8Array;
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, equation 16) and the lambda-return, into preallocated arrays.
 *
 *     delta_t     = r_t + gamma (1 - terminated_t) V(s_t+1) - V(s_t)
 *     advantage_t = delta_t + gamma lambda (1 - terminated_t) (1 - truncated_t) advantage_t+1
 *     return_t    = advantage_t + V(s_t)
 *
 * A truncated step bootstraps from its own last state, a terminated one does not; both cut the recursion.
 */
export function gae(
  segments: Segments,
  gamma: number,
  lambda: number,
  advantages: Float64Array,
  returns: Float64Array,
): void {
  const { steps, numEnvs, rewards, values, nextValues, terminated, truncated } = segments;
  for (let i = 0; i < numEnvs; i++) {
    let advantage = 0;
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * numEnvs + i;
      const bootstrap = terminated[at] ? 0 : nextValues[at];
      const delta = rewards[at] + gamma * bootstrap - values[at];
      const carried = terminated[at] || truncated[at] ? 0 : advantage;
      advantage = delta + gamma * lambda * carried;
      advantages[at] = advantage;
      returns[at] = advantage + values[at];
    }
  }
}
