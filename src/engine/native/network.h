// Networks as the host lays them out in memory: the tables of ../kernels/layer.ts, with 32-bit addresses.
#pragma once

#include <cstdint>

#include "product.h"

namespace {

struct Layer {
  int32_t inputs, outputs;
  uint32_t inputStride, outputStride;
  int32_t activation;
  uint32_t input, preActivation, output, outputGradient, inputGradient;
  uint32_t weight, bias, transposed, weightGradient, biasGradient;
  int32_t transposedVersion;
};

struct Network {
  int32_t layers;
  uint32_t version;
  int32_t reserved[2];
};

inline float* floatsAt(uint8_t* memory, uint32_t address) { return reinterpret_cast<float*>(memory + address); }

inline Layer* layersOf(uint8_t* memory, uint32_t network) {
  return reinterpret_cast<Layer*>(memory + network + sizeof(Network));
}

/** Floats from one wide panel to the next, for a matrix of `depth` rows. */
inline size_t pitchOf(int depth) { return static_cast<size_t>(roundUp(depth, 4)) * 8; }

template <Activation activation>
inline void forwardLayer(uint8_t* memory, const Layer& layer, int rows) {
  const size_t outputStride = layer.outputStride / 4;
  float* preActivation = floatsAt(memory, layer.preActivation);
  float* output = floatsAt(memory, layer.output);
  // Sums are still at hand when a product is done with them; only those of narrow panels, and SiLU's, come by later.
  constexpr bool fusible = activation == TANH || activation == RELU;
  const bool fused = fusible && !hasNarrowPanel(layer.outputs);
  const auto multiply = fused ? product<fusible ? activation : NONE> : product<NONE>;
  multiply(floatsAt(memory, layer.input), layer.inputStride / 4, floatsAt(memory, layer.weight), pitchOf(layer.inputs),
           layer.inputs, layer.outputs, floatsAt(memory, layer.bias), fused ? output : preActivation, outputStride,
           rows);
  if (fused || activation == NONE) return;
  // Rows follow each other without a gap, so an activation sees one long vector.
  const size_t count = rows * outputStride;
  if (activation == SILU) {
    silu(preActivation, output, count);
  } else {
    activate<activation>(preActivation, output, count);
  }
}

inline void forward(uint8_t* memory, uint32_t network, int rows) {
  const int layers = reinterpret_cast<Network*>(memory + network)->layers;
  for (int index = 0; index < layers; index++) {
    const Layer& layer = layersOf(memory, network)[index];
    switch (layer.activation) {
      case NONE: forwardLayer<NONE>(memory, layer, rows); break;
      case TANH: forwardLayer<TANH>(memory, layer, rows); break;
      case RELU: forwardLayer<RELU>(memory, layer, rows); break;
      case SILU: forwardLayer<SILU>(memory, layer, rows); break;
    }
  }
}

inline void differentiateLayer(uint8_t* memory, const Layer& layer, int rows, bool wantBiasGradient) {
  float* dy = floatsAt(memory, layer.outputGradient);
  const float* y = floatsAt(memory, layer.output);
  float* bias = floatsAt(memory, layer.biasGradient);
  const size_t stride = layer.outputStride / 4;
  if (layer.activation == TANH) {
    differentiate<TANH>(dy, y, stride, layer.outputs, rows, bias, wantBiasGradient);
  } else if (layer.activation == RELU) {
    differentiate<RELU>(dy, y, stride, layer.outputs, rows, bias, wantBiasGradient);
  } else {
    if (layer.activation == SILU) differentiateSilu(floatsAt(memory, layer.preActivation), dy, rows * stride);
    if (wantBiasGradient) differentiate<NONE>(dy, y, stride, layer.outputs, rows, bias, true);
  }
}

inline void backward(uint8_t* memory, uint32_t network, int rows, bool wantInputGradient, bool wantParameterGradients) {
  const Network* table = reinterpret_cast<Network*>(memory + network);
  const int32_t version = *reinterpret_cast<int32_t*>(memory + table->version);
  for (int index = table->layers - 1; index >= 0; index--) {
    Layer& layer = layersOf(memory, network)[index];
    const size_t inputStride = layer.inputStride / 4, outputStride = layer.outputStride / 4;
    differentiateLayer(memory, layer, rows, wantParameterGradients);
    float* outputGradient = floatsAt(memory, layer.outputGradient);
    if (wantParameterGradients) {
      outerProduct(floatsAt(memory, layer.input), inputStride, layer.inputs, outputGradient, outputStride,
                   layer.outputs, floatsAt(memory, layer.weightGradient), pitchOf(layer.inputs), rows);
    }
    if (index == 0 && !wantInputGradient) break;
    float* transposed = floatsAt(memory, layer.transposed);
    if (layer.transposedVersion != version) {
      transposePanels(floatsAt(memory, layer.weight), pitchOf(layer.inputs), layer.inputs, layer.outputs, transposed,
                      pitchOf(layer.outputs));
      layer.transposedVersion = version;
    }
    product(outputGradient, outputStride, transposed, pitchOf(layer.outputs), layer.outputs, layer.inputs, nullptr,
            floatsAt(memory, layer.inputGradient), inputStride, rows);
  }
}

}  // namespace
