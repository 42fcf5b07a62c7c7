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

/** sum += x y, with x what `lane` of each of its quads holds, and y four columns of one row of B. */
template <int lane, class V, int S>
inline void addNarrow(const V (&x)[S], const float* row, V (&sum)[S]) {
  const V y = V::repeatQuad(row);
  for (int s = 0; s < S; s++) sum[s] = fma(x[s].template splatInQuads<lane>(), y, sum[s]);
}

/** As many rows of C = A B + bias as S vectors have quads: B one panel of 4 columns. */
template <class V, int S>
inline void productNarrow(const float* a, size_t aStride, const float* b, int depth, const float* bias, float* c,
                          size_t cStride) {
  V sum[S];
  for (V& s : sum) s = bias ? V::repeatQuad(bias) : V::splat(0);
  for (int k = 0; k < depth; k += 4) {
    V x[S];
    for (int s = 0; s < S; s++) x[s] = V::loadQuads(a + s * V::quads * aStride + k, aStride);
    addNarrow<0>(x, b + k * 4, sum);
    if (k + 1 < depth) addNarrow<1>(x, b + k * 4 + 4, sum);
    if (k + 2 < depth) addNarrow<2>(x, b + k * 4 + 8, sum);
    if (k + 3 < depth) addNarrow<3>(x, b + k * 4 + 12, sum);
  }
  for (int s = 0; s < S; s++) sum[s].storeQuads(c + s * V::quads * cStride, cStride);
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
    for (; panel + 2 * Widest::panels <= panels; panel += 2 * Widest::panels) {
      productColumns<activation, Widest, 2>(aBlock, aStride, b + panel * pitch, pitch, depth, biasAt(panel),
                                            cBlock + panel * 8, cStride, count);
    }
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
  const float* narrow = b + panels * pitch;
  float* cNarrow = c + panels * 8;
  int row = 0;
  for (; row + 8 * Widest::quads <= rows; row += 8 * Widest::quads) {
    productNarrow<Widest, 8>(a + row * aStride, aStride, narrow, depth, biasAt(panels), cNarrow + row * cStride,
                             cStride);
  }
  for (; row < rows; row += 8) {
    productNarrow<F8, 4>(a + row * aStride, aStride, narrow, depth, biasAt(panels), cNarrow + row * cStride, cStride);
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

/** C += A^T B for as many columns of A as S vectors have quads and 4 of B; C is rows of a panel of 4 columns. */
template <class V, int S>
inline void outerNarrow(const float* a, size_t aStride, const float* b, size_t bStride, int rows, float* c) {
  V sum[S];
  for (int s = 0; s < S; s++) sum[s] = V::load(c + s * V::lanes);
  for (int row = 0; row < rows; row++) {
    const V y = V::repeatQuad(b + row * bStride);
    for (int s = 0; s < S; s++) sum[s] = fma(V::spread(a + row * aStride + s * V::quads), y, sum[s]);
  }
  for (int s = 0; s < S; s++) sum[s].store(c + s * V::lanes);
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
    for (; panel + 2 * Widest::panels <= panels; panel += 2 * Widest::panels) {
      outerColumns<Widest, 2>(aBlock, aStride, wholeHeight, bBlock + panel * 8, bStride, count, c + panel * pitch,
                              pitch);
    }
    for (; panel + 2 <= panels; panel += 2) {
      outerColumns<F8, 2>(aBlock, aStride, wholeHeight, bBlock + panel * 8, bStride, count, c + panel * pitch, pitch);
    }
    if (panel < panels) {
      outerColumns<F8, 1>(aBlock, aStride, wholeHeight, bBlock + panel * 8, bStride, count, c + panel * pitch, pitch);
    }
    if (!hasNarrowPanel(columns)) continue;
    const float* bNarrow = bBlock + panels * 8;
    float* cNarrow = c + panels * pitch;
    int k = 0;
    for (; k + 8 * Widest::quads <= height; k += 8 * Widest::quads) {
      outerNarrow<Widest, 8>(aBlock + k, aStride, bNarrow, bStride, count, cNarrow + k * 4);
    }
    for (; k < height; k += 8) outerNarrow<F8, 4>(aBlock + k, aStride, bNarrow, bStride, count, cNarrow + k * 4);
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
      transpose4(from + k * wRow, wRow, t + (k >> 3) * tPitch + (k & 7) + n * tRow, tRow);
    }
  }
}

}  // namespace
