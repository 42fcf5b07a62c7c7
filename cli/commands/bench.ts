import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import '../../envs/index.ts';
import { benchKernels } from '../../src/engine/kernel-bench.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { measureBridge } from '../bench/bridge.ts';
import { type Part, parts } from '../bench/cases.ts';
import { measureEnvironments } from '../bench/environments.ts';
import { type MeasureOptions, measureCases, measureProducts, measureUpdates } from '../bench/measure.ts';
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
  against?: PeerName;
  only?: Part[];
  memory?: number | true;
  write?: string;
  json?: boolean;
}

const MEMORY_STEPS = 10_000_000;

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the kernels, learning and its phases, the four domains, the bridge, and other libraries')
    .option('--rounds <n>', 'measurements of each, in turns; medians are told', wholeNumber(1), 3)
    .option('--seconds <n>', 'length of each measurement of learning', wholeNumber(1), 6)
    .option('--threads <n>', 'measure with so many threads too (default: one for each core)', wholeNumber(1))
    .addOption(new Option('--against <peer>', 'set up another library and measure it in turns').choices(peerNames))
    .addOption(
      new Option('--only <part>', `one of ${parts.join(', ')}; may be given more than once`).argParser(
        (part: string, before: Part[] = []) => [...before, checkedPart(part)],
      ),
    )
    .option('--memory [steps]', 'only watch the memory of a long run (default: of 10,000,000 steps)', wholeNumber(1))
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
  $ upslope bench --against sb3 --write docs/benchmarks.md
  $ upslope bench --memory 1e7 --threads 1
  $ UPSLOPE_PYTHON=~/sb3/bin/python upslope bench --rounds 5 --json`,
    )
    .action(bench);
}

function checkedPart(part: string): Part {
  const found = parts.find((name) => name === part);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Expected one of ${parts.join(', ')}.`);
}

async function bench(options: BenchOptions): Promise<void> {
  const { rounds, seconds, json } = options;
  const say = (text: string): void => {
    if (process.stderr.isTTY && !json) process.stderr.write(`measuring ${text}\n`);
  };
  const loadBefore = loadavg()[0];
  const peer = options.memory === undefined ? await peerFor(options) : undefined;
  const most = options.threads ?? availableParallelism();
  const measuring: MeasureOptions = { rounds, seconds, threads: most === 1 ? [1] : [1, most], peer, say };
  const measured =
    options.memory === undefined
      ? await measureParts(options.only ?? parts, measuring)
      : { memory: await watchMemory(options), notes: [] };
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
      peer: peer?.versions,
    },
    ...measured,
  };

  if (options.write !== undefined) writeFileAtomic(resolve(options.write), `${markdownOf(result, called(options))}\n`);
  if (json) printJson(result);
  else {
    const tables = tablesOf(result).flatMap((table) => ['', ...textOf(table)]);
    process.stdout.write(`${[...circumstanceLines(result.circumstances), ...tables, ...result.notes].join('\n')}\n`);
  }
}

async function measureParts(
  chosen: readonly Part[],
  options: MeasureOptions,
): Promise<Omit<BenchResult, 'circumstances'>> {
  const result: Omit<BenchResult, 'circumstances'> = { notes: [] };
  const { rounds, say } = options;
  const seconds = Math.min(options.seconds, 3);
  if (chosen.includes('kernels')) {
    say('kernels');
    result.kernels = benchKernels();
    result.products = await measureProducts(options);
  }
  for (const part of ['ppo', 'sac', 'domains'] as const) {
    if (chosen.includes(part)) result.training = [...(result.training ?? []), ...(await measureCases(part, options))];
  }
  if (chosen.includes('update')) result.update = await measureUpdates(options);
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

/** The one that was asked for, which is set up if need be, else Stable-Baselines3 where it is there. */
async function peerFor({ against }: BenchOptions): Promise<Peer | undefined> {
  if (against === undefined) {
    const python = await findPeer('sb3');
    return python === undefined ? undefined : openPeer('sb3', python);
  }
  // Said whoever watches: nothing else happens for minutes.
  return openPeer(against, await preparePeer(against, (text) => process.stderr.write(`bench: ${text}\n`)));
}

async function watchMemory({ memory, threads = 1, json }: BenchOptions) {
  const steps = memory === true || memory === undefined ? MEMORY_STEPS : memory;
  const watched = process.stderr.isTTY && !json;
  const display = watched ? createDisplay() : undefined;
  try {
    return await measureMemory(steps, threads, (progress) => display?.show(progress));
  } finally {
    display?.stop();
  }
}

/** The call that makes the same page, for whoever reads it. */
function called({ rounds, seconds, threads, against, only = [], memory }: BenchOptions): string {
  return [
    'upslope bench',
    ...(memory === undefined
      ? [`--rounds ${rounds} --seconds ${seconds}`]
      : [memory === true ? '--memory' : `--memory ${memory}`]),
    ...(threads === undefined ? [] : [`--threads ${threads}`]),
    ...(against === undefined ? [] : [`--against ${against}`]),
    ...only.map((part) => `--only ${part}`),
  ].join(' ');
}
