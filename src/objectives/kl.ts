/**
 * Estimate of KL(old || new) from one sample of the old policy: (ratio - 1) - log ratio, never negative and of low
 * variance (Schulman 2020, "Approximating KL divergence", estimator k3).
 *
 * @param ratio e^logRatio, which whoever asks has worked out already
 */
export function approximateKl(ratio: number, logRatio: number): number {
  // Rounding could make it negative where the two policies are all but the same.
  return Math.max(ratio - 1 - logRatio, 0);
}
