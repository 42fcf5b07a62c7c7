import type { MlpSpec } from '../../src/engine/engine.ts';

/**
 * Floating-point operations of the products by which one sample is learned from, multiply-adds counted as two: forward,
 * gradients of the weights, and gradients of what each layer but the first reads. All else (activations, biases, heads,
 * Adam) is left out, as it is from the speed of a kernel.
 */
export function learningFlops({ sizes, rowsPerSample = 1 }: MlpSpec): number {
  let products = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const weights = sizes[layer - 1] * sizes[layer];
    products += layer === 1 ? 2 * weights : 3 * weights;
  }
  return 2 * products * rowsPerSample;
}
