/**
 * Cuts a series about events, a row for each.
 *
 * @param series one number a bin
 * @param at bins of the events
 * @param before bins before each, and `after` from it on
 * @returns before + after numbers a row, NaN beyond the ends of the series
 */
export function alignBins(
  series: ArrayLike<number>,
  at: readonly number[],
  before: number,
  after: number,
): Float64Array[] {
  return at.map((bin) =>
    Float64Array.from({ length: before + after }, (_, k) => series[bin - before + k] ?? Number.NaN),
  );
}

/** Means over the rows, column by column, of what is a number. */
export function columnMeans(rows: readonly Float64Array[], columns = rows[0]?.length ?? 0): Float64Array {
  return Float64Array.from({ length: columns }, (_, k) => {
    let sum = 0;
    let count = 0;
    for (const row of rows) {
      if (Number.isNaN(row[k])) continue;
      sum += row[k];
      count++;
    }
    return sum / count;
  });
}

/** Rows in groups of neighbours, their means: at most so many. */
export function groupRows(rows: readonly Float64Array[], most: number): Float64Array[] {
  const size = Math.ceil(rows.length / most);
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, g) =>
    columnMeans(rows.slice(g * size, (g + 1) * size)),
  );
}
