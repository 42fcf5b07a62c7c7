/** What the kernels export; pointers are byte addresses in their memory. */
export interface Kernels {
  forward(network: number, rows: number): void;
  backward(network: number, rows: number, wantInputGradient: number, wantParameterGradients: number): void;
  /** Euclidean norm of so many numbers, a multiple of 16. */
  norm(numbers: number, count: number): number;
  /** Takes the address of `AdamStep` in kernels/adam.ts. */
  adam(settings: number, gradientNorm: number): void;
  add(x: number, y: number, bytes: number): void;
  approach(x: number, target: number, bytes: number, share: number): void;
  clear(address: number, bytes: number): void;
  product(
    a: number,
    aStride: number,
    b: number,
    panelBytes: number,
    depth: number,
    columns: number,
    bias: number,
    c: number,
    cStride: number,
    rows: number,
  ): void;
  outerProduct(
    a: number,
    aStride: number,
    height: number,
    b: number,
    bStride: number,
    columns: number,
    c: number,
    panelBytes: number,
    rows: number,
  ): void;
  /** `rounds` x 384 independent multiply-adds, as fast as they can be. */
  peak(rounds: number): number;
}
