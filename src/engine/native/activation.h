// Activations and their derivatives, with the fits and the order of operations of ../kernels/activation.ts.
#pragma once

#include "simd.h"

namespace {

enum Activation : int32_t { NONE, TANH, RELU, SILU };

inline void tanhOf(const float* from, float* to, size_t count) {
  const F8 limit = F8::splat(8), negativeLimit = F8::splat(-8), one = F8::splat(1.05f);
  const F8 p1 = F8::splat(1.4116720855236053e-1f), p2 = F8::splat(3.7501752376556396e-3f);
  const F8 p3 = F8::splat(2.298935032740701e-5f), p4 = F8::splat(1.599187626766252e-8f);
  const F8 q1 = F8::splat(4.911671578884125e-1f), q2 = F8::splat(2.747265435755253e-2f);
  const F8 q3 = F8::splat(3.5818523610942066e-4f), q4 = F8::splat(8.948543950282328e-7f);
  for (size_t i = 0; i < count; i += 8) {
    const F8 x = lower(higher(F8::load(from + i), negativeLimit), limit);
    const F8 t = x * x;
    F8 p = fma(t, p4, p3);
    F8 q = fma(t, q4, q3);
    p = fma(p, t, p2);
    q = fma(q, t, q2);
    p = fma(p, t, p1);
    q = fma(q, t, q1);
    p = fma(p, t, one);
    q = fma(q, t, one);
    (x * p / q).store(to + i);
  }
}

inline void reluOf(const float* from, float* to, size_t count) {
  for (size_t i = 0; i < count; i += 8) higher(F8::load(from + i), F8::splat(0)).store(to + i);
}

/** y = z s, with s the sigmoid of z; with `gradient` y = y s (1 + z (1 - s)). */
template <bool gradient>
inline void siluOf(const float* z, float* y, size_t count) {
  const F8 limit = F8::splat(87), negativeLimit = F8::splat(-87), one = F8::splat(1), zero = F8::splat(0);
  const F8 perLn2 = F8::splat(1.4426950408889634f);
  const F8 ln2High = F8::splat(0.693359375f), ln2Low = F8::splat(-2.1219444e-4f);
  const F8 c2 = F8::splat(0.5f), c3 = F8::splat(0.16666667f), c4 = F8::splat(0.041666668f);
  const F8 c5 = F8::splat(0.008333334f), c6 = F8::splat(0.0013888889f), c7 = F8::splat(0.0001984127f);
  for (size_t i = 0; i < count; i += 8) {
    const F8 input = F8::load(z + i);
    const F8 x = lower(higher(zero - input, negativeLimit), limit);
    const F8 n = nearest(x * perLn2);
    const F8 r = fnma(n, ln2Low, fnma(n, ln2High, x));
    F8 e = fma(r, c7, c6);
    e = fma(e, r, c5);
    e = fma(e, r, c4);
    e = fma(e, r, c3);
    e = fma(e, r, c2);
    e = fma(e, r, one);
    e = fma(e, r, one);
    const F8 s = one / (one + scaleByPower(e, n));
    if (gradient) {
      const F8 slope = s * fma(input, one - s, one);
      (F8::load(y + i) * slope).store(y + i);
    } else {
      (input * s).store(y + i);
    }
  }
}

/**
 * dLoss/dOutput to dLoss/dPreActivation, in place, of `rows` rows `stride` floats apart; where wanted its column sums
 * are added to the bias gradient.
 */
template <Activation activation>
inline void differentiate(float* dy, const float* y, size_t stride, int columns, int rows, float* biasGradient,
                          bool wantBiasGradient) {
  for (int column = 0; column < columns; column += 8) {
    F8 sum = F8::load(biasGradient + column);
    for (int row = 0; row < rows; row++) {
      F8 d = F8::load(dy + row * stride + column);
      if (activation == TANH) {
        const F8 out = F8::load(y + row * stride + column);
        d = fnma(d * out, out, d);
      } else if (activation == RELU) {
        d = wherePositive(d, F8::load(y + row * stride + column));
      }
      if (activation != NONE) d.store(dy + row * stride + column);
      sum = sum + d;
    }
    if (wantBiasGradient) sum.store(biasGradient + column);
  }
}

}  // namespace
