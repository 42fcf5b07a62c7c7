// One build of the kernels: compiled once for each kind of vectors, which the compiler is told, with KERNELS as its name.
#include "optimiser.h"
#include "table.h"

extern const KernelTable KERNELS = {
    forward,
    backward,
    [](uint8_t* memory, uint32_t numbers, int count) { return norm(floatsAt(memory, numbers), count); },
    adam,
    [](uint8_t* memory, uint32_t x, uint32_t y, uint32_t bytes) {
      add(floatsAt(memory, x), floatsAt(memory, y), bytes / 4);
    },
    [](uint8_t* memory, uint32_t x, uint32_t target, uint32_t bytes, float share) {
      approach(floatsAt(memory, x), floatsAt(memory, target), bytes / 4, share);
    },
    [](uint8_t* memory, const uint32_t* a) {
      const float* bias = a[6] == 0 ? nullptr : floatsAt(memory, a[6]);
      product(floatsAt(memory, a[0]), a[1] / 4, floatsAt(memory, a[2]), a[3] / 4, a[4], a[5], bias,
              floatsAt(memory, a[7]), a[8] / 4, a[9]);
    },
    [](uint8_t* memory, const uint32_t* a) {
      outerProduct(floatsAt(memory, a[0]), a[1] / 4, a[2], floatsAt(memory, a[3]), a[4] / 4, a[5],
                   floatsAt(memory, a[6]), a[7] / 4, a[8]);
    },
    peak,
};
