import { existsSync } from 'node:fs';
import { Command } from 'commander';
import {
  describeLeftOut,
  experimentsNeeded,
  loadRdkit,
  meanInterval,
  openLibrary,
  type Replay,
  readMeasurements,
  replay,
  searchPolicies,
  searchPolicy,
  searchSpaceOf,
} from '../../envs/index.ts';
import { lineFigure } from '../../src/report/figures.ts';
import { renderReport } from '../../src/report/html.ts';
import type { Table } from '../../src/report/types.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { countDisplay } from '../count-display.ts';
import { formatTable, printJson } from '../output.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';

interface ReplayOptions {
  library: string;
  measurements: string;
  value?: string;
  minimise?: boolean;
  policies: string;
  batch: number;
  seeds: number;
  report?: string;
  json?: boolean;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('run policies against a finished campaign: how many experiments would each have needed?')
    .requiredOption('--library <library>', 'a YAML file, or the name of one that ships')
    .requiredOption('--measurements <file>', 'CSV with a column of reagents for each slot, and one of values')
    .option('--value <column>', 'of the values (default: the only other one)')
    .option('--minimise', 'less is better, such as concentrations')
    .option('--policies <ids>', 'separated by commas, or all', 'all')
    .option('--batch <n>', 'experiments in one go', wholeNumber(1), 24)
    .option('--seeds <n>', 'replays of each policy', wholeNumber(1), 5)
    .option('--report <file>', 'write figures and tables as an HTML file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Policies: ${searchPolicies.map(({ id }) => id).join(', ')}.

Examples:
  $ upslope replay --library lib.yaml --measurements assay.csv
  $ upslope replay --library amides --measurements ic50.csv --value ic50 --minimise --report replay.html`,
    )
    .action(run);
}

async function run(options: ReplayOptions): Promise<void> {
  const { measurements, batch, seeds, minimise, report, json } = options;
  if (!existsSync(measurements)) {
    throw new UsageError(`There is no file ${measurements}: expected the values that --measurements names.`);
  }
  const ids = options.policies === 'all' ? searchPolicies.map(({ id }) => id) : options.policies.split(',');
  const policies = asUsage(() => ids.map((id) => searchPolicy(id.trim())));
  await loadRdkit();
  const library = asUsage(() => openLibrary(options.library));
  const { measured, notes } = asUsage(() => readMeasurements(measurements, library, options.value));
  for (const note of [...describeLeftOut(library.leftOut), ...notes]) process.stderr.write(`${note}\n`);

  const sign = minimise ? -1 : 1;
  const signed = measured.map(({ choice, value }) => ({ choice, value: sign * value }));
  const space = searchSpaceOf(library);
  const display = countDisplay('replays', policies.length * seeds);
  const replays: Replay[] = [];
  for (const policy of policies) {
    for (let seed = 0; seed < seeds; seed++) {
      replays.push(replay(policy, space, signed, batch, seed));
      display.show(replays.length);
    }
  }
  display.stop();

  const needed = policies.map(({ id, name }) => {
    const own = replays.filter((one) => one.id === id).map(({ values }) => experimentsNeeded(values));
    const over = (measure: 'best' | 'half' | 'all') => meanInterval(own.map((one) => one[measure]));
    return { id, name, best: over('best'), half: over('half'), all: over('all') };
  });
  const top = Math.min(10, measured.length);
  const cell = ({ mean, low, high }: { mean: number; low: number; high: number }) =>
    high > low ? `${mean.toFixed(0)} \u00b1 ${((high - low) / 2).toFixed(0)}` : mean.toFixed(0);
  const table: Table = {
    columns: ['Policy', 'Until the best', `Half of the best ${top}`, `All of the best ${top}`],
    rows: needed.map(({ name, best, half, all }) => [name, cell(best), cell(half), cell(all)]),
    caption: `Experiments of ${measured.length}, in batches of ${batch}; means over ${seeds} seeds${seeds > 1 ? ', \u00b1 half of the 95 % interval' : ''}.`,
    emphasis: [],
  };
  if (report !== undefined) {
    const figure = progressFigure(replays, sign);
    const title = `Replay of ${measured.length} measurements`;
    writeFileAtomic(
      report,
      renderReport({ title, facts: [], sections: [{ title: 'Replay', figures: [figure], table }] }),
    );
  }
  if (json) {
    printJson({ measured: measured.length, notes, batch, seeds, policies: needed, report });
    return;
  }
  const blocks = [
    `${measured.length} products of '${library.name}' were measured.`,
    formatTable(table),
    ...(report === undefined ? [] : [`Report  ${report}`]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

/** Best value so far against experiments, the mean over seeds. */
function progressFigure(replays: readonly Replay[], sign: number): string {
  const ids = [...new Set(replays.map(({ id }) => id))];
  const x = replays[0].values.map((_, i) => i + 1);
  return lineFigure({
    title: 'Best value so far',
    xLabel: 'experiments',
    yLabel: 'mean over seeds',
    x,
    series: ids.map((id) => {
      const own = replays.filter((one) => one.id === id);
      const sums = new Float64Array(x.length);
      for (const { values } of own) {
        let best = Number.NEGATIVE_INFINITY;
        values.forEach((value, i) => {
          best = Math.max(best, value);
          sums[i] += (sign * best) / own.length;
        });
      }
      return { name: own[0].name, values: Array.from(sums) };
    }),
  });
}
