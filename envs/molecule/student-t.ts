/**
 * The probability that a variable of Student's t distribution with so many degrees of freedom lies within `t` of zero.
 *
 * @param freedom a whole number, at least 1
 * @param t at least 0
 * @see Abramowitz and Stegun (1964), Handbook of mathematical functions, equations 26.7.3 and 26.7.4
 */
export function studentWithin(freedom: number, t: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  const product = Math.sin(angle) * sum;
  return odd ? (2 / Math.PI) * (angle + product) : product;
}

/** The distance from zero a variable stays within with the given probability, by bisection to the last digit. */
export function studentQuantile(freedom: number, probability: number): number {
  let low = 0;
  let high = 1;
  while (studentWithin(freedom, high) < probability) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (studentWithin(freedom, middle) < probability) low = middle;
    else high = middle;
  }
}
