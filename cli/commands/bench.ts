import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import '../../envs/index.ts';
import { benchKernels } from '../../src/engine/kernel-bench.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { measureBridge } from '../bench/bridge.ts';
import { type Part, parts } from '../bench/cases.ts';
import { measureEnvironments } from '../bench/environments.ts';
import { type MeasureOptions, measureActing, measureCases, measureProducts, measureUpdates } from '../bench/measure.ts';
import { measureMemory } from '../bench/memory.ts';
import { findPeer, findPythonWith, type PeerName, peerNames, preparePeer } from '../bench/peer-environment.ts';
import { openPeer, type Peer } from '../bench/peers.ts';
import { type BenchResult, circumstanceLines, markdownOf, tablesOf, textOf } from '../bench/report.ts';
import { printJson } from '../output.ts';
import { createDisplay } from '../progress-display.ts';
import { wholeNumber } from '../usage-error.ts';

interface BenchOptions {
  rounds: number;
  seconds: number;
  threads?: number;
  against?: PeerName[];
  only?: Part[];
  steps: number;
  write?: string;
  json?: boolean;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description(
      'measure the kernels, acting, learning and its phases, the four domains, the bridge, and other libraries',
    )
    .option('--rounds <n>', 'measurements of each, in turns; medians are told', wholeNumber(1), 3)
    .option('--seconds <n>', 'length of each measurement of learning', wholeNumber(1), 6)
    .option('--threads <n>', 'measure with so many threads beside one (default: one for each core)', wholeNumber(1))
    .addOption(listOption('--against <peer>', 'set up another library and measure it in turns', peerNames))
    .addOption(listOption('--only <part>', 'leave out the other parts', parts))
    .option('--steps <n>', 'length of the run whose memory is watched', wholeNumber(1), 10_000_000)
    .option('--write <file>', 'write the tables as a page of Markdown too')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Other libraries are measured in turns with Upslope, at the same settings, on as many cores; ratios are those of each
round. --against sb3 is Stable-Baselines3 (with one torch thread or one for each core, whichever is faster), --against jax
a PPO that is one jitted program. Each gets a virtual environment of its own the first time, in ~/.cache/upslope/bench,
unless the Python on the path, or the one UPSLOPE_PYTHON names, has it already. Without --against, Stable-Baselines3 is
measured where a Python has it. Where that Python has gymnasium and pyzmq, so is the bridge; with mujoco, so is Reacher.

Examples:
  $ upslope bench
  $ upslope bench --against jax --only kernels --only ppo --rounds 5
  $ upslope bench --against sb3 --against jax --write docs/benchmarks.md
  $ upslope bench --only memory --steps 1000000
  $ UPSLOPE_PYTHON=~/sb3/bin/python upslope bench --rounds 5 --json`,
    )
    .action(bench);
}

/** An option that may be given more than once. */
function listOption<T extends string>(flags: string, description: string, choices: readonly T[]): Option {
  return new Option(flags, `${description}: ${choices.join(', ')}; may be given more than once`).argParser(
    (given: string, before: T[] = []) => {
      const choice = choices.find((name) => name === given);
      if (choice === undefined) throw new InvalidArgumentError(`Expected one of ${choices.join(', ')}.`);
      return [...before, choice];
    },
  );
}

async function bench(options: BenchOptions): Promise<void> {
  const { rounds, seconds, json } = options;
  const say = (text: string): void => {
    if (process.stderr.isTTY && !json) process.stderr.write(`measuring ${text}\n`);
  };
  const loadBefore = loadavg()[0];
  const peers = await peersFor(options);
  const most = options.threads ?? availableParallelism();
  const measuring: MeasureOptions = { rounds, seconds, threads: most === 1 ? [1] : [1, most], peers, say };
  const measured = await measureParts(options, measuring);
  const result: BenchResult = {
    circumstances: {
      date: new Date().toISOString().slice(0, 10),
      processor: cpus()[0]?.model ?? 'unknown processor',
      cores: availableParallelism(),
      system: `${type()} ${release()}`,
      node: process.version,
      loadBefore,
      loadAfter: loadavg()[0],
      rounds,
      seconds,
      peers: peers.map(({ versions }) => versions),
    },
    ...measured,
  };

  if (json) printJson(result);
  else {
    const tables = tablesOf(result).flatMap((table) => ['', ...textOf(table)]);
    process.stdout.write(`${[...circumstanceLines(result.circumstances), ...tables, ...result.notes].join('\n')}\n`);
  }
  // Last, so that a file that cannot be written does not lose what took long to measure.
  if (options.write !== undefined) writeFileAtomic(resolve(options.write), `${markdownOf(result, called(options))}\n`);
}

async function measureParts(asked: BenchOptions, options: MeasureOptions): Promise<Omit<BenchResult, 'circumstances'>> {
  const result: Omit<BenchResult, 'circumstances'> = { notes: [] };
  const chosen: readonly Part[] = asked.only ?? parts;
  const { rounds, say } = options;
  const seconds = Math.min(options.seconds, 3);
  if (chosen.includes('kernels')) {
    say('kernels');
    result.kernels = benchKernels();
    result.products = await measureProducts(options);
  }
  if (chosen.includes('inference')) result.inference = await measureActing(options);
  for (const part of ['ppo', 'sac', 'domains'] as const) {
    if (chosen.includes(part)) result.training = [...(result.training ?? []), ...(await measureCases(part, options))];
  }
  if (chosen.includes('update')) result.update = await measureUpdates(options);
  if (chosen.includes('memory')) result.memory = await watchMemory(asked, say);
  const python = async (part: Part, modules: string, what: string): Promise<string | undefined> => {
    if (!chosen.includes(part)) return undefined;
    const found = await findPythonWith(modules);
    if (found === undefined) result.notes.push(`No Python with ${modules} was found: ${what} not measured.`);
    return found;
  };
  const gymnasium = await python('bridge', 'gymnasium, zmq', 'the bridge was');
  if (gymnasium !== undefined) {
    say('the bridge');
    result.bridge = await measureBridge(gymnasium, rounds, seconds);
  }
  const mujoco = await python('environments', 'gymnasium, mujoco', 'environments were');
  if (mujoco !== undefined) {
    say('environments');
    result.environments = await measureEnvironments(mujoco, rounds, seconds);
  }
  return result;
}

/** Those that were asked for, which are set up if need be, else Stable-Baselines3 where it is there. */
async function peersFor({ against, only = [...parts] }: BenchOptions): Promise<Peer[]> {
  const compared: readonly Part[] = ['kernels', 'inference', 'ppo', 'sac', 'update'];
  if (!only.some((part) => compared.includes(part))) return [];
  if (against === undefined) {
    const python = await findPeer('sb3');
    return python === undefined ? [] : [await openPeer('sb3', python)];
  }
  const peers: Peer[] = [];
  for (const name of against) {
    // Said whoever watches: nothing else happens for minutes.
    peers.push(await openPeer(name, await preparePeer(name, (text) => process.stderr.write(`bench: ${text}\n`))));
  }
  return peers;
}

async function watchMemory({ steps, threads = 1, json }: BenchOptions, say: (text: string) => void) {
  say(`memory over ${steps} steps`);
  const display = process.stderr.isTTY && !json ? createDisplay() : undefined;
  try {
    return await measureMemory(steps, threads, (progress) => display?.show(progress));
  } finally {
    display?.stop();
  }
}

/** The call that makes the same page, for whoever reads it. */
function called({ rounds, seconds, threads, against = [], only = [], steps }: BenchOptions): string {
  return [
    `upslope bench --rounds ${rounds} --seconds ${seconds} --steps ${steps}`,
    ...(threads === undefined ? [] : [`--threads ${threads}`]),
    ...against.map((peer) => `--against ${peer}`),
    ...only.map((part) => `--only ${part}`),
  ].join(' ');
}
