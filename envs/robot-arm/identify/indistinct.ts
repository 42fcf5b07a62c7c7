/** Variance inflation from which on a parameter counts as untold: its error is ten times that of being alone. */
const greatestInflation = 100;
/** Share of the trace below which a regressor is nothing. */
const least = 1e-9;

/**
 * Which parameters of a least-squares problem its data cannot tell: pairs of which one makes up for the other, and single
 * ones on which nothing depends.
 *
 * @param matrix R' R of the regressors, n x n
 * @param names of the n parameters
 * @see Belsley, Kuh and Welsch (1980), Regression Diagnostics, chapter 3
 */
export function indistinct(matrix: Float64Array, names: readonly string[]): string[][] {
  const n = names.length;
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * n + i];
  const present = names.map((_, i) => i).filter((i) => matrix[i * n + i] > least * trace);
  const inverse = present.map((i) =>
    present.map((j) =>
      i === j ? 1 + least : matrix[i * n + j] / Math.sqrt(matrix[i * n + i]) / Math.sqrt(matrix[j * n + j]),
    ),
  );
  invert(inverse);

  const groups = new Map<string, string[]>();
  const add = (group: string[]) => groups.set(group.join(), group);
  for (let i = 0; i < n; i++) if (!present.includes(i)) add([names[i]]);
  inverse.forEach((row, i) => {
    if (row[i] < greatestInflation) return;
    const ties = row.map((entry, j) => (i === j ? 0 : Math.abs(entry) / Math.sqrt(row[i] * inverse[j][j])));
    const partner = ties.indexOf(Math.max(...ties));
    add([i, partner].sort((a, b) => a - b).map((index) => names[present[index]]));
  });
  return [...groups.values()];
}

/** A symmetric positive definite matrix, in place, by elimination; such need no pivots. */
function invert(matrix: number[][]): void {
  for (let k = 0; k < matrix.length; k++) {
    const pivot = 1 / matrix[k][k];
    matrix[k][k] = 1;
    for (let j = 0; j < matrix.length; j++) matrix[k][j] *= pivot;
    for (let i = 0; i < matrix.length; i++) {
      if (i === k) continue;
      const factor = matrix[i][k];
      matrix[i][k] = 0;
      for (let j = 0; j < matrix.length; j++) matrix[i][j] -= factor * matrix[k][j];
    }
  }
}
