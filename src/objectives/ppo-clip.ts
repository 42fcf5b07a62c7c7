/**
 * The clipped surrogate of PPO (Schulman et al. 2017, equation 7), as a loss of one sample:
 *
 *     loss = -min(ratio * advantage, clamp(ratio, 1 - clipRange, 1 + clipRange) * advantage)
 *
 * with ratio = pi_new(a|s) / pi_old(a|s).
 */
export function ppoClipLoss(ratio: number, advantage: number, clipRange: number): number {
  const clipped = Math.min(Math.max(ratio, 1 - clipRange), 1 + clipRange);
  return -Math.min(ratio * advantage, clipped * advantage);
}

/**
 * dLoss / dLogProb_new. As d ratio / d logProb = ratio, it is -ratio * advantage, and 0 once the ratio has moved past
 * the clip in the direction the advantage asks for.
 */
export function ppoClipGradient(ratio: number, advantage: number, clipRange: number): number {
  const clipBinds = advantage >= 0 ? ratio > 1 + clipRange : ratio < 1 - clipRange;
  return clipBinds ? 0 : -ratio * advantage;
}
