/** Floats to which rows of inputs and outputs are padded, so that the kernels can step over them in vectors. */
export const rowPadding = 8;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Columns in panels of 8; where no more than 4 are left, they make a panel of 4. */
function wideColumns(columns: number): number {
  return Math.floor((columns + 3) / 8) * 8;
}

/**
 * Floats that a matrix takes in panels, the form in which the kernels read weights without a stride: 8 columns row
 * after row, rows padded to a multiple of 4, and perhaps a last panel of 4 columns, rows padded to a multiple of 8.
 */
export function panelSize(rows: number, columns: number): number {
  const wide = wideColumns(columns);
  return wide * roundUp(rows, 4) + (wide < columns ? 4 * roundUp(rows, 8) : 0);
}

function panelIndex(rows: number, columns: number, row: number, column: number): number {
  const wide = wideColumns(columns);
  const paddedRows = roundUp(rows, 4);
  if (column >= wide) return wide * paddedRows + row * 4 + (column - wide);
  return (column - (column % 8)) * paddedRows + row * 8 + (column % 8);
}

/** Row-major [rows, columns] into panels; padding is left as it is. */
export function packPanels(matrix: ArrayLike<number>, rows: number, columns: number, panels: Float32Array): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      panels[panelIndex(rows, columns, row, column)] = matrix[row * columns + column];
    }
  }
}

/** Panels back to row-major [rows, columns]. */
export function unpackPanels(panels: Float32Array, rows: number, columns: number): Float32Array {
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      matrix[row * columns + column] = panels[panelIndex(rows, columns, row, column)];
    }
  }
  return matrix;
}
