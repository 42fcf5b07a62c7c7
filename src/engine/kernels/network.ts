import { NONE, RELU, relu, reluGradient, SILU, silu, TANH, tanh, tanhGradient } from './activation';
import { Layer, layerOf, Network } from './layer';
import { outerProduct, product, roundUp, transposePanels } from './product';
import { splat } from './simd';

/** Bytes from one wide panel to the next, for a matrix of `depth` rows. */
// @ts-ignore: decorator
@inline
function panelBytes(depth: i32): usize {
  return roundUp(depth, 4) * 32;
}

/** Computes `output` of every layer for the first `rows` rows of the first layer's `input`. */
export function forward(network: usize, rows: i32): void {
  const layers = changetype<Network>(network).layers;
  for (let index = 0; index < layers; index++) {
    const layer = layerOf(network, index);
    product(
      layer.input, layer.inputStride, layer.weight, panelBytes(layer.inputs), layer.inputs, layer.outputs,
      layer.bias, layer.preActivation, layer.outputStride, rows,
    );
    activate(layer, rows);
  }
}

/** Given the last layer's `outputGradient`: adds to the parameter gradients, computes the first layer's `inputGradient`. */
export function backward(network: usize, rows: i32, wantInputGradient: bool, wantParameterGradients: bool): void {
  const version = load<i32>(changetype<Network>(network).version);
  for (let index = changetype<Network>(network).layers - 1; index >= 0; index--) {
    const layer = layerOf(network, index);
    differentiate(layer, rows, wantParameterGradients);
    if (wantParameterGradients) {
      outerProduct(
        layer.input, layer.inputStride, layer.inputs, layer.outputGradient, layer.outputStride, layer.outputs,
        layer.weightGradient, panelBytes(layer.inputs), rows,
      );
    }
    if (index == 0 && !wantInputGradient) break;

    if (layer.transposedVersion != version) {
      transposePanels(
        layer.weight, panelBytes(layer.inputs), layer.inputs, layer.outputs,
        layer.transposed, panelBytes(layer.outputs),
      );
      layer.transposedVersion = version;
    }
    product(
      layer.outputGradient, layer.outputStride, layer.transposed, panelBytes(layer.outputs), layer.outputs,
      layer.inputs, 0, layer.inputGradient, layer.inputStride, rows,
    );
  }
}

/** Rows follow each other without a gap, so an activation sees one long vector. */
function activate(layer: Layer, rows: i32): void {
  const bytes = <usize>rows * layer.outputStride;
  switch (layer.activation) {
    case TANH: return tanh(layer.preActivation, layer.output, bytes);
    case RELU: return relu(layer.preActivation, layer.output, bytes);
    case SILU: return silu(layer.preActivation, layer.output, bytes, false);
  }
}

/** dLoss/dOutput to dLoss/dPreActivation, in place, and where wanted its column sums to the bias gradient. */
function differentiate(layer: Layer, rows: i32, wantBiasGradient: bool): void {
  switch (layer.activation) {
    case TANH: return differentiateAs(TANH, layer, rows, wantBiasGradient);
    case RELU: return differentiateAs(RELU, layer, rows, wantBiasGradient);
    case SILU: silu(layer.preActivation, layer.outputGradient, <usize>rows * layer.outputStride, true);
  }
  if (wantBiasGradient) differentiateAs(NONE, layer, rows, true);
}

/** Expanded for each activation, so that the loop does not ask. */
// @ts-ignore: decorator
@inline
function differentiateAs(activation: i32, layer: Layer, rows: i32, wantBiasGradient: bool): void {
  const stride = layer.outputStride;
  const width: usize = roundUp(layer.outputs, 8) * 4;
  for (let column: usize = 0; column < width; column += 32) {
    let dy = layer.outputGradient + column;
    let y = layer.output + column;
    const gradient = layer.biasGradient + column;
    let sum0 = v128.load(gradient);
    let sum1 = v128.load(gradient, 16);
    for (let row = 0; row < rows; row++) {
      let d0 = v128.load(dy);
      let d1 = v128.load(dy, 16);
      if (activation == TANH) {
        d0 = tanhGradient(d0, v128.load(y));
        d1 = tanhGradient(d1, v128.load(y, 16));
      } else if (activation == RELU) {
        d0 = reluGradient(d0, v128.load(y));
        d1 = reluGradient(d1, v128.load(y, 16));
      }
      if (activation != NONE) {
        v128.store(dy, d0);
        v128.store(dy, d1, 16);
      }
      sum0 = f32x4.add(sum0, d0);
      sum1 = f32x4.add(sum1, d1);
      dy += stride;
      y += stride;
    }
    if (wantBiasGradient) {
      v128.store(gradient, sum0);
      v128.store(gradient, sum1, 16);
    }
  }
}
