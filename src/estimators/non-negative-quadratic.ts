/** Gradients this small, in parts of the largest linear term, count as zero. */
const tolerance = 1e-12;

/**
 * Minimises x' A x / 2 - b' x over x >= 0, for a symmetric positive definite A, by an active set: the unknowns that are
 * free grow by the one with the steepest descent, the minimum over them being solved for exactly, and those that would
 * turn negative leave. Ends, after finitely many rounds, where the conditions of Karush, Kuhn and Tucker hold:
 * A x - b = 0 where x > 0, and >= 0 where x = 0.
 *
 * With A the covariance of returns and the solution scaled to sum to one, b = 1 gives the long-only portfolio of least
 * variance, and b = mean returns that of the greatest ratio of mean to deviation. A = R' R and b = R' y give non-negative
 * least squares.
 *
 * @param matrix A, n x n
 * @param linear b, n
 * @param x n, none negative: where to start; is overwritten with the solution. One near it saves rounds.
 * @see Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23
 */
export function minimiseNonNegative(matrix: Float64Array, linear: Float64Array, x: Float64Array): void {
  const n = x.length;
  const free: number[] = [];
  for (let i = 0; i < n; i++) if (x[i] > 0) free.push(i);
  const solution = new Float64Array(n);
  const factor = new Float64Array(n * n);
  let scale = 0;
  for (const term of linear) scale = Math.max(scale, Math.abs(term));

  if (free.length > 0) moveTo(free);
  for (let round = 0; round < 20 * n + 20; round++) {
    const entering = steepest();
    if (entering < 0) return;
    free.push(entering);
    moveTo(free);
    // Rounding alone made it look worth while.
    if (x[entering] === 0) return;
  }

  /** The unknown at zero whose growth lowers the objective fastest; -1 where none does. */
  function steepest(): number {
    let best = -1;
    let steepest = tolerance * scale;
    for (let i = 0; i < n; i++) {
      if (x[i] > 0) continue;
      let slope = linear[i];
      for (const j of free) slope -= matrix[i * n + j] * x[j];
      if (slope > steepest) {
        steepest = slope;
        best = i;
      }
    }
    return best;
  }

  /** Goes to the minimum over the free unknowns; drops those that reach zero on the way, and goes on without them. */
  function moveTo(free: number[]): void {
    while (free.length > 0) {
      solveFor(free);
      let step = 1;
      for (const i of free) if (solution[i] <= 0) step = Math.min(step, x[i] / (x[i] - solution[i]));
      let dropped = false;
      for (const i of free) {
        const next = x[i] + step * (solution[i] - x[i]);
        const leaves = solution[i] <= 0 && next <= 1e-14 * Math.abs(solution[i] - x[i]);
        x[i] = leaves ? 0 : step === 1 ? solution[i] : next;
        dropped ||= leaves;
      }
      if (!dropped) return;
      for (let k = free.length - 1; k >= 0; k--) if (x[free[k]] <= 0) free.splice(k, 1);
    }
  }

  /** Writes the solution of A x = b over the free unknowns, by a Cholesky factorisation of their part of A. */
  function solveFor(free: readonly number[]): void {
    const count = free.length;
    for (let r = 0; r < count; r++) {
      for (let c = 0; c <= r; c++) {
        let sum = matrix[free[r] * n + free[c]];
        for (let k = 0; k < c; k++) sum -= factor[r * n + k] * factor[c * n + k];
        factor[r * n + c] = c === r ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / factor[c * n + c];
      }
    }
    for (let r = 0; r < count; r++) {
      let sum = linear[free[r]];
      for (let k = 0; k < r; k++) sum -= factor[r * n + k] * solution[free[k]];
      solution[free[r]] = sum / factor[r * n + r];
    }
    for (let r = count - 1; r >= 0; r--) {
      let sum = solution[free[r]];
      for (let k = r + 1; k < count; k++) sum -= factor[k * n + r] * solution[free[k]];
      solution[free[r]] = sum / factor[r * n + r];
    }
  }
}
