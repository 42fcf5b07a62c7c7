import { Command } from 'commander';
import { listScenarios } from '../../scenarios/load.ts';
import '../../envs/index.ts';
import { listEnvs } from '../../src/core/registry.ts';
import { alignColumns, printJson } from '../output.ts';

interface ListOptions {
  json?: boolean;
}

export function listCommand(): Command {
  return new Command('list')
    .description('show the scenarios that can be trained and the environments they can be made of')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  $ upslope list\n  $ upslope list --json')
    .action(list);
}

function list({ json }: ListOptions): void {
  const scenarios = listScenarios();
  const environments = listEnvs();
  if (json) {
    printJson({ scenarios, environments });
    return;
  }
  const section = (title: string, rows: string[][]) =>
    [title, ...alignColumns(rows).map((line) => `  ${line}`)].join('\n');
  const parts = [
    section(
      'Scenarios (upslope train <name>)',
      scenarios.map(({ name, description }) => [name, description]),
    ),
    section(
      'Environments (environment.id of a scenario)',
      environments.map(({ id, description = '' }) => [id, description]),
    ),
  ];
  process.stdout.write(`${parts.join('\n\n')}\n`);
}
