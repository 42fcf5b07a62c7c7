import type { KernelBench } from '../../src/engine/kernel-bench.ts';
import { alignColumns, formatNumber } from '../output.ts';
import type { Comparison } from './bridge.ts';
import type { MemoryUse } from './memory.ts';
import type { Phases } from './phases.ts';
import type { Spread } from './spread.ts';

/** Where and when was measured. */
export interface Circumstances {
  date: string;
  processor: string;
  cores: number;
  system: string;
  node: string;
  /** Processes that wanted a core, over the minute before the first and before the last measurement. */
  loadBefore: number;
  loadAfter: number;
  rounds: number;
  seconds: number;
  /** With versions. */
  peers: string[];
}

/** Something measured, alone or in turns with others. */
export interface Row {
  name: string;
  threads: number;
  value: Spread;
  /** As a multiple of the same in one thread, in the same rounds. */
  gain: Spread;
  phases?: Phases;
  peers: PeerRow[];
}

/** What another library did on as many cores. */
export interface PeerRow {
  name: string;
  value: Spread;
  /** Ours as a multiple of it. */
  ratio: Spread;
  /** `undefined` where it decides by itself. */
  threads: number | undefined;
}

export interface BenchResult {
  circumstances: Circumstances;
  kernels?: KernelBench;
  /** GFLOP/s. */
  products?: Row[];
  /** Actions a second. */
  inference?: Row[];
  /** Steps a second. */
  training?: Row[];
  /** Milliseconds of a minibatch. */
  update?: Row[];
  memory?: MemoryUse;
  bridge?: Comparison[];
  environments?: Comparison[];
  /** What could not be measured, and why. */
  notes: string[];
}

export interface BenchTable {
  rows: string[][];
  caption?: string;
}

export function tablesOf(result: BenchResult): BenchTable[] {
  const { kernels, products, inference, training, update, memory, bridge, environments } = result;
  const tables: BenchTable[] = [];
  if (kernels) tables.push(kernelTable(kernels));
  if (products && products.length > 0) tables.push(speedTable('product', 'GFLOP/s', products));
  if (inference) tables.push(speedTable('acting, CartPole-v1, 64-64 tanh', 'actions/s', inference));
  if (training && training.length > 0) {
    tables.push(speedTable('training', 'steps/s', training));
    const timed = training.filter(({ phases }) => phases !== undefined);
    if (timed.length > 0) tables.push(phaseTable(timed));
  }
  if (update) tables.push(speedTable('update, obs 17, act 6, 256-256', 'ms a minibatch', update));
  if (memory) tables.push(memoryTable(memory));
  if (bridge) tables.push(comparisonTable('CartPole-v1 stepped by', bridge));
  if (environments) tables.push(comparisonTable('one environment', environments));
  return tables;
}

export function circumstanceLines(circumstances: Circumstances): string[] {
  const { date, processor, cores, system, node, loadBefore, loadAfter, rounds, seconds, peers } = circumstances;
  return [
    `${date}: ${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${system}, Node ${node}`,
    `load of the machine ${loadBefore.toFixed(2)} before, ${loadAfter.toFixed(2)} after, which includes this`,
    `medians of ${rounds} rounds of ${seconds} s, least to most in brackets`,
    ...peers.map((peer) => `in turns with ${peer}`),
  ];
}

/** For the terminal. */
export function textOf({ rows, caption }: BenchTable): string[] {
  const lines = alignColumns(
    rows,
    rows[0].map((_, column) => column > 0),
  );
  return caption === undefined ? lines : [...lines, caption];
}

/** A page for people who were not there. */
export function markdownOf(result: BenchResult, command: string): string {
  const table = ({ rows: [head, ...rows], caption }: BenchTable): string[] => [
    markdownRow(head),
    markdownRow(head.map(() => '---')),
    ...rows.map(markdownRow),
    ...(caption === undefined ? [] : ['', caption]),
    '',
  ];
  return [
    '# Benchmarks',
    '',
    `Written by \`${command}\`; not by hand.`,
    '',
    ...circumstanceLines(result.circumstances).map((line) => `- ${line}`),
    '',
    ...tablesOf(result).flatMap(table),
    ...result.notes,
  ].join('\n');
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function kernelTable({ engine, kernels, peakGflops }: KernelBench): BenchTable {
  const rows = kernels.map(({ name, gflops, shareOfPeak }) => [name, gflops.toFixed(1), percent(shareOfPeak)]);
  return {
    rows: [[`kernel, ${engine}, one core`, 'GFLOP/s', 'of peak'], ...rows, ['peak', peakGflops.toFixed(1), '']],
  };
}

function speedTable(what: string, unit: string, measured: readonly Row[]): BenchTable {
  const compared = measured.some(({ peers }) => peers.length > 0);
  const times = (ratio: Spread) => spread(ratio, (value) => value.toFixed(2));
  const ratioOf = (ratio?: Spread) => (compared ? [ratio ? times(ratio) : ''] : []);
  const rows = measured.flatMap((row) => [
    [row.name, String(row.threads), spread(row.value, number), row.threads === 1 ? '' : times(row.gain), ...ratioOf()],
    ...row.peers.map(({ name, value, ratio, threads = 'its own' }) => [
      `- ${name}`,
      String(threads),
      spread(value, number),
      '',
      ...ratioOf(ratio),
    ]),
  ]);
  return { rows: [[what, 'threads', unit, 'of one thread', ...(compared ? ['ours / theirs'] : [])], ...rows] };
}

function phaseTable(measured: readonly Row[]): BenchTable {
  const rows = measured.map(({ name, phases }) => {
    const { environment, inference, learning, rest, learningGflops, kernelGflops } = phases!;
    const share = learningGflops === undefined ? '-' : percent(learningGflops / kernelGflops);
    const speed = learningGflops === undefined ? '-' : learningGflops.toFixed(1);
    return [name, ...[environment, inference, learning, rest].map(percent), speed, kernelGflops.toFixed(1), share];
  });
  const head = [
    'time of one thread',
    'environment',
    'inference',
    'learning',
    'rest',
    'GFLOP/s learning',
    "the kernels'",
    'of it',
  ];
  const caption = "The kernels': over the three products of a hidden layer, 2048x64x64, in turns with the learning.";
  return { rows: [head, ...rows], caption };
}

function memoryTable({ name, threads, steps, afterWarmUp, atEnd, most, growth }: MemoryUse): BenchTable {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const cells = [name, String(threads), number(steps), ...[afterWarmUp, atEnd, most].map(megabytes), growth.toFixed(3)];
  return { rows: [['resident memory', 'threads', 'steps', 'warmed up', 'at the end', 'most', 'end / warm'], cells] };
}

function comparisonTable(head: string, comparisons: readonly Comparison[]): BenchTable {
  const rows = comparisons.map(({ name, stepsPerSecond, against, theirs, ratio }) => [
    name,
    number(stepsPerSecond),
    against,
    number(theirs),
    `${ratio.toFixed(2)} x`,
  ]);
  return { rows: [[head, 'steps/s', 'against', 'steps/s', 'ratio'], ...rows] };
}

function spread({ median, least, most }: Spread, format: (value: number) => string): string {
  return least === most ? format(median) : `${format(median)} (${format(least)} to ${format(most)})`;
}

function number(value: number): string {
  return formatNumber(Math.abs(value) < 100 ? value : Math.round(value));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
