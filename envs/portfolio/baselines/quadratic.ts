/** Gradients this small, in parts of the largest linear term, count as zero. */
const tolerance = 1e-12;

/**
 * Minimises x' A x / 2 - b' x over x >= 0, for a symmetric positive definite A, by an active set: the assets that are
 * held grow by the one with the steepest descent, the least of the rest being solved for exactly, and those that would
 * turn negative leave. Ends, after finitely many rounds, where the conditions of Karush, Kuhn and Tucker hold:
 * A x - b = 0 where x > 0, and >= 0 where x = 0.
 *
 * Scaled to sum to one, the solution for b = 1 is the long-only portfolio of least variance, and the one for b = mean
 * returns that of the greatest ratio of mean to deviation.
 *
 * @param matrix A, n x n
 * @param linear b, n
 * @param x n, none negative: where to start; is overwritten with the solution. One near it saves rounds.
 * @see Lawson and Hanson (1974), Solving Least Squares Problems, chapter 23
 */
export function minimiseNonNegative(matrix: Float64Array, linear: Float64Array, x: Float64Array): void {
  const n = x.length;
  const held: number[] = [];
  for (let i = 0; i < n; i++) if (x[i] > 0) held.push(i);
  const solution = new Float64Array(n);
  const factor = new Float64Array(n * n);
  let scale = 0;
  for (const term of linear) scale = Math.max(scale, Math.abs(term));

  if (held.length > 0) moveTo(held);
  for (let round = 0; round < 20 * n + 20; round++) {
    const entering = steepest();
    if (entering < 0) return;
    held.push(entering);
    moveTo(held);
    // Rounding alone made it look worth while.
    if (x[entering] === 0) return;
  }

  /** The asset not held whose purchase lowers the objective fastest; -1 where none does. */
  function steepest(): number {
    let best = -1;
    let steepest = tolerance * scale;
    for (let i = 0; i < n; i++) {
      if (x[i] > 0) continue;
      let slope = linear[i];
      for (const j of held) slope -= matrix[i * n + j] * x[j];
      if (slope > steepest) {
        steepest = slope;
        best = i;
      }
    }
    return best;
  }

  /** Goes to the minimum over the assets held; drops those that reach zero on the way, and goes on without them. */
  function moveTo(held: number[]): void {
    while (held.length > 0) {
      solveFor(held);
      let step = 1;
      for (const i of held) if (solution[i] <= 0) step = Math.min(step, x[i] / (x[i] - solution[i]));
      let dropped = false;
      for (const i of held) {
        const next = x[i] + step * (solution[i] - x[i]);
        const leaves = solution[i] <= 0 && next <= 1e-14 * Math.abs(solution[i] - x[i]);
        x[i] = leaves ? 0 : step === 1 ? solution[i] : next;
        dropped ||= leaves;
      }
      if (!dropped) return;
      for (let k = held.length - 1; k >= 0; k--) if (x[held[k]] <= 0) held.splice(k, 1);
    }
  }

  /** Writes the solution of A x = b over the assets held, by a Cholesky factorisation of their part of A. */
  function solveFor(held: readonly number[]): void {
    const count = held.length;
    for (let r = 0; r < count; r++) {
      for (let c = 0; c <= r; c++) {
        let sum = matrix[held[r] * n + held[c]];
        for (let k = 0; k < c; k++) sum -= factor[r * n + k] * factor[c * n + k];
        factor[r * n + c] = c === r ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / factor[c * n + c];
      }
    }
    for (let r = 0; r < count; r++) {
      let sum = linear[held[r]];
      for (let k = 0; k < r; k++) sum -= factor[r * n + k] * solution[held[k]];
      solution[held[r]] = sum / factor[r * n + r];
    }
    for (let r = count - 1; r >= 0; r--) {
      let sum = solution[held[r]];
      for (let k = r + 1; k < count; k++) sum -= factor[k * n + r] * solution[held[k]];
      solution[held[r]] = sum / factor[r * n + r];
    }
  }
}
