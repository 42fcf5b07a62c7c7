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
  auto* shared = reinterpret_cast<AdamStep*>(memory + settings);
  shared->clip = static_cast<float>(std::min(1.0, static_cast<double>(shared->maxNorm) / (gradientNorm + 1e-6)));
  // A copy, which no store can change: it stays in registers.
  const AdamStep step = *shared;
  float* parameters = floatsAt(memory, step.parameters);
  const float* gradients = floatsAt(memory, step.gradients);
  float* firstMoments = floatsAt(memory, step.firstMoments);
  float* secondMoments = floatsAt(memory, step.secondMoments);
  alongVectors(step.count, [=](size_t i, auto v) {
    const auto g = v.load(gradients + i) * v.splat(step.clip);
    const auto first = fma(v.splat(step.beta1), v.load(firstMoments + i), v.splat(step.oneMinusBeta1) * g);
    const auto second = fma(v.splat(step.beta2), v.load(secondMoments + i), v.splat(step.oneMinusBeta2) * g * g);
    first.store(firstMoments + i);
    second.store(secondMoments + i);
    const auto denominator = fma(squareRoot(second), v.splat(step.rootCorrection), v.splat(step.epsilon));
    (v.load(parameters + i) - v.splat(step.stepSize) * first / denominator).store(parameters + i);
  });
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
  alongVectors(count, [=](size_t i, auto v) { (v.load(x + i) + v.load(y + i)).store(x + i); });
}

/** x += share (target - x) */
inline void approach(float* x, const float* target, size_t count, float share) {
  alongVectors(count, [=](size_t i, auto v) {
    const auto own = v.load(x + i);
    fma(v.load(target + i) - own, v.splat(share), own).store(x + i);
  });
}

/** `rounds` x 384 multiply-adds in 12 independent chains: nothing but arithmetic, to measure its peak rate. */
inline float peak(int rounds) {
  const Widest x = Widest::splat(0.999f), y = Widest::splat(0.001f);
  Widest chains[12];
  for (int i = 0; i < 12; i++) chains[i] = Widest::splat(1 + 0.1f * i);
  for (int i = 0; i < rounds * (32 / Widest::lanes); i++) {
    for (Widest& chain : chains) chain = fma(chain, x, y);
  }
  Widest sum = chains[0];
  for (int i = 1; i < 12; i++) sum = sum + chains[i];
  float values[Widest::lanes];
  sum.store(values);
  return values[0];
}

}  // namespace
