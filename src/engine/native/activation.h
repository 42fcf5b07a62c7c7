// Activations and their derivatives, with the fits and the order of operations of ../kernels/activation.ts.
#pragma once

#include "simd.h"

namespace {

enum Activation : int32_t { NONE, TANH, RELU, SILU };

template <class V>
inline V tanhOf(V input) {
  const V x = lower(higher(input, V::splat(-8)), V::splat(8));
  const V t = x * x, constant = V::splat(1.05f);
  V p = fma(t, V::splat(1.599187626766252e-8f), V::splat(2.298935032740701e-5f));
  V q = fma(t, V::splat(8.948543950282328e-7f), V::splat(3.5818523610942066e-4f));
  p = fma(p, t, V::splat(3.7501752376556396e-3f));
  q = fma(q, t, V::splat(2.747265435755253e-2f));
  p = fma(p, t, V::splat(1.4116720855236053e-1f));
  q = fma(q, t, V::splat(4.911671578884125e-1f));
  p = fma(p, t, constant);
  q = fma(q, t, constant);
  return x * p / q;
}

template <Activation activation, class V>
inline V activated(V x) {
  if (activation == TANH) return tanhOf(x);
  if (activation == RELU) return higher(x, V::splat(0));
  return x;
}

template <Activation activation>
inline void activate(const float* from, float* to, size_t count) {
  alongVectors(count, [=](size_t i, auto v) { activated<activation>(v.load(from + i)).store(to + i); });
}

template <class V>
inline V sigmoidOf(V z) {
  const V one = V::splat(1);
  const V x = lower(higher(V::splat(0) - z, V::splat(-87)), V::splat(87));
  const V n = nearest(x * V::splat(1.4426950408889634f));
  const V r = fnma(n, V::splat(-2.1219444e-4f), fnma(n, V::splat(0.693359375f), x));
  V e = fma(r, V::splat(0.0001984127f), V::splat(0.0013888889f));
  e = fma(e, r, V::splat(0.008333334f));
  e = fma(e, r, V::splat(0.041666668f));
  e = fma(e, r, V::splat(0.16666667f));
  e = fma(e, r, V::splat(0.5f));
  e = fma(e, r, one);
  e = fma(e, r, one);
  return one / (one + scaleByPower(e, n));
}

/** y = z s, with s the sigmoid of z. */
inline void silu(const float* z, float* y, size_t count) {
  alongVectors(count, [=](size_t i, auto v) {
    const auto input = v.load(z + i);
    (input * sigmoidOf(input)).store(y + i);
  });
}

/** dy = dy s (1 + z (1 - s)) */
inline void differentiateSilu(const float* z, float* dy, size_t count) {
  alongVectors(count, [=](size_t i, auto v) {
    const auto input = v.load(z + i), s = sigmoidOf(input), one = v.splat(1);
    (v.load(dy + i) * (s * fma(input, one - s, one))).store(dy + i);
  });
}

/** `differentiate`, of N vectors of columns side by side: a sum alone would wait for each addition to be done. */
template <Activation activation, class V, int N>
inline void differentiateColumns(float* dy, const float* y, size_t stride, int rows, float* biasGradient,
                                 bool wantBiasGradient) {
  V sums[N];
  for (int n = 0; n < N; n++) sums[n] = V::load(biasGradient + n * V::lanes);
  for (int row = 0; row < rows; row++) {
    for (int n = 0; n < N; n++) {
      const size_t at = row * stride + n * V::lanes;
      V d = V::load(dy + at);
      if (activation == TANH) {
        const V out = V::load(y + at);
        d = fnma(d * out, out, d);
      } else if (activation == RELU) {
        d = wherePositive(d, V::load(y + at));
      }
      if (activation != NONE) d.store(dy + at);
      sums[n] = sums[n] + d;
    }
  }
  if (!wantBiasGradient) return;
  for (int n = 0; n < N; n++) sums[n].store(biasGradient + n * V::lanes);
}

/**
 * dLoss/dOutput to dLoss/dPreActivation, in place, of `rows` rows `stride` floats apart; where wanted its column sums
 * are added to the bias gradient.
 */
template <Activation activation>
inline void differentiate(float* dy, const float* y, size_t stride, int columns, int rows, float* biasGradient,
                          bool wantBiasGradient) {
  int column = 0;
  for (; column + 4 * Widest::lanes <= columns; column += 4 * Widest::lanes) {
    differentiateColumns<activation, Widest, 4>(dy + column, y + column, stride, rows, biasGradient + column,
                                                 wantBiasGradient);
  }
  for (; column + 4 * F8::lanes <= columns; column += 4 * F8::lanes) {
    differentiateColumns<activation, F8, 4>(dy + column, y + column, stride, rows, biasGradient + column,
                                            wantBiasGradient);
  }
  for (; column < columns; column += F8::lanes) {
    differentiateColumns<activation, F8, 1>(dy + column, y + column, stride, rows, biasGradient + column,
                                            wantBiasGradient);
  }
}

}  // namespace
