import { outerNarrow, outerWide, productNarrow, productWide } from './tile';

/** Half of a small first-level cache: what one operand may take of it. */
const CACHE_SHARE: i32 = 16384;

// @ts-ignore: decorator
@inline
export function roundUp(value: i32, multiple: i32): i32 {
  return (value + multiple - 1) & -multiple;
}

/**
 * How a matrix of `columns` columns is cut: into panels of 8 columns, of which the last may be padded, and one of 4
 * where no more than 4 columns are left.
 */
// @ts-ignore: decorator
@inline
export function widePanels(columns: i32): i32 {
  return (columns + 3) >> 3;
}

// @ts-ignore: decorator
@inline
export function hasNarrowPanel(columns: i32): bool {
  return widePanels(columns) * 8 < columns;
}

/**
 * C = A B + bias, for A rows x depth row-major and B in panels, the wide ones `panelBytes` apart. Works on whole
 * groups of 8 rows, so the buffers must hold them. Strides in bytes; `bias` 0 for none.
 */
export function product(
  a: usize, aStride: usize, b: usize, panelBytes: usize, depth: i32, columns: i32, bias: usize,
  c: usize, cStride: usize, rows: i32,
): void {
  const panels = widePanels(columns);
  // As many panels at a time as stay in the cache while all rows pass by.
  const group = max(1, CACHE_SHARE / <i32>panelBytes);
  for (let first = 0; first < panels; first += group) {
    const count = min(group, panels - first);
    let aRow = a;
    let cRow = c;
    for (let row = 0; row < rows; row += 4) {
      productWide(aRow, aStride, b, panelBytes, depth, count, bias, cRow, cStride);
      aRow += 4 * aStride;
      cRow += 4 * cStride;
    }
    b += <usize>count * panelBytes;
    c += count * 32;
    if (bias) bias += count * 32;
  }
  if (hasNarrowPanel(columns)) {
    for (let row = 0; row < rows; row += 8) {
      productNarrow(a, aStride, b, depth, bias, c, cStride);
      a += 8 * aStride;
      c += 8 * cStride;
    }
  }
}

/**
 * C += A^T B, for A rows x height and B rows x columns, row-major; C in panels, the wide ones `panelBytes` apart.
 * A must be padded to a multiple of 8 columns. Strides in bytes.
 */
export function outerProduct(
  a: usize, aStride: usize, height: i32, b: usize, bStride: usize, columns: i32, c: usize, panelBytes: usize,
  rows: i32,
): void {
  const panels = widePanels(columns);
  // Blocks of rows, and groups of panels, that stay in the cache while all columns of A pass by.
  const rowBlock = 64;
  const group = CACHE_SHARE / (rowBlock * 32);
  while (rows > 0) {
    const block = min(rowBlock, rows);
    let bGroup = b;
    let cGroup = c;
    for (let first = 0; first < panels; first += group) {
      const count = min(group, panels - first);
      for (let k = 0; k < height; k += 4) {
        outerWide(a + k * 4, aStride, bGroup, bStride, block, count, cGroup + k * 32, panelBytes);
      }
      bGroup += count * 32;
      cGroup += <usize>count * panelBytes;
    }
    if (hasNarrowPanel(columns)) {
      for (let k = 0; k < height; k += 8) outerNarrow(a + k * 4, aStride, bGroup, bStride, block, cGroup + k * 16);
    }
    a += <usize>block * aStride;
    b += <usize>block * bStride;
    rows -= block;
  }
}

/**
 * Panels of W (depth x columns) to panels of W^T, in blocks of 4 x 4. Wide panels lie `wPanelBytes` and `tPanelBytes`
 * apart, and hold a multiple of 4 rows.
 */
export function transposePanels(
  w: usize, wPanelBytes: usize, depth: i32, columns: i32, t: usize, tPanelBytes: usize,
): void {
  const wWide = widePanels(columns) * 8;
  const tWide = widePanels(depth) * 8;
  for (let n = 0; n < columns; n += 4) {
    const wPitch: usize = n < wWide ? 32 : 16;
    const from = w + <usize>(n >> 3) * wPanelBytes + (n & 7) * 4;
    for (let k = 0; k < depth; k += 4) {
      const source = from + <usize>k * wPitch;
      const r0 = v128.load(source);
      const r1 = v128.load(source + wPitch);
      const r2 = v128.load(source + 2 * wPitch);
      const r3 = v128.load(source + 3 * wPitch);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const tPitch: usize = k < tWide ? 32 : 16;
      const target = t + <usize>(k >> 3) * tPanelBytes + (k & 7) * 4 + <usize>n * tPitch;
      v128.store(target, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(target + tPitch, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(target + 2 * tPitch, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(target + 3 * tPitch, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    }
  }
}
