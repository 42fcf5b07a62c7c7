import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadEnvironment } from '../../scenarios/environments.ts';
import { loadScenario } from '../../scenarios/load.ts';
import { prepareRun, type RunOptions } from '../../scenarios/prepare.ts';
import type { Scenario } from '../../scenarios/schema.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { type RunSummary, train } from '../../src/training/run.ts';
import { readRunConfig } from '../../src/training/run-directory.ts';
import { evaluateInDomain, loadRunPolicy, openRun } from '../finished-run.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { formatDuration, formatNumber, formatTable, printJson } from '../output.ts';
import { createDisplay, silentDisplay } from '../progress-display.ts';
import { asUsage, collected, UsageError, usageErrorOf, wholeNumber } from '../usage-error.ts';
import { commandName } from '../version.ts';

interface TrainOptions {
  steps?: number;
  seed?: number;
  engine?: Scenario['engine'];
  threads?: number | 'auto';
  set?: string[];
  data?: string;
  model?: string;
  out?: string;
  resume?: string;
  json?: boolean;
}

export function trainCommand(): Command {
  return new Command('train')
    .description('train a policy for a scenario, evaluate it and write a report')
    .argument('[scenario]', 'name of a shipped scenario, path of a YAML file, or gymnasium:<id>')
    .option(
      '--steps <n>',
      "environment steps to take, all environments together (default: the scenario's)",
      wholeNumber(1),
    )
    .option('--seed <n>', "seed of everything random (default: the scenario's)", wholeNumber(0))
    .addOption(
      new Option(
        '--engine <name>',
        "where networks live: our own kernels, or TensorFlow.js, on a GPU if it has one (default: the scenario's, mostly cpu)",
      ).choices(['cpu', 'tensorflow']),
    )
    .option(
      '--threads <n>',
      "threads that learn together, or auto to measure how many are fastest (default: the scenario's, mostly auto)",
      threadCount,
    )
    .option('--set <path=value>', 'change a setting of the scenario; may be given more than once', collected)
    .option('--data <file>', 'data for the environment: the same as --set environment.options.data=...')
    .option('--model <file>', "a robot arm of one's own, in MJCF: the same as --set environment.options.model=...")
    .option('--out <directory>', 'where to write the run (default: runs/<scenario>/<time>-<seed>)')
    .option('--resume <directory>', 'go on with an interrupted run')
    .option('--json', 'print one JSON object on the last line, and no progress')
    .addHelpText(
      'after',
      `
Examples:
  $ upslope train cartpole
  $ upslope train cartpole --steps 50000 --seed 3 --set algorithm.gamma=0.99 --set policy.hidden=[32,32]
  $ upslope train cartpole --steps 5e6 --threads 4
  $ upslope train cartpole --engine tensorflow
  $ upslope train portfolio --data prices.csv
  $ upslope train arm-reach --model arm.xml
  $ upslope train gymnasium:LunarLander-v3 --steps 1e6
  $ upslope train ./my-scenario.yaml --out runs/mine
  $ upslope train --resume runs/mine`,
    )
    .action(trainScenario);
}

async function trainScenario(scenarioName: string | undefined, options: TrainOptions): Promise<void> {
  const { scenario, ...where } = asUsage(() =>
    options.resume === undefined ? readNewRun(scenarioName, options) : readResumedRun(scenarioName, options),
  );
  await loadEnvironment(scenario.environment).catch((error) => {
    throw usageErrorOf(error);
  });
  const display = options.json ? silentDisplay : createDisplay();
  const interrupt = stopOnInterrupt(() => display.stop());
  let summary: RunSummary;
  try {
    const setup = asUsage(() =>
      prepareRun(scenario, {
        ...where,
        signal: interrupt.signal,
        onProgress: (progress) => display.show(progress),
        onWaiting: (message) => process.stderr.write(`${message}\n`),
        // What was asked for and is not done; the rest is in the log.
        onNote: (note) => typeof where.threads === 'number' && process.stderr.write(`${note}\n`),
      }),
    );
    summary = await train(setup);
  } finally {
    display.stop();
    interrupt.dispose();
  }

  const { runDirectory } = summary;
  if (summary.stopped === 'interrupted') {
    process.stderr.write(
      `Stopped after ${formatNumber(summary.steps)} steps. Go on with:\n  ${commandName()} train --resume ${quoted(runDirectory)}\n`,
    );
    if (options.json) printJson(summary);
    // As a shell tells of a command ended by Ctrl-C.
    process.exitCode = 130;
    return;
  }
  await finish(summary, options.json ?? false);
}

/** Judges the policy in its domain, writes the report and tells how it went. */
async function finish(summary: RunSummary, json: boolean): Promise<void> {
  const run = openRun(summary.runDirectory);
  const policy = loadRunPolicy(run);
  const found = await evaluateInDomain(run, policy);
  policy.model.dispose();
  // Charts take longer to load than all else together.
  const { writeReport } = await import('../run-report.ts');
  const report = writeReport(run, found);
  if (json) {
    printJson({ ...summary, report, ...(found && { metrics: found.metrics }) });
    return;
  }
  const { steps, seconds, stepsPerSecond, threads, meanReturn, runDirectory } = summary;
  const lines = [
    `${run.scenario.name}: ${formatNumber(steps)} steps in ${formatDuration(seconds)}, ` +
      `${formatNumber(Math.round(stepsPerSecond))} steps/s${threads > 1 ? ` by ${threads} threads` : ''}`,
    ...(found
      ? ['', formatTable(found.table), '']
      : [`Mean return of the last evaluation: ${formatNumber(meanReturn)}`]),
    `Run     ${runDirectory}`,
    `Report  ${report}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

type RunRequest = { scenario: Scenario } & Pick<RunOptions, 'directory' | 'seed' | 'steps' | 'threads' | 'resume'>;

function readNewRun(name: string | undefined, options: TrainOptions): RunRequest {
  const { set = [], out, seed, steps, threads } = options;
  if (name === undefined) {
    throw new UsageError("Expected the name of a scenario, as in 'upslope train cartpole'. 'upslope list' shows them.");
  }
  const scenario = loadScenario(name, { set });
  if (options.engine !== undefined) scenario.engine = options.engine;
  for (const option of ['data', 'model'] as const) {
    const given = options[option];
    if (given === undefined) continue;
    const file = resolve(given);
    if (!existsSync(file))
      throw new UsageError(`There is no file ${file}: expected the ${option} that --${option} names.`);
    scenario.environment.options[option] = file;
  }
  const directory = out ?? freeName(join('runs', scenario.name, `${timestamp(new Date())}-${seed ?? scenario.seed}`));
  return { scenario, directory, seed, steps, threads };
}

function readResumedRun(name: string | undefined, options: TrainOptions): RunRequest {
  const directory = options.resume!;
  const fixed = (['seed', 'engine', 'threads', 'set', 'data', 'model', 'out'] as const).filter(
    (option) => options[option] !== undefined,
  );
  if (fixed.length > 0) {
    const given = fixed.map((option) => `--${option}`).join(', ');
    throw new UsageError(
      `A resumed run goes on as it began: ${given} cannot change it, only --steps can. Start a new run instead.`,
    );
  }
  const { scenario, seed, totalSteps, paths } = openRun(directory);
  if (name !== undefined && name !== scenario.name) {
    throw new UsageError(`The run in ${directory} is one of '${scenario.name}', not of '${name}'. Leave the name out.`);
  }
  const steps = options.steps ?? totalSteps;
  if (steps !== totalSteps) {
    const changed = { ...readRunConfig(directory), totalSteps: steps };
    writeFileAtomic(paths.config, `${JSON.stringify(changed, null, 2)}\n`);
  }
  return { scenario, directory, seed, steps, resume: true };
}

function threadCount(text: string): number | 'auto' {
  return text === 'auto' ? text : wholeNumber(1)(text);
}

/** The path itself, or the first of path-2, path-3, ... that nothing is called. */
function freeName(path: string): string {
  let name = path;
  for (let k = 2; existsSync(name); k++) name = `${path}-${k}`;
  return name;
}

/** Local time as 20250131-235959: sorts by age, fits every file system. */
function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

function quoted(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
