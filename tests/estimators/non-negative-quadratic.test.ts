import { expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { minimiseNonNegative } from '../../src/estimators/non-negative-quadratic.ts';

const n = 5;

/** A random positive definite matrix and a random linear term. */
function problem(random: Random) {
  const root = Float64Array.from({ length: n * n }, () => random.normal());
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) matrix[i * n + j] += root[i * n + k] * root[j * n + k];
    }
    matrix[i * n + i] += 0.1;
  }
  return { matrix, linear: Float64Array.from({ length: n }, () => random.normal()) };
}

function slopes(matrix: Float64Array, linear: Float64Array, x: Float64Array): number[] {
  return Array.from(linear, (b, i) => x.reduce((sum, value, j) => sum + matrix[i * n + j] * value, -b));
}

test('meets the conditions of Karush, Kuhn and Tucker, wherever it starts', () => {
  const random = new Random(4);
  for (let trial = 0; trial < 300; trial++) {
    const { matrix, linear } = problem(random);
    const x = new Float64Array(n);
    minimiseNonNegative(matrix, linear, x);
    slopes(matrix, linear, x).forEach((slope, i) => {
      expect(x[i]).toBeGreaterThanOrEqual(0);
      if (x[i] > 0) expect(slope).toBeCloseTo(0, 8);
      else expect(slope).toBeGreaterThan(-1e-8);
    });
    const other = Float64Array.from({ length: n }, () => Math.abs(random.normal()));
    minimiseNonNegative(matrix, linear, other);
    other.forEach((value, i) => {
      expect(value).toBeCloseTo(x[i], 7);
    });
  }
});

test('two unknowns by hand', () => {
  // x^2 + y^2 + x y - x - 2 y over x, y >= 0: without y's help x would be 0, and y = 1.
  const x = new Float64Array(2);
  minimiseNonNegative(Float64Array.of(2, 1, 1, 2), Float64Array.of(1, 2), x);
  expect(x[0]).toBe(0);
  expect(x[1]).toBeCloseTo(1, 14);
});
