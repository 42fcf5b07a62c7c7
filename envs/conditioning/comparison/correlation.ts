/** Pearson's. */
export function correlation(pairs: readonly (readonly [number, number])[]): number {
  const n = pairs.length;
  const [x, y] = [0, 1].map((i) => pairs.reduce((sum, pair) => sum + pair[i], 0) / n);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const [a, b] of pairs) {
    xy += (a - x) * (b - y);
    xx += (a - x) ** 2;
    yy += (b - y) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
