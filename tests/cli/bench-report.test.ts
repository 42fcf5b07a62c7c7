import { expect, test } from '@jest/globals';
import { casesOf } from '../../cli/bench/cases.ts';
import { learningFlops } from '../../cli/bench/flops.ts';
import { memoryUse } from '../../cli/bench/memory.ts';
import { type BenchResult, markdownOf, tablesOf, textOf } from '../../cli/bench/report.ts';
import { inTurns, ratiosOf, spreadOf } from '../../cli/bench/spread.ts';

test('a spread is the median of all rounds, and ratios are those of each', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
  // The machine was half as fast in the second round, for both.
  expect(ratiosOf([100, 50], [20, 10])).toEqual([5, 5]);
});

test('things are measured in turns', async () => {
  const order: string[] = [];
  let next = 0;
  const measure = (name: string) => async () => {
    order.push(name);
    return next++;
  };
  expect(await inTurns(2, [measure('a'), measure('b')])).toEqual([
    [0, 2],
    [1, 3],
  ]);
  expect(order).toEqual(['a', 'b', 'a', 'b']);
});

test('operations of learning from a sample, by hand', () => {
  // Forward and weight gradients: 2 x (3x5 + 5x7 + 7x2) = 2 x 64 each; input gradients of all layers but the first:
  // 2 x (5x7 + 7x2) = 2 x 49.
  expect(learningFlops({ sizes: [3, 5, 7, 2], activation: 'tanh', outputGain: 1 })).toBe(2 * (64 + 64 + 49));
  expect(learningFlops({ sizes: [3, 2], activation: 'tanh', outputGain: 1, rowsPerSample: 4 })).toBe(4 * 2 * 12);
});

test('memory at the end is held against that after warm-up, not against the start or single peaks', () => {
  const samples = Array.from({ length: 100 }, (_, k) => ({ steps: k + 1, bytes: k < 5 ? 10 : k < 50 ? 100 : 104 }));
  samples[97].bytes = 500;
  const use = memoryUse(samples, 100);
  expect(use).toEqual({ afterWarmUp: 100, atEnd: 104, most: 500, growth: 1.04 });
});

test('PPO is measured at the settings others are measured at', () => {
  const cases = casesOf('ppo');
  expect(cases.map(({ ppo }) => ppo!.numEnvs)).toEqual([8, 64, 2048]);
  const { numEnvs, rolloutSteps, minibatchSize } = cases[2].ppo!;
  expect((numEnvs * rolloutSteps) / minibatchSize).toBe(32);
  expect(casesOf('domains')).toHaveLength(4);
  expect(casesOf('kernels')).toEqual([]);
});

const phases = { environment: 0.1, inference: 0.05, learning: 0.8, rest: 0.05, learningGflops: 15, kernelGflops: 30 };
const result: BenchResult = {
  circumstances: {
    date: '2026-11-24',
    processor: 'A | processor',
    cores: 2,
    system: 'Linux 6',
    node: 'v20.0.0',
    loadBefore: 0.5,
    loadAfter: 1,
    rounds: 3,
    seconds: 6,
    peers: ['jax 1.2.3, Python 3.11.2'],
  },
  kernels: {
    engine: 'native (avx2)',
    peakGflops: 40,
    kernels: [{ name: 'forward 2048x64x64', gflops: 30, shareOfPeak: 0.75 }],
  },
  training: [
    {
      name: 'PPO',
      threads: 1,
      value: { median: 1000, least: 900, most: 1100 },
      gain: { median: 1, least: 1, most: 1 },
      phases,
      peers: [
        {
          name: 'jitted JAX',
          value: { median: 500, least: 500, most: 500 },
          ratio: { median: 2, least: 1.8, most: 2.2 },
          threads: undefined,
        },
      ],
    },
    {
      name: 'PPO',
      threads: 2,
      value: { median: 1700, least: 1700, most: 1700 },
      gain: { median: 1.7, least: 1.5, most: 1.8 },
      peers: [],
    },
  ],
  notes: ['No Python with gymnasium, zmq was found: the bridge was not measured.'],
};

test('tables tell speeds, their spread, the gain of threads, the peer, and the share of the kernel', () => {
  const [kernels, speeds, times] = tablesOf(result);
  expect(kernels.rows).toEqual([
    ['kernel, native (avx2), one core', 'GFLOP/s', 'of peak'],
    ['forward 2048x64x64', '30.0', '75 %'],
    ['peak', '40.0', ''],
  ]);
  expect(speeds.rows.slice(1)).toEqual([
    ['PPO', '1', '1,000 (900 to 1,100)', '', ''],
    ['- jitted JAX', 'its own', '500', '', '2.00 (1.80 to 2.20)'],
    ['PPO', '2', '1,700', '1.70 (1.50 to 1.80)', ''],
  ]);
  // 15 of 30 GFLOP/s; two threads have no phases.
  expect(times.rows.slice(1)).toEqual([['PPO', '10 %', '5 %', '80 %', '5 %', '15.0', '30.0', '50 %']]);
  for (const table of tablesOf(result)) {
    expect(new Set(table.rows.map((row) => row.length)).size).toBe(1);
    expect(textOf(table).length).toBeGreaterThanOrEqual(table.rows.length);
  }
});

test('the page says how it came about, and is Markdown', () => {
  const lines = markdownOf(result, 'upslope bench --against jax').split('\n');
  expect(lines[0]).toBe('# Benchmarks');
  expect(lines).toContain('Written by `upslope bench --against jax`; not by hand.');
  expect(lines).toContain('- 2026-11-24: A | processor, 2 cores, Linux 6, Node v20.0.0');
  expect(lines).toContain('- in turns with jax 1.2.3, Python 3.11.2');
  const head = lines.findIndex((line) => line.startsWith('| training |'));
  expect(lines[head + 1]).toBe('| --- | --- | --- | --- | --- |');
  expect(lines[head + 2]).toBe('| PPO | 1 | 1,000 (900 to 1,100) |  |  |');
  expect(lines[head + 3]).toBe('| - jitted JAX | its own | 500 |  | 2.00 (1.80 to 2.20) |');
  expect(lines.at(-1)).toBe('No Python with gymnasium, zmq was found: the bridge was not measured.');
});
