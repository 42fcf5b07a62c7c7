/**
 * Indices of the points that matter when `values` are drawn as a line across `columns` pixels: the first, lowest,
 * highest and last of each column and one missing value where there is any, so the picture stays the same
 * (Jugel et al. 2014, "M4"). All indices when there are no more than that.
 */
export function thinnedIndices(values: readonly number[], columns: number): number[] {
  if (values.length <= 4 * columns) return values.map((_, i) => i);
  const kept = new Set<number>();
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * values.length) / columns);
    const end = Math.floor(((column + 1) * values.length) / columns);
    let lowest = start;
    let highest = start;
    let missing = -1;
    for (let i = start; i < end; i++) {
      if (Number.isNaN(values[i])) missing = i;
      if (values[i] < values[lowest] || Number.isNaN(values[lowest])) lowest = i;
      if (values[i] > values[highest] || Number.isNaN(values[highest])) highest = i;
    }
    for (const i of [start, lowest, highest, end - 1]) kept.add(i);
    if (missing >= 0) kept.add(missing);
  }
  return [...kept].sort((a, b) => a - b);
}

/** The means of `count` consecutive groups; a group's missing values do not count. `values` itself if it is no longer. */
export function groupMeans(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, group) => {
    const start = Math.floor((group * values.length) / count);
    const finite = values.slice(start, Math.floor(((group + 1) * values.length) / count)).filter(Number.isFinite);
    return finite.reduce((sum, value) => sum + value, 0) / finite.length;
  });
}
