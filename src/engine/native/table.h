// What a build of the kernels for one kind of vectors offers. Addresses are bytes from the start of the memory.
#pragma once

#include <cstdint>

struct KernelTable {
  void (*forward)(uint8_t* memory, uint32_t network, int rows);
  void (*backward)(uint8_t* memory, uint32_t network, int rows, bool wantInputGradient, bool wantParameterGradients);
  double (*norm)(uint8_t* memory, uint32_t numbers, int count);
  void (*adam)(uint8_t* memory, uint32_t settings, double gradientNorm);
  void (*add)(uint8_t* memory, uint32_t x, uint32_t y, uint32_t bytes);
  void (*approach)(uint8_t* memory, uint32_t x, uint32_t target, uint32_t bytes, float share);
  void (*product)(uint8_t* memory, const uint32_t* arguments);
  void (*outerProduct)(uint8_t* memory, const uint32_t* arguments);
  float (*peak)(int rounds);
};

extern const KernelTable avx2Kernels;
extern const KernelTable avx512Kernels;
extern const KernelTable neonKernels;
