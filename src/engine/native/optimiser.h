// Adam and the arithmetic of whole parameter blocks, as in ../kernels/adam.ts and ../kernels/vectors.ts.
#pragma once

#include <algorithm>
#include <cmath>

#include "network.h"

namespace {

struct AdamStep {
  uint32_t parameters, gradients, firstMoments, secondMoments;
  int32_t count;
  float maxNorm, beta1, oneMinusBeta1, beta2, oneMinusBeta2, epsilon, stepSize, rootCorrection, clip;
};

inline void adam(uint8_t* memory, uint32_t settings, double gradientNorm) {
  AdamStep& step = *reinterpret_cast<AdamStep*>(memory + settings);
  step.clip = static_cast<float>(std::min(1.0, static_cast<double>(step.maxNorm) / (gradientNorm + 1e-6)));
  const F8 clip = F8::splat(step.clip), beta1 = F8::splat(step.beta1), oneMinusBeta1 = F8::splat(step.oneMinusBeta1);
  const F8 beta2 = F8::splat(step.beta2), oneMinusBeta2 = F8::splat(step.oneMinusBeta2);
  const F8 epsilon = F8::splat(step.epsilon), stepSize = F8::splat(step.stepSize);
  const F8 rootCorrection = F8::splat(step.rootCorrection);
  float* parameters = floatsAt(memory, step.parameters);
  const float* gradients = floatsAt(memory, step.gradients);
  float* firstMoments = floatsAt(memory, step.firstMoments);
  float* secondMoments = floatsAt(memory, step.secondMoments);
  for (int i = 0; i < step.count; i += 8) {
    const F8 g = F8::load(gradients + i) * clip;
    const F8 m = fma(beta1, F8::load(firstMoments + i), oneMinusBeta1 * g);
    const F8 v = fma(beta2, F8::load(secondMoments + i), oneMinusBeta2 * g * g);
    m.store(firstMoments + i);
    v.store(secondMoments + i);
    const F8 denominator = fma(squareRoot(v), rootCorrection, epsilon);
    (F8::load(parameters + i) - stepSize * m / denominator).store(parameters + i);
  }
}

/** Sum of four lanes, always in the same order. */
inline float laneSum(const float* x) { return (x[0] + x[1]) + (x[2] + x[3]); }

/** Euclidean norm of `count` numbers, a multiple of 16. */
inline double norm(const float* numbers, int count) {
  // Single precision within blocks, double between them.
  double total = 0;
  for (int block = 0; block < count; block += 1024) {
    const int end = std::min(block + 1024, count);
    F8 low = F8::splat(0), high = F8::splat(0);
    for (int i = block; i < end; i += 16) {
      const F8 x = F8::load(numbers + i), y = F8::load(numbers + i + 8);
      low = fma(x, x, low);
      high = fma(y, y, high);
    }
    float a[8], b[8], sums[4];
    low.store(a);
    high.store(b);
    for (int i = 0; i < 4; i++) sums[i] = (a[i] + a[i + 4]) + (b[i] + b[i + 4]);
    total += laneSum(sums);
  }
  if (std::isfinite(total)) return std::sqrt(total);
  // Squares beyond single precision, or an infinity or NaN among the numbers.
  total = 0;
  for (int i = 0; i < count; i++) total += static_cast<double>(numbers[i]) * numbers[i];
  return std::sqrt(total);
}

/** x += y */
inline void add(float* x, const float* y, size_t count) {
  for (size_t i = 0; i < count; i += 8) (F8::load(x + i) + F8::load(y + i)).store(x + i);
}

/** x += share (target - x) */
inline void approach(float* x, const float* target, size_t count, float share) {
  const F8 shares = F8::splat(share);
  for (size_t i = 0; i < count; i += 8) {
    const F8 own = F8::load(x + i);
    fma(F8::load(target + i) - own, shares, own).store(x + i);
  }
}

/** `rounds` x 384 multiply-adds in 12 independent chains: nothing but arithmetic, to measure its peak rate. */
inline float peak(int rounds) {
#if HAS_F16
  using Widest = F16;
#else
  using Widest = F8;
#endif
  constexpr int lanes = 8 * Widest::panels;
  const Widest x = Widest::splat(0.999f), y = Widest::splat(0.001f);
  Widest chains[12];
  for (int i = 0; i < 12; i++) chains[i] = Widest::splat(1 + 0.1f * i);
  for (int i = 0; i < rounds * (32 / lanes); i++) {
    for (Widest& chain : chains) chain = fma(chain, x, y);
  }
  Widest sum = chains[0];
  for (int i = 1; i < 12; i++) sum = sum + chains[i];
  float values[lanes];
  sum.store(values);
  return values[0];
}

}  // namespace
