// The kernels for Node.js: `attach(bytes)` gives those of this machine for one memory, as functions of addresses in it.
#include <node_api.h>

#include <cstring>
#include <vector>

#include "table.h"

namespace {

struct Attached {
  uint8_t* memory;
  const KernelTable* kernels;
};

#if defined(__x86_64__)
/** Whether two builds give the same numbers, on products that take every kind of tile. */
bool agree(const KernelTable& one, const KernelTable& other) {
  constexpr uint32_t rows = 40, depth = 36, columns = 44, pitch = 32 * depth, aStride = 160, cStride = 192;
  constexpr uint32_t a = 64, b = a + rows * aStride, c = 16384, d = 24576, size = 32768;
  constexpr uint32_t forward[] = {a, aStride, b, pitch, depth, columns, 0, c, cStride, rows};
  constexpr uint32_t gradient[] = {a, aStride, depth, c, cStride, columns, d, pitch, rows};
  std::vector<float> memories[2];
  for (int i = 0; i < 2; i++) {
    const KernelTable& kernels = i == 0 ? one : other;
    std::vector<float>& memory = memories[i];
    memory.resize(size / 4);
    for (uint32_t k = 0; k < c / 4; k++) memory[k] = static_cast<float>(k * 7919 % 1000) / 1000 - 0.5f;
    auto* bytes = reinterpret_cast<uint8_t*>(memory.data());
    kernels.product(bytes, forward);
    kernels.outerProduct(bytes, gradient);
  }
  return memories[0] == memories[1];
}
#endif

/** The widest vectors that this processor has and that do as the narrower ones do. */
const KernelTable* kernelsHere(const char** name) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
  if (wide && agree(avx2Kernels, avx512Kernels)) {
    *name = "avx512";
    return &avx512Kernels;
  }
  *name = "avx2";
  return &avx2Kernels;
#else
  *name = "neon";
  return &neonKernels;
#endif
}

constexpr size_t mostArguments = 10;

/** The arguments of a call as numbers, and what it is about. */
struct Call {
  Attached* attached = nullptr;
  double values[mostArguments] = {};
  Call(napi_env env, napi_callback_info info) {
    size_t count = mostArguments;
    napi_value arguments[mostArguments];
    void* data;
    napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
    attached = static_cast<Attached*>(data);
    for (size_t i = 0; i < count && i < mostArguments; i++) napi_get_value_double(env, arguments[i], &values[i]);
  }
  uint8_t* memory() const { return attached->memory; }
  const KernelTable& kernels() const { return *attached->kernels; }
  uint32_t address(int i) const { return static_cast<uint32_t>(values[i]); }
  int number(int i) const { return static_cast<int>(values[i]); }
};

napi_value numberOf(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

napi_value forward(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  call.kernels().forward(call.memory(), call.address(0), call.number(1));
  return nullptr;
}

napi_value backward(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  call.kernels().backward(call.memory(), call.address(0), call.number(1), call.values[2] != 0, call.values[3] != 0);
  return nullptr;
}

napi_value norm(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return numberOf(env, call.kernels().norm(call.memory(), call.address(0), call.number(1)));
}

napi_value adam(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  call.kernels().adam(call.memory(), call.address(0), call.values[1]);
  return nullptr;
}

napi_value add(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  call.kernels().add(call.memory(), call.address(0), call.address(1), call.address(2));
  return nullptr;
}

napi_value approach(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const float share = static_cast<float>(call.values[3]);
  call.kernels().approach(call.memory(), call.address(0), call.address(1), call.address(2), share);
  return nullptr;
}

napi_value clear(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  memset(call.memory() + call.address(0), 0, call.address(1));
  return nullptr;
}

/** A product, whose arguments are handed on as they come. */
template <void (*KernelTable::*kernel)(uint8_t*, const uint32_t*)>
napi_value productOf(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint32_t arguments[mostArguments];
  for (size_t i = 0; i < mostArguments; i++) arguments[i] = call.address(i);
  (call.kernels().*kernel)(call.memory(), arguments);
  return nullptr;
}

napi_value peak(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return numberOf(env, call.kernels().peak(call.number(0)));
}

constexpr struct {
  const char* name;
  napi_callback function;
} functions[] = {
    {"forward", forward},
    {"backward", backward},
    {"norm", norm},
    {"adam", adam},
    {"add", add},
    {"approach", approach},
    {"clear", clear},
    {"product", productOf<&KernelTable::product>},
    {"outerProduct", productOf<&KernelTable::outerProduct>},
    {"peak", peak},
};

/** attach(bytes: Uint8Array over the whole memory): an object of functions, and `name`; undefined without kernels. */
napi_value attach(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value bytes;
  napi_get_cb_info(env, info, &count, &bytes, nullptr, nullptr);
  void* memory = nullptr;
  // A shared memory that grows does so in place: its first byte stays where it is.
  if (napi_get_typedarray_info(env, bytes, nullptr, nullptr, &memory, nullptr, nullptr) != napi_ok || !memory) {
    napi_throw_type_error(env, nullptr, "attach expects a Uint8Array over the memory");
    return nullptr;
  }
  const char* name = nullptr;
  const KernelTable* kernels = kernelsHere(&name);
  if (!kernels) return nullptr;

  napi_value result, text, holder;
  napi_create_object(env, &result);
  auto* attached = new Attached{static_cast<uint8_t*>(memory), kernels};
  const auto release = [](napi_env, void* data, void*) { delete static_cast<Attached*>(data); };
  napi_create_external(env, attached, release, nullptr, &holder);
  for (const auto& [functionName, function] : functions) {
    napi_value value;
    napi_create_function(env, functionName, NAPI_AUTO_LENGTH, function, attached, &value);
    // Every function keeps what it is about alive.
    napi_set_named_property(env, value, "attached", holder);
    napi_set_named_property(env, value, "memory", bytes);
    napi_set_named_property(env, result, functionName, value);
  }
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text);
  napi_set_named_property(env, result, "name", text);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "attach", NAPI_AUTO_LENGTH, attach, nullptr, &function);
  napi_set_named_property(env, exports, "attach", function);
  return exports;
}
