/**
 * The middle of the parabola that fits `window` samples about each one best, and its slope: smoothing and differentiation
 * without a delay. The samples at both ends, which have no full window, are left out.
 *
 * @param rows samples x columns, row by row
 * @param window odd, at least 5
 * @returns (samples - window + 1) x columns
 * @see Savitzky and Golay (1964), Smoothing and differentiation of data by simplified least squares procedures, Analytical
 *   Chemistry 36(8), equations for the quadratic polynomial
 */
export function smoothed(rows: Float64Array, columns: number, window: number): Float64Array {
  const half = (window - 1) / 2;
  // Of 1, k and k^2 about the middle only 1 and k^2 tell of the middle value.
  let squares = 0;
  let fourths = 0;
  for (let k = -half; k <= half; k++) {
    squares += k ** 2;
    fourths += k ** 4;
  }
  const determinant = window * fourths - squares * squares;
  return convolved(rows, columns, window, (k) => (fourths - squares * k * k) / determinant);
}

/** @param interval s, from one sample to the next */
export function smoothedSlope(rows: Float64Array, columns: number, window: number, interval: number): Float64Array {
  const half = (window - 1) / 2;
  let squares = 0;
  for (let k = -half; k <= half; k++) squares += k ** 2;
  return convolved(rows, columns, window, (k) => k / (squares * interval));
}

function convolved(rows: Float64Array, columns: number, window: number, weight: (k: number) => number): Float64Array {
  const half = (window - 1) / 2;
  const samples = rows.length / columns - window + 1;
  const out = new Float64Array(samples * columns);
  const weights = Array.from({ length: window }, (_, i) => weight(i - half));
  for (let at = 0; at < out.length; at++) {
    for (let i = 0; i < window; i++) out[at] += weights[i] * rows[at + i * columns];
  }
  return out;
}
