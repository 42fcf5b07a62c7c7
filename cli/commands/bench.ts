import { cpus } from 'node:os';
import { Command } from 'commander';
import '../../envs/index.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { benchKernels } from '../../src/engine/kernel-bench.ts';
import { quantile } from '../../src/estimators/statistics.ts';
import { type Comparison, measureBridge } from '../bench/bridge.ts';
import { measureEnvironments } from '../bench/environments.ts';
import { type LearningSpeed, learningCases, measureLearning } from '../bench/learning.ts';
import { measureSac, type SacSpeed } from '../bench/sac.ts';
import { findPythonWith, measureSb3 } from '../bench/sb3.ts';
import { alignColumns, formatNumber, printJson } from '../output.ts';
import { wholeNumber } from '../usage-error.ts';

interface BenchOptions {
  rounds: number;
  seconds: number;
  json?: boolean;
}

interface LearningResult extends LearningSpeed {
  name: string;
  /** Of Stable-Baselines3 at the same settings, and how many times as fast this is; medians over the rounds. */
  sb3StepsPerSecond?: number;
  ratio?: number;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the kernels, the speed of learning on one core, the bridge to Python, and the robot arm')
    .option('--rounds <n>', 'measurements of each, of which the median is told', wholeNumber(1), 3)
    .option('--seconds <n>', 'length of each measurement of learning', wholeNumber(1), 6)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Where the python3 on the path, or the one UPSLOPE_PYTHON names, has stable-baselines3, it is measured in turns with
Upslope at the same settings with one torch thread, and the ratio is that of each turn. Where it has gymnasium and
pyzmq, so is the bridge, with Gymnasium's own vector environments; where it has mujoco, so is Reacher.

Examples:
  $ upslope bench
  $ UPSLOPE_PYTHON=~/sb3/bin/python upslope bench --rounds 5 --json`,
    )
    .action(bench);
}

async function bench({ rounds, seconds, json }: BenchOptions): Promise<void> {
  const machine = cpus()[0]?.model ?? 'unknown processor';
  const kernels = benchKernels();
  if (!json) {
    const rows = kernels.kernels.map(({ name, gflops, shareOfPeak }) => [
      name,
      `${gflops.toFixed(1)} GFLOP/s`,
      percent(shareOfPeak),
    ]);
    print([
      `${machine}, ${kernels.engine}, Node ${process.version}, one core`,
      '',
      ...table([['kernel', 'speed', 'of peak'], ...rows, ['peak', `${kernels.peakGflops.toFixed(1)} GFLOP/s`, '']]),
      '',
    ]);
  }

  const python = await findPythonWith('stable_baselines3');
  const learning: LearningResult[] = [];
  for (const setting of learningCases) {
    const speeds: LearningSpeed[] = [];
    const peers: number[] = [];
    for (let round = 0; round < rounds; round++) {
      speeds.push(await measureLearning(createCpuEngine(), setting, seconds));
      if (python !== undefined) peers.push(await measureSb3(python, setting, seconds));
    }
    const median = (of: (speed: LearningSpeed, round: number) => number): number => quantile(speeds.map(of), 0.5);
    learning.push({
      name: setting.name,
      stepsPerSecond: median((speed) => speed.stepsPerSecond),
      environment: median((speed) => speed.environment),
      inference: median((speed) => speed.inference),
      learning: median((speed) => speed.learning),
      ...(python !== undefined && {
        sb3StepsPerSecond: quantile(peers, 0.5),
        ratio: median((speed, round) => speed.stepsPerSecond / peers[round]),
      }),
    });
  }
  const sac = await measureSac(createCpuEngine(), python, rounds, seconds);
  const gymnasium = await findPythonWith('gymnasium, zmq');
  const bridge = gymnasium === undefined ? [] : await measureBridge(gymnasium, rounds, Math.min(seconds, 3));
  const mujoco = await findPythonWith('gymnasium, mujoco');
  const environments = mujoco === undefined ? [] : await measureEnvironments(mujoco, rounds, Math.min(seconds, 3));
  if (json) {
    printJson({ machine, node: process.version, rounds, seconds, ...kernels, learning, sac, bridge, environments });
    return;
  }
  const head = ['PPO on CartPole-v1', 'steps/s', 'environment', 'inference', 'learning', 'SB3 steps/s', 'ratio'];
  const rows = learning.map((result) => [
    result.name,
    formatNumber(Math.round(result.stepsPerSecond)),
    percent(result.environment),
    percent(result.inference),
    percent(result.learning),
    ...peerCells(result),
  ]);
  print(table([head, ...rows]));
  const sacHead = ['SAC, a gradient step for every step', 'steps/s', 'SB3 steps/s', 'ratio'];
  print(['', ...table([sacHead, [sac.name, formatNumber(Math.round(sac.stepsPerSecond)), ...peerCells(sac)]])]);
  if (python === undefined)
    print(['No Python with stable-baselines3 was found to compare with; see upslope bench --help.']);
  if (gymnasium === undefined) print(['No Python with gymnasium and pyzmq was found: the bridge was not measured.']);
  else print(['', ...comparisonTable('CartPole-v1 stepped by', bridge)]);
  if (mujoco === undefined) print(['No Python with gymnasium and mujoco was found to compare the robot arm with.']);
  else print(['', ...comparisonTable('one environment', environments)]);
}

function peerCells({ sb3StepsPerSecond, ratio }: LearningResult | SacSpeed): string[] {
  if (sb3StepsPerSecond === undefined || ratio === undefined) return ['-', '-'];
  return [formatNumber(Math.round(sb3StepsPerSecond)), `${ratio.toFixed(2)} x`];
}

function comparisonTable(head: string, comparisons: readonly Comparison[]): string[] {
  const speed = (value: number) => formatNumber(Math.round(value));
  const rows = comparisons.map(({ name, stepsPerSecond, against, theirs, ratio }) => [
    name,
    speed(stepsPerSecond),
    against,
    speed(theirs),
    `${ratio.toFixed(2)} x`,
  ]);
  return table([[head, 'steps/s', 'against', 'steps/s', 'ratio'], ...rows]);
}

function table(rows: string[][]): string[] {
  return alignColumns(
    rows,
    rows[0].map((_, i) => i > 0),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
