/**
 * The rewards of maximum-entropy reinforcement learning, r_t - alpha log pi(a_t|s_t), in place: in expectation each step
 * is paid alpha times the policy's entropy there, and values become soft values (Haarnoja et al. 2018, equation 1).
 */
export function payForEntropy(rewards: Float64Array, logProbs: Float64Array, alpha: number): void {
  for (let t = 0; t < rewards.length; t++) rewards[t] -= alpha * logProbs[t];
}
