import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { findById } from '../../src/core/nearest.ts';
import { type Experiment, experimentSections, experiments, type Findings, verdictTable } from '../../src/lab/index.ts';
import { renderReport } from '../../src/report/html.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { formatTable, printJson } from '../output.ts';
import { barStyle } from '../progress-display.ts';
import { asUsage, wholeNumber } from '../usage-error.ts';

interface LabOptions {
  seed: number;
  out: string;
  json?: boolean;
}

export function labCommand(): Command {
  return new Command('lab')
    .description('show the theory at work: small experiments with a figure, a formula and a verdict')
    .argument('[experiment]', 'number or name of one, or all; without it they are listed')
    .option('--seed <n>', 'of everything random', wholeNumber(0), 0)
    .option('--out <directory>', 'where the pages go, one HTML file an experiment', join('runs', 'lab'))
    .option('--json', 'print one JSON object with the verdicts, and write no page')
    .addHelpText(
      'after',
      `
Ends with 1 where a verdict fails.

Examples:
  $ upslope lab
  $ upslope lab 1
  $ upslope lab ${experiments[0]?.id} --seed 3 --json
  $ upslope lab all --out pages`,
    )
    .action(runLab);
}

async function runLab(name: string | undefined, options: LabOptions): Promise<void> {
  if (name === undefined) {
    list(options.json ?? false);
    return;
  }
  const chosen = name === 'all' ? experiments : [asUsage(() => find(name))];
  const outcomes: object[] = [];
  for (const experiment of chosen) {
    const findings = await runExperiment(experiment, options);
    if (findings.verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
    outcomes.push({ id: experiment.id, title: experiment.title, verdicts: findings.verdicts });
    if (!options.json) tell(experiment, findings, options);
  }
  if (options.json) printJson(name === 'all' ? outcomes : outcomes[0]);
}

function find(name: string): Experiment {
  return experiments[Number(name) - 1] ?? findById('experiment', name, experiments);
}

function list(json: boolean): void {
  if (json) {
    printJson(experiments.map(({ id, title, paper }, i) => ({ number: i + 1, id, title, paper })));
    return;
  }
  const rows = experiments.map(({ id, title }, i) => [String(i + 1), id, title]);
  process.stdout.write(`${formatTable({ columns: ['', 'Experiment', 'What it shows'], rows })}\n`);
}

async function runExperiment(experiment: Experiment, { seed, json }: LabOptions): Promise<Findings> {
  const shown = process.stderr.isTTY && !json;
  const bar = new SingleBar({
    format: `{bar} {percentage} %  ${experiment.title}`,
    stream: process.stderr,
    ...barStyle,
  });
  if (shown) bar.start(1, 0);
  try {
    return await experiment.run({ seed, onProgress: (share) => shown && bar.update(share) });
  } finally {
    bar.stop();
  }
}

function tell(experiment: Experiment, findings: Findings, { out, seed }: LabOptions): void {
  const { id, title, paper, formula } = experiment;
  const file = join(out, `${id}.html`);
  const held = findings.verdicts.filter(({ holds }) => holds).length;
  const report = {
    title,
    subtitle: paper,
    facts: [
      ['Verdicts that hold', `${held} of ${findings.verdicts.length}`],
      ['Experiment', `${experiments.indexOf(experiment) + 1}, ${id}`],
      ['Seed', String(seed)],
    ] as const,
    sections: experimentSections(experiment, findings),
  };
  mkdirSync(out, { recursive: true });
  writeFileAtomic(file, renderReport(report));
  const indented = formula.trim().replace(/^/gm, '    ');
  const table = formatTable(verdictTable(findings.verdicts));
  process.stdout.write(`${title}\n${paper}\n\n${indented}\n\n${table}\n\nPage  ${file}\n\n`);
}
