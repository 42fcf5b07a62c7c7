// Vectors of 8 floats, the width of a panel, and where the machine has them of 16, as two panels side by side. Every
// operation rounds as its counterpart in ../kernels/simd.ts does in the relaxed build, so that results are the same.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#else
#error "No vectors of this machine are known here: the WebAssembly kernels serve."
#endif

// Builds for different vectors must not share the code of an inline function, so all of it is each build's own.
namespace {

#if defined(__AVX2__) && defined(__FMA__)

struct F8 {
  static constexpr int panels = 1;
  __m256 v;
  static F8 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static F8 loadPanels(const float* p, size_t) { return load(p); }
  static F8 splat(float x) { return {_mm256_set1_ps(x)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void storePanels(float* p, size_t) const { store(p); }
};
inline F8 operator+(F8 a, F8 b) { return {_mm256_add_ps(a.v, b.v)}; }
inline F8 operator-(F8 a, F8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline F8 operator*(F8 a, F8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline F8 operator/(F8 a, F8 b) { return {_mm256_div_ps(a.v, b.v)}; }
/** a b + c, rounded once. */
inline F8 fma(F8 a, F8 b, F8 c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
/** c - a b, rounded once. */
inline F8 fnma(F8 a, F8 b, F8 c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }
inline F8 squareRoot(F8 a) { return {_mm256_sqrt_ps(a.v)}; }
/** `b` where it is the lower, else `a`, be that NaN: pmin of WebAssembly. */
inline F8 lower(F8 a, F8 b) { return {_mm256_min_ps(b.v, a.v)}; }
inline F8 higher(F8 a, F8 b) { return {_mm256_max_ps(b.v, a.v)}; }
/** To the nearest integer, ties to even. */
inline F8 nearest(F8 a) { return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
/** `a` where `x` > 0, else 0. */
inline F8 wherePositive(F8 a, F8 x) {
  return {_mm256_and_ps(a.v, _mm256_cmp_ps(x.v, _mm256_setzero_ps(), _CMP_GT_OQ))};
}
/** a 2^n, for whole n with which it stays normal. */
inline F8 scaleByPower(F8 a, F8 n) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_cvttps_epi32(n.v), 23);
  return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a.v), exponent))};
}

struct F4 {
  __m128 v;
  static F4 load(const float* p) { return {_mm_loadu_ps(p)}; }
  static F4 splat(float x) { return {_mm_set1_ps(x)}; }
  void store(float* p) const { _mm_storeu_ps(p, v); }
};
inline F4 fma(F4 a, F4 b, F4 c) { return {_mm_fmadd_ps(a.v, b.v, c.v)}; }

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define HAS_F16 1

struct F16 {
  static constexpr int panels = 2;
  __m512 v;
  static F16 join(__m256 low, __m256 high) { return {_mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1)}; }
  F8 low() const { return {_mm512_castps512_ps256(v)}; }
  F8 high() const { return {_mm512_extractf32x8_ps(v, 1)}; }
  static F16 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  /** @param pitch floats from one panel to the next */
  static F16 loadPanels(const float* p, size_t pitch) {
    return join(_mm256_loadu_ps(p), _mm256_loadu_ps(p + pitch));
  }
  static F16 splat(float x) { return {_mm512_set1_ps(x)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void storePanels(float* p, size_t pitch) const {
    low().store(p);
    high().store(p + pitch);
  }
};
inline F16 operator+(F16 a, F16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F16 fma(F16 a, F16 b, F16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
#endif

#else

struct F8 {
  static constexpr int panels = 1;
  float32x4_t low, high;
  static F8 load(const float* p) { return {vld1q_f32(p), vld1q_f32(p + 4)}; }
  static F8 loadPanels(const float* p, size_t) { return load(p); }
  static F8 splat(float x) { return {vdupq_n_f32(x), vdupq_n_f32(x)}; }
  void store(float* p) const {
    vst1q_f32(p, low);
    vst1q_f32(p + 4, high);
  }
  void storePanels(float* p, size_t) const { store(p); }
};
inline F8 operator+(F8 a, F8 b) { return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)}; }
inline F8 operator-(F8 a, F8 b) { return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)}; }
inline F8 operator*(F8 a, F8 b) { return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)}; }
inline F8 operator/(F8 a, F8 b) { return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)}; }
inline F8 fma(F8 a, F8 b, F8 c) { return {vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)}; }
inline F8 fnma(F8 a, F8 b, F8 c) { return {vfmsq_f32(c.low, a.low, b.low), vfmsq_f32(c.high, a.high, b.high)}; }
inline F8 squareRoot(F8 a) { return {vsqrtq_f32(a.low), vsqrtq_f32(a.high)}; }
inline float32x4_t lower(float32x4_t a, float32x4_t b) { return vbslq_f32(vcltq_f32(b, a), b, a); }
inline float32x4_t higher(float32x4_t a, float32x4_t b) { return vbslq_f32(vcltq_f32(a, b), b, a); }
inline F8 lower(F8 a, F8 b) { return {lower(a.low, b.low), lower(a.high, b.high)}; }
inline F8 higher(F8 a, F8 b) { return {higher(a.low, b.low), higher(a.high, b.high)}; }
inline F8 nearest(F8 a) { return {vrndnq_f32(a.low), vrndnq_f32(a.high)}; }
inline float32x4_t wherePositive(float32x4_t a, float32x4_t x) {
  return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(a), vcgtzq_f32(x)));
}
inline F8 wherePositive(F8 a, F8 x) { return {wherePositive(a.low, x.low), wherePositive(a.high, x.high)}; }
inline float32x4_t scaleByPower(float32x4_t a, float32x4_t n) {
  const int32x4_t exponent = vshlq_n_s32(vcvtq_s32_f32(n), 23);
  return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(a), exponent));
}
inline F8 scaleByPower(F8 a, F8 n) { return {scaleByPower(a.low, n.low), scaleByPower(a.high, n.high)}; }

struct F4 {
  float32x4_t v;
  static F4 load(const float* p) { return {vld1q_f32(p)}; }
  static F4 splat(float x) { return {vdupq_n_f32(x)}; }
  void store(float* p) const { vst1q_f32(p, v); }
};
inline F4 fma(F4 a, F4 b, F4 c) { return {vfmaq_f32(c.v, a.v, b.v)}; }

#endif

}  // namespace
