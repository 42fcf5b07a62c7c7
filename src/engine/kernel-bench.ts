import { type KernelChoice, wasmRuntime } from './wasm/runtime.ts';

/** The speed of one kernel on one core. */
export interface KernelSpeed {
  /** What was computed: `forward 64x64x64` for rows x inputs x outputs. */
  name: string;
  /** Multiply-adds counted as two; median over the repetitions. */
  gflops: number;
  /** Of the peak measured alongside, 0 to 1; median over the repetitions. */
  shareOfPeak: number;
}

export interface KernelBench {
  /** The engine measured, such as `wasm (relaxed simd)`. */
  engine: string;
  /** Arithmetic alone, independent multiply-adds: the most a kernel of such vectors can reach. */
  peakGflops: number;
  kernels: KernelSpeed[];
}

interface Case {
  name: string;
  flops: number;
  run(): void;
}

const width = 64;
const mostRows = 2048;
const peakRounds = 400;
/** Of one timed stretch, in floating-point operations: about a millisecond. */
const stretchFlops = 4e7;

/**
 * Measures the matrix products behind a hidden layer of 64, and the peak, in turns, so that other load on the machine
 * falls on all of them. Takes about a second. In the plain build the peak's chains are bound by the latency of two
 * instructions, so that a kernel can exceed it.
 *
 * @param options.kernels as in `createCpuEngine`
 * @throws UserError as `createCpuEngine`
 */
export function benchKernels({
  kernels: choice,
  repetitions = 41,
}: {
  kernels?: KernelChoice;
  repetitions?: number;
} = {}): KernelBench {
  const { name, peak, products, close } = openProducts([64, mostRows], choice);
  const rates = new Map(products.map(({ name }) => [name, { gflops: [] as number[], shares: [] as number[] }]));
  const peaks: number[] = [];
  // The first tenth lets V8 replace its quick compilation by the optimised one.
  const warmUp = Math.ceil(repetitions / 10) + 2;
  for (let repetition = -warmUp; repetition < repetitions; repetition++) {
    for (const kernel of products) {
      const before = gflopsOf(peak);
      const gflops = gflopsOf(kernel);
      const around = (before + gflopsOf(peak)) / 2;
      if (repetition < 0) continue;
      const rate = rates.get(kernel.name)!;
      rate.gflops.push(gflops);
      rate.shares.push(gflops / around);
      peaks.push(around);
    }
  }
  close();

  return {
    engine: name,
    peakGflops: median(peaks),
    kernels: [...rates].map(([name, { gflops, shares }]) => ({
      name,
      gflops: median(gflops),
      shareOfPeak: median(shares),
    })),
  };
}

/** The kernels' own speed, to be measured in turns with what is made of them. */
export interface KernelClock {
  /** A millisecond or two of equal work in each of the three products of a hidden layer, 2048x64x64. */
  measure(): void;
  /** Over all that was measured. */
  gflops(): number;
  close(): void;
}

/** @throws UserError as `createCpuEngine` */
export function openKernelClock(): KernelClock {
  const { products, close } = openProducts([mostRows]);
  let flops = 0;
  let milliseconds = 0;
  return {
    measure() {
      for (const product of products) {
        milliseconds += timeOf(product);
        flops += stretchFlops;
      }
    },
    gflops: () => flops / (milliseconds * 1e6),
    close,
  };
}

/**
 * GFLOP/s of C = A B + bias with 2048 rows and 64 columns of A and of B, on one core, measured for so long.
 *
 * @throws UserError as `createCpuEngine`
 */
export function measureProduct(seconds: number): number {
  const { products, close } = openProducts([mostRows]);
  const [forward] = products;
  let milliseconds = 0;
  let stretches = 0;
  do {
    milliseconds += timeOf(forward);
    stretches++;
  } while (milliseconds < seconds * 1000);
  close();
  return (stretches * stretchFlops) / (milliseconds * 1e6);
}

/** The products of a hidden layer on so many rows each, and the peak. */
function openProducts(rowsOfEach: readonly number[], choice?: KernelChoice) {
  const { name, kernels, allocator } = wasmRuntime(choice);
  const matrixBytes = mostRows * width * 4;
  const stride = width * 4;
  const panelBytes = width * 32;
  const [a, b, c] = [matrixBytes, matrixBytes, matrixBytes].map((bytes) => allocator.allocate(bytes));
  const [weights, gradients, bias] = [width * stride, width * stride, stride].map((bytes) => allocator.allocate(bytes));
  for (const [address, floats] of [
    [a, mostRows * width],
    [b, mostRows * width],
    [weights, width * width],
  ]) {
    const view = allocator.floats(address, floats);
    // Any numbers in (-0.5, 0.5): the time does not depend on them.
    for (let i = 0; i < view.length; i++) view[i] = ((i * 0.618034) % 1) - 0.5;
  }

  const forward = (rows: number) =>
    kernels.product(a, stride, weights, panelBytes, width, width, bias, c, stride, rows);
  const inputGradient = (rows: number) =>
    kernels.product(b, stride, weights, panelBytes, width, width, 0, c, stride, rows);
  const weightGradient = (rows: number) =>
    kernels.outerProduct(a, stride, width, b, stride, width, gradients, panelBytes, rows);
  const products: Case[] = rowsOfEach.flatMap((rows) => {
    const shape = `${rows}x${width}x${width}`;
    const flops = 2 * rows * width * width;
    return [
      { name: `forward ${shape}`, flops, run: () => forward(rows) },
      { name: `weight gradient ${shape}`, flops, run: () => weightGradient(rows) },
      { name: `input gradient ${shape}`, flops, run: () => inputGradient(rows) },
    ];
  });
  const peak: Case = { name: 'peak', flops: peakRounds * 96 * 8, run: () => kernels.peak(peakRounds) };
  const close = (): void => {
    for (const address of [a, b, c, weights, gradients, bias]) allocator.release(address);
  };
  return { name, peak, products, close };
}

/** Rate over one stretch of about a millisecond. */
function gflopsOf(kernel: Case): number {
  return stretchFlops / (timeOf(kernel) * 1e6);
}

/** Milliseconds of one stretch. */
function timeOf({ flops, run }: Case): number {
  const times = Math.max(1, Math.round(stretchFlops / flops));
  const start = performance.now();
  for (let i = 0; i < times; i++) run();
  return ((performance.now() - start) * stretchFlops) / (times * flops);
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
