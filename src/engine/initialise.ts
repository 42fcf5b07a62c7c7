import type { Random } from '../core/random.ts';

/**
 * An orthogonal matrix [rows, columns], row-major, times `gain`: its columns are orthonormal when there are no more of
 * them than rows, else its rows are. The Q of a normal matrix's QR decomposition with a positive diagonal of R, which
 * makes it uniform over such matrices.
 *
 * Source: Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear
 * neural networks".
 */
export function orthogonal(rows: number, columns: number, gain: number, random: Random): Float64Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Gram-Schmidt; the second round removes what rounding left in the first.
    for (let round = 0; round < 2; round++) {
      for (const other of vectors) subtractProjection(vector, other);
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let k = 0; k < length; k++) vector[k] /= norm;
    vectors.push(vector);
  }

  const matrix = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = rows >= columns ? vectors[column][row] : vectors[row][column];
      matrix[row * columns + column] = gain * value;
    }
  }
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** `unit` must be of norm 1. */
function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  const share = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] -= share * unit[i];
}
