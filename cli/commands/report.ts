import { Command } from 'commander';
import { evaluateInDomain, loadRunPolicy, openRun } from '../finished-run.ts';
import { printJson } from '../output.ts';
import { asUsage } from '../usage-error.ts';

interface ReportOptions {
  json?: boolean;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('write the report of a run anew')
    .argument('<run>', 'directory of the run')
    .option('--json', 'print one JSON object: the path of the report')
    .addHelpText('after', '\nExample:\n  $ upslope report runs/cartpole/20250101-120000-0')
    .action(report);
}

async function report(directory: string, { json }: ReportOptions): Promise<void> {
  const run = asUsage(() => openRun(directory));
  const policy = loadRunPolicy(run);
  const { writeReport } = await import('../run-report.ts');
  const path = writeReport(run, await evaluateInDomain(run, policy));
  policy.model.dispose();
  if (json) printJson({ report: path });
  else process.stdout.write(`${path}\n`);
}
