/**
 * The score-function surrogate (Williams 1992): its gradient with respect to log pi(a|s) is that of the expected return
 * when `advantage` estimates how much better the action was than expected. A loss of one sample.
 */
export function policyGradientLoss(logProb: number, advantage: number): number {
  return -logProb * advantage;
}

/** dLoss / dLogProb. */
export function policyGradientGradient(advantage: number): number {
  return -advantage;
}
