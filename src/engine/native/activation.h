// Activations and their derivatives, with the fits and the order of operations of ../kernels/activation.ts.
#pragma once

#include "simd.h"

namespace {

enum Activation : int32_t { NONE, TANH, RELU, SILU };

inline F8 tanhOf(F8 input) {
  const F8 x = lower(higher(input, F8::splat(-8)), F8::splat(8));
  const F8 t = x * x, constant = F8::splat(1.05f);
  F8 p = fma(t, F8::splat(1.599187626766252e-8f), F8::splat(2.298935032740701e-5f));
  F8 q = fma(t, F8::splat(8.948543950282328e-7f), F8::splat(3.5818523610942066e-4f));
  p = fma(p, t, F8::splat(3.7501752376556396e-3f));
  q = fma(q, t, F8::splat(2.747265435755253e-2f));
  p = fma(p, t, F8::splat(1.4116720855236053e-1f));
  q = fma(q, t, F8::splat(4.911671578884125e-1f));
  p = fma(p, t, constant);
  q = fma(q, t, constant);
  return x * p / q;
}

template <Activation activation>
inline F8 activated(F8 x) {
  if (activation == TANH) return tanhOf(x);
  if (activation == RELU) return higher(x, F8::splat(0));
  return x;
}

#if HAS_F16
template <Activation activation>
inline F16 activated(F16 x) {
  if (activation == NONE) return x;
  return F16::join(activated<activation>(x.low()).v, activated<activation>(x.high()).v);
}
#endif

template <Activation activation>
inline void activate(const float* from, float* to, size_t count) {
  for (size_t i = 0; i < count; i += 8) activated<activation>(F8::load(from + i)).store(to + i);
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

/** `differentiate`, of P panels of columns side by side: a sum alone would wait for each addition to be done. */
template <Activation activation, int P>
inline void differentiatePanels(float* dy, const float* y, size_t stride, int rows, float* biasGradient,
                                bool wantBiasGradient) {
  F8 sums[P];
  for (int p = 0; p < P; p++) sums[p] = F8::load(biasGradient + 8 * p);
  for (int row = 0; row < rows; row++) {
    for (int p = 0; p < P; p++) {
      const size_t at = row * stride + 8 * p;
      F8 d = F8::load(dy + at);
      if (activation == TANH) {
        const F8 out = F8::load(y + at);
        d = fnma(d * out, out, d);
      } else if (activation == RELU) {
        d = wherePositive(d, F8::load(y + at));
      }
      if (activation != NONE) d.store(dy + at);
      sums[p] = sums[p] + d;
    }
  }
  if (!wantBiasGradient) return;
  for (int p = 0; p < P; p++) sums[p].store(biasGradient + 8 * p);
}

/**
 * dLoss/dOutput to dLoss/dPreActivation, in place, of `rows` rows `stride` floats apart; where wanted its column sums
 * are added to the bias gradient.
 */
template <Activation activation>
inline void differentiate(float* dy, const float* y, size_t stride, int columns, int rows, float* biasGradient,
                          bool wantBiasGradient) {
  int column = 0;
  for (; column + 32 <= columns; column += 32) {
    differentiatePanels<activation, 4>(dy + column, y + column, stride, rows, biasGradient + column, wantBiasGradient);
  }
  for (; column < columns; column += 8) {
    differentiatePanels<activation, 1>(dy + column, y + column, stride, rows, biasGradient + column, wantBiasGradient);
  }
}

}  // namespace
