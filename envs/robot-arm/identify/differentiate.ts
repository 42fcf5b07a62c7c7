/**
 * The slope at the middle of the line (and of the parabola) that fits `window` samples about each one best:
 * differentiation without a delay, of a signal that this smooths. The samples at both ends, which have no full window, are
 * left out.
 *
 * @param rows samples x columns, row by row
 * @param window odd, at least 5
 * @param interval s, from one sample to the next
 * @returns (samples - window + 1) x columns
 * @see Savitzky and Golay (1964), Smoothing and differentiation of data by simplified least squares procedures, Analytical
 *   Chemistry 36(8)
 */
export function smoothedSlope(rows: Float64Array, columns: number, window: number, interval: number): Float64Array {
  const { squares } = moments(window);
  return convolved(rows, columns, window, (k) => k / (squares * interval));
}

/**
 * Smooths as `smoothedSlope` does: of signals up to the fourth degree, the smoothed derivative is the smoothed slope of the
 * signal. An equation between derivatives therefore stays true when all that is in it is smoothed, however wide the window.
 */
export function smoothed(rows: Float64Array, columns: number, window: number): Float64Array {
  const { squares, fourths } = moments(window);
  // A parabola with the sum 1 and the second moment that the slope implies.
  const spread = fourths / (3 * squares);
  const determinant = window * fourths - squares * squares;
  const middle = (fourths - squares * spread) / determinant;
  const fall = (squares - window * spread) / determinant;
  return convolved(rows, columns, window, (k) => middle - fall * k * k);
}

/** Sums of k^2 and k^4 over the places of a window about its middle. */
function moments(window: number): { squares: number; fourths: number } {
  const half = (window - 1) / 2;
  let squares = 0;
  let fourths = 0;
  for (let k = -half; k <= half; k++) {
    squares += k ** 2;
    fourths += k ** 4;
  }
  return { squares, fourths };
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
