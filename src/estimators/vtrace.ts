import type { Segments } from './gae.ts';

/** Settings of V-trace. */
export interface VtraceOptions {
  gamma: number;
  /** Weight of later corrections, as GAE's: 0 leaves one-step targets, 1 is the paper's plain form. */
  lambda: number;
  /** rho-bar: which policy's value the targets estimate, see below. */
  rhoClip: number;
  /** c-bar: how far corrections travel back; it changes the speed of contraction, not the fixed point. */
  cClip: number;
  /** Clip of the ratio that weighs the policy gradient. */
  pgRhoClip: number;
}

/**
 * V-trace targets and advantages from what another policy mu experienced (Espeholt et al. 2018, equations 1 and 4),
 * into preallocated arrays:
 *
 *     rho_t   = min(rhoClip, pi(a_t|s_t) / mu(a_t|s_t)),     c_t = lambda min(cClip, pi(a_t|s_t) / mu(a_t|s_t))
 *     delta_t = rho_t (r_t + gamma V(s_t+1) - V(s_t))
 *     v_t     = V(s_t) + delta_t + gamma c_t (v_t+1 - V(s_t+1))
 *     advantage_t = min(pgRhoClip, pi / mu) (r_t + gamma v_t+1 - V(s_t))
 *
 * The fixed point of the targets is the value of the policy proportional to min(rhoClip mu, pi): that of pi where the
 * clip never binds. On-policy, with clips of at least 1, the targets are the lambda-returns of `gae`. As there, a
 * truncated step bootstraps from its own last state, a terminated one does not, and both cut the recursion.
 *
 * @param logRatios log pi(a_t|s_t) - log mu(a_t|s_t), laid out as the segments
 */
export function vtrace(
  segments: Segments,
  logRatios: Float64Array,
  { gamma, lambda, rhoClip, cClip, pgRhoClip }: VtraceOptions,
  advantages: Float64Array,
  targets: Float64Array,
): void {
  const { steps, numEnvs, rewards, values, nextValues, terminated, truncated } = segments;
  for (let i = 0; i < numEnvs; i++) {
    // v_t+1 - V(s_t+1)
    let correction = 0;
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * numEnvs + i;
      const ratio = Math.exp(logRatios[at]);
      const nextValue = terminated[at] ? 0 : nextValues[at];
      const carried = terminated[at] || truncated[at] ? 0 : correction;
      const delta = Math.min(rhoClip, ratio) * (rewards[at] + gamma * nextValue - values[at]);
      advantages[at] = Math.min(pgRhoClip, ratio) * (rewards[at] + gamma * (nextValue + carried) - values[at]);
      correction = delta + gamma * lambda * Math.min(cClip, ratio) * carried;
      targets[at] = values[at] + correction;
    }
  }
}
