import { mathjs } from '../core/mathjs.ts';

/** Cumulative distribution function of the standard normal distribution. */
export const normalCdf = (x: number) => (1 + mathjs().erf(x / Math.SQRT2)) / 2;

/** Its inverse, by bisection to about 1e-12. */
export function normalQuantile(probability: number): number {
  let low = -9;
  let high = 9;
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Quantile of Student's t distribution: exact for one and two degrees of freedom, to about 0.3 % for three at a
 * probability of 0.975, and closer with more.
 *
 * @see Abramowitz and Stegun (1964), Handbook of mathematical functions, equation 26.7.5
 */
export function studentQuantile(probability: number, freedom: number): number {
  if (freedom === 1) return Math.tan(Math.PI * (probability - 0.5));
  if (freedom === 2) {
    const share = 2 * probability - 1;
    return share * Math.sqrt(2 / (1 - share ** 2));
  }
  const z = normalQuantile(probability);
  const square = z * z;
  return (
    z *
    (1 +
      (square + 1) / (4 * freedom) +
      ((5 * square + 16) * square + 3) / (96 * freedom ** 2) +
      (((3 * square + 19) * square + 17) * square - 15) / (384 * freedom ** 3) +
      ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / (92160 * freedom ** 4))
  );
}
