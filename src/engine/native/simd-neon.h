// F8 with NEON. What operations do is said in simd.h.
#pragma once

#include <arm_neon.h>

#include <cstddef>

namespace {

struct F8 {
  static constexpr int lanes = 8, panels = 1, quads = 2;
  float32x4_t low, high;
  static F8 load(const float* p) { return {vld1q_f32(p), vld1q_f32(p + 4)}; }
  static F8 loadPanels(const float* p, size_t) { return load(p); }
  static F8 loadQuads(const float* p, size_t stride) { return {vld1q_f32(p), vld1q_f32(p + stride)}; }
  static F8 repeatQuad(const float* p) { return loadQuads(p, 0); }
  static F8 spread(const float* p) { return {vdupq_n_f32(p[0]), vdupq_n_f32(p[1])}; }
  static F8 splat(float x) { return {vdupq_n_f32(x), vdupq_n_f32(x)}; }
  template <int lane>
  F8 splatInQuads() const { return {vdupq_laneq_f32(low, lane), vdupq_laneq_f32(high, lane)}; }
  void store(float* p) const {
    vst1q_f32(p, low);
    vst1q_f32(p + 4, high);
  }
  void storePanels(float* p, size_t) const { store(p); }
  void storeQuads(float* p, size_t stride) const {
    vst1q_f32(p, low);
    vst1q_f32(p + stride, high);
  }
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
inline void transpose4(const float* from, size_t fromStride, float* to, size_t toStride) {
  const float32x4x2_t upper = vtrnq_f32(vld1q_f32(from), vld1q_f32(from + fromStride));
  const float32x4x2_t lower = vtrnq_f32(vld1q_f32(from + 2 * fromStride), vld1q_f32(from + 3 * fromStride));
  for (int i = 0; i < 2; i++) {
    vst1q_f32(to + i * toStride, vcombine_f32(vget_low_f32(upper.val[i]), vget_low_f32(lower.val[i])));
    vst1q_f32(to + (i + 2) * toStride, vcombine_f32(vget_high_f32(upper.val[i]), vget_high_f32(lower.val[i])));
  }
}

}  // namespace
