/** Beyond so many standard deviations a number counts as that far: squares of outliers would carry all the weight. */
const farthest = 5;

/** Polynomials in the numbers of a row, each first brought to mean 0 and standard deviation 1. */
export interface Polynomial {
  readonly size: number;
  /** Writes those of `row` from `at` on. */
  write(row: ArrayLike<number>, out: Float64Array, at: number): void;
}

/**
 * With 1 and x_i, all products x_i x_j where they are at most `most`, else the squares alone, else nothing more.
 *
 * @param rows whose mean and standard deviation give the scale, count x width
 */
export function polynomial(rows: Float32Array, width: number, most: number): Polynomial {
  const { means, scales } = momentsOf(rows, width);
  const degrees = [1 + width + (width * (width + 1)) / 2, 1 + 2 * width, 1 + width];
  const size = degrees.find((terms) => terms <= most) ?? degrees[2];
  const crossed = size === degrees[0];
  const squared = crossed || size === degrees[1];
  const x = new Float64Array(width);
  return {
    size,
    write(row, out, at) {
      let k = at;
      out[k++] = 1;
      for (let i = 0; i < width; i++) {
        x[i] = Math.min(Math.max((row[i] - means[i]) * scales[i], -farthest), farthest);
        out[k++] = x[i];
      }
      if (!squared) return;
      for (let i = 0; i < width; i++) {
        for (let j = i; j < (crossed ? width : i + 1); j++) out[k++] = x[i] * x[j];
      }
    },
  };
}

function momentsOf(rows: Float32Array, width: number): { means: Float64Array; scales: Float64Array } {
  const count = rows.length / width;
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let k = 0; k < rows.length; k++) means[k % width] += rows[k] / count;
  for (let k = 0; k < rows.length; k++) squares[k % width] += (rows[k] - means[k % width]) ** 2 / count;
  // What does not vary tells nothing beside the constant.
  const scales = squares.map((variance) => (variance > 1e-12 ? 1 / Math.sqrt(variance) : 0));
  return { means, scales };
}
