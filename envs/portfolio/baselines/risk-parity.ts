const tolerance = 1e-13;
const maxSweeps = 10_000;

/**
 * The long-only weights, summing to one, of which each contributes the same to the variance of the portfolio:
 * w_i (S w)_i is the same for all i. They are, scaled, the one minimum of x' S x / 2 - (1/n) sum ln x_i over x > 0,
 * which cyclic coordinate descent reaches: for each coordinate in turn, the positive root of
 * S_ii x_i^2 + (sum over j != i of S_ij x_j) x_i - 1/n = 0.
 *
 * @param covariance S, n x n, positive definite
 * @see Griveau-Billion, Richard and Roncalli (2013), A fast algorithm for computing high-dimensional risk parity
 *   portfolios, arXiv:1311.4057, equation 7
 */
export function equalRiskContribution(covariance: Float64Array): Float64Array {
  const n = Math.round(Math.sqrt(covariance.length));
  const share = 1 / n;
  const x = Float64Array.from({ length: n }, (_, i) => Math.sqrt(share / covariance[i * n + i]));
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let largest = 0;
    for (let i = 0; i < n; i++) {
      let others = 0;
      for (let j = 0; j < n; j++) if (j !== i) others += covariance[i * n + j] * x[j];
      const variance = covariance[i * n + i];
      const root = Math.sqrt(others * others + 4 * variance * share);
      // Of the two forms of the root, the one that subtracts nothing.
      const next = others > 0 ? (2 * share) / (others + root) : (root - others) / (2 * variance);
      largest = Math.max(largest, Math.abs(next / x[i] - 1));
      x[i] = next;
    }
    if (largest < tolerance) break;
  }
  const sum = x.reduce((total, value) => total + value, 0);
  return x.map((value) => value / sum);
}
