// F8 with AVX2, and F16 where there is AVX-512. What operations do is said in simd.h.
#pragma once

#include <immintrin.h>

#include <cstddef>

namespace {

struct F8 {
  static constexpr int lanes = 8, panels = 1, quads = 2;
  __m256 v;
  static F8 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static F8 loadPanels(const float* p, size_t) { return load(p); }
  static F8 loadQuads(const float* p, size_t stride) {
    return {_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + stride), 1)};
  }
  static F8 repeatQuad(const float* p) { return {_mm256_broadcast_ps(reinterpret_cast<const __m128*>(p))}; }
  static F8 spread(const float* p) {
    const __m128i pair = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    const __m256i each = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    return {_mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_castsi128_ps(pair)), each)};
  }
  static F8 splat(float x) { return {_mm256_set1_ps(x)}; }
  template <int lane>
  F8 splatInQuads() const { return {_mm256_permute_ps(v, lane * 0b01010101)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void storePanels(float* p, size_t) const { store(p); }
  void storeQuads(float* p, size_t stride) const {
    _mm_storeu_ps(p, _mm256_castps256_ps128(v));
    _mm_storeu_ps(p + stride, _mm256_extractf128_ps(v, 1));
  }
};
inline F8 operator+(F8 a, F8 b) { return {_mm256_add_ps(a.v, b.v)}; }
inline F8 operator-(F8 a, F8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline F8 operator*(F8 a, F8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline F8 operator/(F8 a, F8 b) { return {_mm256_div_ps(a.v, b.v)}; }
inline F8 fma(F8 a, F8 b, F8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
inline F8 fnma(F8 a, F8 b, F8 c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
inline F8 squareRoot(F8 a) { return {_mm256_sqrt_ps(a.v)}; }
inline F8 lower(F8 a, F8 b) { return {_mm256_min_ps(b.v, a.v)}; }
inline F8 higher(F8 a, F8 b) { return {_mm256_max_ps(b.v, a.v)}; }
inline F8 nearest(F8 a) { return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline F8 wherePositive(F8 a, F8 x) {
  return {_mm256_and_ps(a.v, _mm256_cmp_ps(x.v, _mm256_setzero_ps(), _CMP_GT_OQ))};
}
inline F8 scaleByPower(F8 a, F8 n) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_cvttps_epi32(n.v), 23);
  return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a.v), exponent))};
}

inline void transpose4(const float* from, size_t fromStride, float* to, size_t toStride) {
  __m128 row0 = _mm_loadu_ps(from), row1 = _mm_loadu_ps(from + fromStride);
  __m128 row2 = _mm_loadu_ps(from + 2 * fromStride), row3 = _mm_loadu_ps(from + 3 * fromStride);
  _MM_TRANSPOSE4_PS(row0, row1, row2, row3);
  _mm_storeu_ps(to, row0);
  _mm_storeu_ps(to + toStride, row1);
  _mm_storeu_ps(to + 2 * toStride, row2);
  _mm_storeu_ps(to + 3 * toStride, row3);
}

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define HAS_F16 1

struct F16 {
  static constexpr int lanes = 16, panels = 2, quads = 4;
  __m512 v;
  static F16 join(__m256 low, __m256 high) { return {_mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1)}; }
  F8 low() const { return {_mm512_castps512_ps256(v)}; }
  F8 high() const { return {_mm512_extractf32x8_ps(v, 1)}; }
  static F16 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static F16 loadPanels(const float* p, size_t pitch) {
    return join(_mm256_loadu_ps(p), _mm256_loadu_ps(p + pitch));
  }
  static F16 loadQuads(const float* p, size_t stride) {
    return join(F8::loadQuads(p, stride).v, F8::loadQuads(p + 2 * stride, stride).v);
  }
  static F16 repeatQuad(const float* p) { return {_mm512_broadcast_f32x4(_mm_loadu_ps(p))}; }
  static F16 spread(const float* p) {
    const __m512i each = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    return {_mm512_permutexvar_ps(each, _mm512_castps128_ps512(_mm_loadu_ps(p)))};
  }
  static F16 splat(float x) { return {_mm512_set1_ps(x)}; }
  template <int lane>
  F16 splatInQuads() const { return {_mm512_permute_ps(v, lane * 0b01010101)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void storePanels(float* p, size_t pitch) const {
    low().store(p);
    high().store(p + pitch);
  }
  void storeQuads(float* p, size_t stride) const {
    low().storeQuads(p, stride);
    high().storeQuads(p + 2 * stride, stride);
  }
};
inline F16 operator+(F16 a, F16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F16 operator-(F16 a, F16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F16 operator*(F16 a, F16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F16 operator/(F16 a, F16 b) { return {_mm512_div_ps(a.v, b.v)}; }
inline F16 fma(F16 a, F16 b, F16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline F16 fnma(F16 a, F16 b, F16 c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }
inline F16 squareRoot(F16 a) { return {_mm512_sqrt_ps(a.v)}; }
inline F16 lower(F16 a, F16 b) { return {_mm512_min_ps(b.v, a.v)}; }
inline F16 higher(F16 a, F16 b) { return {_mm512_max_ps(b.v, a.v)}; }
inline F16 nearest(F16 a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline F16 wherePositive(F16 a, F16 x) {
  return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x.v, _mm512_setzero_ps(), _CMP_GT_OQ), a.v)};
}
inline F16 scaleByPower(F16 a, F16 n) {
  const __m512i exponent = _mm512_slli_epi32(_mm512_cvttps_epi32(n.v), 23);
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a.v), exponent))};
}
#endif

}  // namespace
