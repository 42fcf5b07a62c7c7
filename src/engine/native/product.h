// Matrix products on the layouts of ../kernels/product.ts: matrices row-major with a stride, weights in panels of 8
// columns and perhaps one of 4. Each element is summed in the same order as there. Strides and pitches in floats.
#pragma once

#include <algorithm>

#include "activation.h"

namespace {

/** Half of a small first-level cache, in bytes: what one operand may take of it. */
constexpr size_t cacheShare = 16384;

inline int roundUp(int value, int multiple) { return (value + multiple - 1) & -multiple; }
inline int widePanels(int columns) { return (columns + 3) >> 3; }
inline bool hasNarrowPanel(int columns) { return widePanels(columns) * 8 < columns; }

/** R rows of C = activation(A B + bias), N vectors of columns wide. */
template <Activation activation, class V, int R, int N>
inline void productTile(const float* a, size_t aStride, const float* b, size_t pitch, int depth, const float* bias,
                        float* c, size_t cStride) {
  V sum[R][N];
  for (int n = 0; n < N; n++) {
    const V start = bias ? V::load(bias + n * 8 * V::panels) : V::splat(0);
    for (int r = 0; r < R; r++) sum[r][n] = start;
  }
#pragma GCC unroll 4
  for (int k = 0; k < depth; k++) {
    V row[N];
    for (int n = 0; n < N; n++) row[n] = V::loadPanels(b + n * V::panels * pitch + k * 8, pitch);
    for (int r = 0; r < R; r++) {
      const V x = V::splat(a[r * aStride + k]);
      for (int n = 0; n < N; n++) sum[r][n] = fma(x, row[n], sum[r][n]);
    }
  }
  for (int r = 0; r < R; r++) {
    for (int n = 0; n < N; n++) activated<activation>(sum[r][n]).store(c + r * cStride + n * 8 * V::panels);
  }
}

/** All rows, a multiple of 4, of N vectors of columns: in tiles of 6 rows, and of 4 for the rest. */
template <Activation activation, class V, int N>
inline void productColumns(const float* a, size_t aStride, const float* b, size_t pitch, int depth, const float* bias,
                           float* c, size_t cStride, int rows) {
  const int fours = (rows / 4) % 3;
  int row = 0;
  for (; row < rows - 4 * fours; row += 6) {
    productTile<activation, V, 6, N>(a + row * aStride, aStride, b, pitch, depth, bias, c + row * cStride, cStride);
  }
  for (; row < rows; row += 4) {
    productTile<activation, V, 4, N>(a + row * aStride, aStride, b, pitch, depth, bias, c + row * cStride, cStride);
  }
}

/** 8 rows of C = A B + bias: B one panel of 4 columns. */
inline void productNarrow(const float* a, size_t aStride, const float* b, int depth, const float* bias, float* c,
                          size_t cStride) {
  F4 sum[8];
  for (F4& s : sum) s = bias ? F4::load(bias) : F4::splat(0);
  for (int k = 0; k < depth; k++) {
    const F4 row = F4::load(b + k * 4);
    for (int r = 0; r < 8; r++) sum[r] = fma(F4::splat(a[r * aStride + k]), row, sum[r]);
  }
  for (int r = 0; r < 8; r++) sum[r].store(c + r * cStride);
}

/**
 * C = activation(A B + bias). Works on whole groups of 8 rows, so the buffers must hold them. What a narrow panel gives
 * stays without the activation.
 */
template <Activation activation = NONE>
inline void product(const float* a, size_t aStride, const float* b, size_t pitch, int depth, int columns,
                    const float* bias, float* c, size_t cStride, int rows) {
  const int panels = widePanels(columns);
  const int wholeRows = roundUp(rows, 4);
  // As many rows at a time as stay in the cache while all panels pass by.
  const int block = std::max(12, static_cast<int>(cacheShare / (4 * aStride)) / 12 * 12);
  const auto biasAt = [bias](int panel) { return bias ? bias + panel * 8 : nullptr; };
  for (int first = 0; first < wholeRows; first += block) {
    const int count = std::min(block, wholeRows - first);
    const float* aBlock = a + first * aStride;
    float* cBlock = c + first * cStride;
    int panel = 0;
#if HAS_F16
    for (; panel + 4 <= panels; panel += 4) {
      productColumns<activation, F16, 2>(aBlock, aStride, b + panel * pitch, pitch, depth, biasAt(panel),
                                         cBlock + panel * 8, cStride, count);
    }
#endif
    for (; panel + 2 <= panels; panel += 2) {
      productColumns<activation, F8, 2>(aBlock, aStride, b + panel * pitch, pitch, depth, biasAt(panel),
                                        cBlock + panel * 8, cStride, count);
    }
    if (panel < panels) {
      productColumns<activation, F8, 1>(aBlock, aStride, b + panel * pitch, pitch, depth, biasAt(panel),
                                        cBlock + panel * 8, cStride, count);
    }
  }
  if (!hasNarrowPanel(columns)) return;
  const int done = panels * 8;
  for (int row = 0; row < rows; row += 8) {
    productNarrow(a + row * aStride, aStride, b + panels * pitch, depth, bias ? bias + done : nullptr,
                  c + row * cStride + done, cStride);
  }
}

/** C += A^T B for H columns of A and N vectors of B; C is H rows of panels. */
template <class V, int H, int N>
inline void outerTile(const float* a, size_t aStride, const float* b, size_t bStride, int rows, float* c,
                      size_t pitch) {
  V sum[H][N];
  for (int h = 0; h < H; h++) {
    for (int n = 0; n < N; n++) sum[h][n] = V::loadPanels(c + n * V::panels * pitch + h * 8, pitch);
  }
#pragma GCC unroll 4
  for (int row = 0; row < rows; row++) {
    V y[N];
    for (int n = 0; n < N; n++) y[n] = V::load(b + n * 8 * V::panels);
    for (int h = 0; h < H; h++) {
      const V x = V::splat(a[h]);
      for (int n = 0; n < N; n++) sum[h][n] = fma(x, y[n], sum[h][n]);
    }
    a += aStride;
    b += bStride;
  }
  for (int h = 0; h < H; h++) {
    for (int n = 0; n < N; n++) sum[h][n].storePanels(c + n * V::panels * pitch + h * 8, pitch);
  }
}

/** All columns of A, a multiple of 4, against N vectors of B. */
template <class V, int N>
inline void outerColumns(const float* a, size_t aStride, int height, const float* b, size_t bStride, int rows,
                         float* c, size_t pitch) {
  const int fours = (height / 4) % 3;
  int k = 0;
  for (; k < height - 4 * fours; k += 6) outerTile<V, 6, N>(a + k, aStride, b, bStride, rows, c + k * 8, pitch);
  for (; k < height; k += 4) outerTile<V, 4, N>(a + k, aStride, b, bStride, rows, c + k * 8, pitch);
}

/** C += A^T B for 8 columns of A and 4 of B; C is 8 rows of a panel of 4 columns. */
inline void outerNarrow(const float* a, size_t aStride, const float* b, size_t bStride, int rows, float* c) {
  F4 sum[8];
  for (int h = 0; h < 8; h++) sum[h] = F4::load(c + h * 4);
  for (int row = 0; row < rows; row++) {
    const F4 y = F4::load(b + row * bStride);
    for (int h = 0; h < 8; h++) sum[h] = fma(F4::splat(a[row * aStride + h]), y, sum[h]);
  }
  for (int h = 0; h < 8; h++) sum[h].store(c + h * 4);
}

/** C += A^T B. A must be padded to a multiple of 8 columns. */
inline void outerProduct(const float* a, size_t aStride, int height, const float* b, size_t bStride, int columns,
                         float* c, size_t pitch, int rows) {
  const int panels = widePanels(columns);
  const int wholeHeight = roundUp(height, 4);
  // Rows at a time that stay in the cache while all columns of A pass by.
  constexpr int rowBlock = 64;
  for (int first = 0; first < rows; first += rowBlock) {
    const int count = std::min(rowBlock, rows - first);
    const float* aBlock = a + first * aStride;
    const float* bBlock = b + first * bStride;
    int panel = 0;
#if HAS_F16
    for (; panel + 4 <= panels; panel += 4) {
      outerColumns<F16, 2>(aBlock, aStride, wholeHeight, bBlock + panel * 8, bStride, count, c + panel * pitch, pitch);
    }
#endif
    for (; panel + 2 <= panels; panel += 2) {
      outerColumns<F8, 2>(aBlock, aStride, wholeHeight, bBlock + panel * 8, bStride, count, c + panel * pitch, pitch);
    }
    if (panel < panels) {
      outerColumns<F8, 1>(aBlock, aStride, wholeHeight, bBlock + panel * 8, bStride, count, c + panel * pitch, pitch);
    }
    if (!hasNarrowPanel(columns)) continue;
    for (int k = 0; k < height; k += 8) {
      outerNarrow(aBlock + k, aStride, bBlock + panels * 8, bStride, count, c + panels * pitch + k * 4);
    }
  }
}

/** Panels of W (depth x columns) to panels of W^T, as ../kernels/product.ts lays them out. */
inline void transposePanels(const float* w, size_t wPitch, int depth, int columns, float* t, size_t tPitch) {
  const int wWide = widePanels(columns) * 8;
  const int tWide = widePanels(depth) * 8;
  for (int n = 0; n < columns; n += 4) {
    const size_t wRow = n < wWide ? 8 : 4;
    const float* from = w + (n >> 3) * wPitch + (n & 7);
    for (int k = 0; k < depth; k += 4) {
      const size_t tRow = k < tWide ? 8 : 4;
      const float* source = from + k * wRow;
      float* target = t + (k >> 3) * tPitch + (k & 7) + n * tRow;
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) target[i * tRow + j] = source[j * wRow + i];
      }
    }
  }
}

}  // namespace
