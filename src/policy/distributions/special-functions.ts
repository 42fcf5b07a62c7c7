/**
 * Logarithm of the gamma function and its first two derivatives for x > 0.
 *
 * Each is moved up to x >= 8 by its recurrence and summed there by its asymptotic series (Abramowitz and Stegun,
 * 6.1.41, 6.3.18 and 6.4.12); the relative error is below 1e-13, absolute near a zero.
 */

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
const ASYMPTOTIC_FROM = 8;

/** log Gamma(x). */
export function logGamma(x: number): number {
  let product = 1;
  while (x < ASYMPTOTIC_FROM) {
    product *= x;
    x += 1;
  }
  const r = 1 / (x * x);
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360 - r / 156)))))) / x;
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + series - Math.log(product);
}

/** psi(x) = d log Gamma(x) / dx. */
export function digamma(x: number): number {
  let shift = 0;
  while (x < ASYMPTOTIC_FROM) {
    shift += 1 / x;
    x += 1;
  }
  const r = 1 / (x * x);
  const series =
    r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - r * (691 / 32760 - r / 12))))));
  return Math.log(x) - 0.5 / x - series - shift;
}

/** psi'(x). */
export function trigamma(x: number): number {
  let shift = 0;
  while (x < ASYMPTOTIC_FROM) {
    shift += 1 / (x * x);
    x += 1;
  }
  const r = 1 / (x * x);
  const series =
    r * (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * (5 / 66 - r * (691 / 2730 - (r * 7) / 6))))));
  return (1 + 0.5 / x + series) / x + shift;
}
