import { expect, test } from '@jest/globals';
import { benchKernels } from '../../src/engine/kernel-bench.ts';
import { wasmRuntime } from '../../src/engine/wasm/runtime.ts';
import { builds } from './builds.ts';

test.each(builds)('measures every product against the peak, and gives its memory back: %s', (build) => {
  const { name, allocator } = wasmRuntime(build);
  const used = allocator.used;
  const { engine, peakGflops, kernels } = benchKernels({ kernels: build, repetitions: 1 });
  expect(engine).toBe(name);
  expect(kernels.map(({ name }) => name)).toEqual([
    'forward 64x64x64',
    'weight gradient 64x64x64',
    'input gradient 64x64x64',
    'forward 2048x64x64',
    'weight gradient 2048x64x64',
    'input gradient 2048x64x64',
  ]);
  expect(peakGflops).toBeGreaterThan(0);
  for (const { gflops, shareOfPeak } of kernels) {
    expect(gflops).toBeGreaterThan(0);
    expect(Number.isFinite(shareOfPeak)).toBe(true);
  }
  expect(allocator.used).toBe(used);
});
