/**
 * Estimate of KL(old || new) from one sample of the old policy: (ratio - 1) - log ratio, never negative and of low
 * variance (Schulman 2020, "Approximating KL divergence", estimator k3).
 */
export function approximateKl(logRatio: number): number {
  return Math.expm1(logRatio) - logRatio;
}
