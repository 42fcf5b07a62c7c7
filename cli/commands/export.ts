import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { type ExportedPolicy, type ExportFormat, exportFormats, exportPolicy } from '../../src/export/index.ts';
import { fileError, writeFileAtomic } from '../../src/training/atomic-file.ts';
import { loadRunPolicy, openRun, type PolicyChoice } from '../finished-run.ts';
import { alignColumns, printJson } from '../output.ts';
import { asUsage } from '../usage-error.ts';

interface ExportCommandOptions {
  format: ExportFormat;
  policy: PolicyChoice;
  out?: string;
  value: boolean;
  json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write the policy of a run for other programs, from raw observation to the action of the environment')
    .argument('<run>', 'directory of the run')
    .addOption(
      new Option('--format <format>', 'onnx: one file; tfjs: model.json and weights.bin; safetensors: one file')
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--policy <which>', 'which policy of the run').choices(['best', 'last']).default('best'))
    .option('--out <path>', "file to write, or for tfjs the folder (default: in the run's folder export)")
    .option('--no-value', 'leave the value function out, half of the size and the work')
    .option('--json', 'print one JSON object: format, files, inputs and outputs')
    .addHelpText(
      'after',
      `
The graph normalises observations and bounds actions itself. It takes any number of rows:
  observation  as the environment gives it, flattened
  mask         discrete actions, optional: 1 for each choice allowed, 0 for others
  state        policies with memory: zeros at the start of an episode, then nextState
and gives
  action       without exploring, what eval would send to the environment
  parameters   of the distribution: logits; means and log standard deviations; concentrations
  value        where the algorithm learns one
  nextState    policies with memory

Examples:
  $ upslope export runs/cartpole/20250101-120000-0 --format onnx
  $ upslope export runs/cartpole/20250101-120000-0 --format tfjs --out web/policy
  $ upslope export runs/portfolio/20250101-120000-0 --format safetensors --policy last --json`,
    )
    .action(exportRun);
}

function exportRun(directory: string, { format, policy: choice, out, value, json }: ExportCommandOptions): void {
  const run = asUsage(() => openRun(directory));
  const policy = loadRunPolicy(run, choice);
  const exported = exportPolicy(policy, { format, name: run.scenario.name, withValue: value });
  policy.model.dispose();
  const files = write(exported, format, out ?? defaultPath(join(run.paths.directory, 'export'), format));

  const ports = (list: ExportedPolicy['inputs']) =>
    list.map(({ name, columns, type, meaning }) => ({ name, columns, type, meaning }));
  const inputs = ports(exported.inputs);
  const outputs = ports(exported.outputs);
  if (json) {
    printJson({ format, files, inputs, outputs });
    return;
  }
  const rows = [...inputs.map((port) => ({ way: 'in', ...port })), ...outputs.map((port) => ({ way: 'out', ...port }))];
  const lines = [
    ...files.map((file) => `Wrote  ${file}`),
    ...alignColumns(
      rows.map(({ way, name, columns, type, meaning }) => [way, name, `rows x ${columns}`, type, meaning]),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function defaultPath(folder: string, format: ExportFormat): string {
  return format === 'tfjs' ? join(folder, 'tfjs') : join(folder, `policy.${format}`);
}

/** Paths of the files: `path` itself, or for `tfjs` those in the folder of this name. */
function write({ files }: ExportedPolicy, format: ExportFormat, path: string): string[] {
  const folder = format === 'tfjs' ? path : dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw fileError('create', folder, cause);
  }
  return Object.entries(files).map(([name, data]) => {
    const file = format === 'tfjs' ? join(folder, name) : path;
    writeFileAtomic(file, data);
    return file;
  });
}
