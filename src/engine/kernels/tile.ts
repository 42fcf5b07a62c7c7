import { fma, splat } from './simd';

/*
 * The inner loops. Eight accumulators hide the latency of the multiply-add on two pipes, and more would not fit beside
 * their operands in 16 registers: either 4 rows x 8 columns, or 8 rows x 4 columns for what a panel of 8 would waste.
 *
 * The check after every step is not idle: it ends a basic block. Within one block V8 moves all loads to the front
 * and spills the registers; with the check the loops run close to the machine's peak. The narrow tiles, with their
 * eight loads a step, need another in the middle, which never breaks.
 */

/** 4 rows of C = A B + bias: A row-major, B in adjacent panels of 8 columns, row after row. `bias` 0 for none. */
export function productWide(
  a: usize, aStride: usize, b: usize, panelBytes: usize, depth: i32, panels: i32, bias: usize, c: usize, cStride: usize,
): void {
  let b0: v128, b1: v128, x: v128;
  for (; panels > 0; panels--) {
    let c00 = bias ? v128.load(bias) : splat(0);
    let c01 = bias ? v128.load(bias, 16) : splat(0);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
    let a0 = a, a1 = a0 + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
    const next = b + panelBytes;
    let k = depth;
    while (true) {
      b0 = v128.load(b);
      b1 = v128.load(b, 16);
      x = v128.load32_splat(a0); c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
      x = v128.load32_splat(a1); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
      x = v128.load32_splat(a2); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
      x = v128.load32_splat(a3); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
      if (--k == 0) break;
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      x = v128.load32_splat(a0, 4); c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
      x = v128.load32_splat(a1, 4); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
      x = v128.load32_splat(a2, 4); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
      x = v128.load32_splat(a3, 4); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
      if (--k == 0) break;
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      x = v128.load32_splat(a0, 8); c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
      x = v128.load32_splat(a1, 8); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
      x = v128.load32_splat(a2, 8); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
      x = v128.load32_splat(a3, 8); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
      if (--k == 0) break;
      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
      x = v128.load32_splat(a0, 12); c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
      x = v128.load32_splat(a1, 12); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
      x = v128.load32_splat(a2, 12); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
      x = v128.load32_splat(a3, 12); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
      if (--k == 0) break;
      a0 += 16; a1 += 16; a2 += 16; a3 += 16;
      b += 128;
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    let row = c + cStride;
    v128.store(row, c10);
    v128.store(row, c11, 16);
    row += cStride;
    v128.store(row, c20);
    v128.store(row, c21, 16);
    row += cStride;
    v128.store(row, c30);
    v128.store(row, c31, 16);
    b = next;
    c += 32;
    if (bias) bias += 32;
  }
}

/** 8 rows of C = A B + bias: A row-major, B one panel of 4 columns. `bias` 0 for none. */
export function productNarrow(
  a: usize, aStride: usize, b: usize, depth: i32, bias: usize, c: usize, cStride: usize,
): void {
  let c0 = bias ? v128.load(bias) : splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  let a0 = a, a1 = a0 + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
  let a4 = a3 + aStride, a5 = a4 + aStride, a6 = a5 + aStride, a7 = a6 + aStride;
  let b0: v128;
  while (true) {
    b0 = v128.load(b);
    c0 = fma(v128.load32_splat(a0), b0, c0);
    c1 = fma(v128.load32_splat(a1), b0, c1);
    c2 = fma(v128.load32_splat(a2), b0, c2);
    c3 = fma(v128.load32_splat(a3), b0, c3);
    if (depth < 0) break;
    c4 = fma(v128.load32_splat(a4), b0, c4);
    c5 = fma(v128.load32_splat(a5), b0, c5);
    c6 = fma(v128.load32_splat(a6), b0, c6);
    c7 = fma(v128.load32_splat(a7), b0, c7);
    if (--depth == 0) break;
    b0 = v128.load(b, 16);
    c0 = fma(v128.load32_splat(a0, 4), b0, c0);
    c1 = fma(v128.load32_splat(a1, 4), b0, c1);
    c2 = fma(v128.load32_splat(a2, 4), b0, c2);
    c3 = fma(v128.load32_splat(a3, 4), b0, c3);
    if (depth < 0) break;
    c4 = fma(v128.load32_splat(a4, 4), b0, c4);
    c5 = fma(v128.load32_splat(a5, 4), b0, c5);
    c6 = fma(v128.load32_splat(a6, 4), b0, c6);
    c7 = fma(v128.load32_splat(a7, 4), b0, c7);
    if (--depth == 0) break;
    b0 = v128.load(b, 32);
    c0 = fma(v128.load32_splat(a0, 8), b0, c0);
    c1 = fma(v128.load32_splat(a1, 8), b0, c1);
    c2 = fma(v128.load32_splat(a2, 8), b0, c2);
    c3 = fma(v128.load32_splat(a3, 8), b0, c3);
    if (depth < 0) break;
    c4 = fma(v128.load32_splat(a4, 8), b0, c4);
    c5 = fma(v128.load32_splat(a5, 8), b0, c5);
    c6 = fma(v128.load32_splat(a6, 8), b0, c6);
    c7 = fma(v128.load32_splat(a7, 8), b0, c7);
    if (--depth == 0) break;
    b0 = v128.load(b, 48);
    c0 = fma(v128.load32_splat(a0, 12), b0, c0);
    c1 = fma(v128.load32_splat(a1, 12), b0, c1);
    c2 = fma(v128.load32_splat(a2, 12), b0, c2);
    c3 = fma(v128.load32_splat(a3, 12), b0, c3);
    if (depth < 0) break;
    c4 = fma(v128.load32_splat(a4, 12), b0, c4);
    c5 = fma(v128.load32_splat(a5, 12), b0, c5);
    c6 = fma(v128.load32_splat(a6, 12), b0, c6);
    c7 = fma(v128.load32_splat(a7, 12), b0, c7);
    if (--depth == 0) break;
    a0 += 16; a1 += 16; a2 += 16; a3 += 16; a4 += 16; a5 += 16; a6 += 16; a7 += 16;
    b += 64;
  }
  v128.store(c, c0);
  c += cStride;
  v128.store(c, c1);
  c += cStride;
  v128.store(c, c2);
  c += cStride;
  v128.store(c, c3);
  c += cStride;
  v128.store(c, c4);
  c += cStride;
  v128.store(c, c5);
  c += cStride;
  v128.store(c, c6);
  c += cStride;
  v128.store(c, c7);
}

/** C += A^T B for 4 columns of A and `panels` x 8 of B, both row-major; C is 4 rows of panels `panelBytes` apart. */
export function outerWide(
  a: usize, aStride: usize, b: usize, bStride: usize, rows: i32, panels: i32, c: usize, panelBytes: usize,
): void {
  const aStart = a;
  let b0: v128, b1: v128, x: v128;
  for (; panels > 0; panels--) {
    let c00 = v128.load(c), c01 = v128.load(c, 16);
    let c10 = v128.load(c, 32), c11 = v128.load(c, 48);
    let c20 = v128.load(c, 64), c21 = v128.load(c, 80);
    let c30 = v128.load(c, 96), c31 = v128.load(c, 112);
    const next = b + 32;
    let row = rows;
    a = aStart;
    while (true) {
      b0 = v128.load(b);
      b1 = v128.load(b, 16);
      x = v128.load32_splat(a); c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
      x = v128.load32_splat(a, 4); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
      x = v128.load32_splat(a, 8); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
      x = v128.load32_splat(a, 12); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
      if (--row == 0) break;
      a += aStride;
      b += bStride;
      b0 = v128.load(b);
      b1 = v128.load(b, 16);
      x = v128.load32_splat(a); c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
      x = v128.load32_splat(a, 4); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
      x = v128.load32_splat(a, 8); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
      x = v128.load32_splat(a, 12); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
      if (--row == 0) break;
      a += aStride;
      b += bStride;
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    v128.store(c, c10, 32);
    v128.store(c, c11, 48);
    v128.store(c, c20, 64);
    v128.store(c, c21, 80);
    v128.store(c, c30, 96);
    v128.store(c, c31, 112);
    b = next;
    c += panelBytes;
  }
}

/** C += A^T B for 8 columns of A and 4 of B, both row-major; C is 8 rows of a panel of 4 columns. */
export function outerNarrow(a: usize, aStride: usize, b: usize, bStride: usize, rows: i32, c: usize): void {
  let c0 = v128.load(c), c1 = v128.load(c, 16), c2 = v128.load(c, 32), c3 = v128.load(c, 48);
  let c4 = v128.load(c, 64), c5 = v128.load(c, 80), c6 = v128.load(c, 96), c7 = v128.load(c, 112);
  let b0: v128;
  while (true) {
    b0 = v128.load(b);
    c0 = fma(v128.load32_splat(a), b0, c0);
    c1 = fma(v128.load32_splat(a, 4), b0, c1);
    c2 = fma(v128.load32_splat(a, 8), b0, c2);
    c3 = fma(v128.load32_splat(a, 12), b0, c3);
    if (rows < 0) break;
    c4 = fma(v128.load32_splat(a, 16), b0, c4);
    c5 = fma(v128.load32_splat(a, 20), b0, c5);
    c6 = fma(v128.load32_splat(a, 24), b0, c6);
    c7 = fma(v128.load32_splat(a, 28), b0, c7);
    if (--rows == 0) break;
    a += aStride;
    b += bStride;
    b0 = v128.load(b);
    c0 = fma(v128.load32_splat(a), b0, c0);
    c1 = fma(v128.load32_splat(a, 4), b0, c1);
    c2 = fma(v128.load32_splat(a, 8), b0, c2);
    c3 = fma(v128.load32_splat(a, 12), b0, c3);
    if (rows < 0) break;
    c4 = fma(v128.load32_splat(a, 16), b0, c4);
    c5 = fma(v128.load32_splat(a, 20), b0, c5);
    c6 = fma(v128.load32_splat(a, 24), b0, c6);
    c7 = fma(v128.load32_splat(a, 28), b0, c7);
    if (--rows == 0) break;
    a += aStride;
    b += bStride;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(c, c6, 96);
  v128.store(c, c7, 112);
}
