import { existsSync } from 'node:fs';
import { Command } from 'commander';
import {
  describeLeftOut,
  loadRdkit,
  type MoleculeRow,
  moleculesCsv,
  moleculesSdf,
  openLibrary,
  readMeasurements,
  searchPolicies,
  searchPolicy,
  searchSpaceOf,
} from '../../envs/index.ts';
import { Random } from '../../src/core/random.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { moleculeOptionsOf } from '../molecule-options.ts';
import { formatTable, printJson } from '../output.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';

interface SuggestOptions {
  measurements?: string;
  value?: string;
  minimise?: boolean;
  policy: string;
  batch: number;
  seed: number;
  out?: string;
  json?: boolean;
}

export function suggestCommand(): Command {
  return new Command('suggest')
    .description('propose the next batch of a library to make, from what was measured so far')
    .argument('<run>', 'directory of a run, name of a scenario of molecules, or a library: its name or YAML file')
    .option(
      '--measurements <file>',
      'CSV with a column of reagents for each slot, and one of values (default: none yet)',
    )
    .option('--value <column>', 'of the values (default: the only other one)')
    .option('--minimise', 'less is better, such as concentrations')
    .option('--policy <id>', 'that chooses', 'thompson')
    .option('--batch <n>', 'products to propose', wholeNumber(1), 96)
    .option('--seed <n>', 'of its chance', wholeNumber(0), 0)
    .option('--out <file>', 'write the batch, as .csv or .sdf')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Policies: ${searchPolicies.map(({ id }) => id).join(', ')}.
The file of one batch, with a column of values filled in, serves as measurements for the next.

Examples:
  $ upslope suggest lib.yaml --batch 96 --out round-1.csv
  $ upslope suggest runs/molecule-drug-like/20250101-120000-0 --measurements assay.csv --batch 96 --out round-2.sdf`,
    )
    .action(suggest);
}

async function suggest(name: string, options: SuggestOptions): Promise<void> {
  const { measurements, batch, seed, out, json } = options;
  const policy = asUsage(() => searchPolicy(options.policy));
  if (measurements !== undefined && !existsSync(measurements)) {
    throw new UsageError(`There is no file ${measurements}: expected the values that --measurements names.`);
  }
  if (out !== undefined && !/\.(csv|sdf)$/.test(out)) {
    throw new UsageError(`--out: expected a file that ends in .csv or .sdf, got '${out}'.`);
  }
  await loadRdkit();
  const library = asUsage(() => openLibrary(libraryOf(name)));
  const { measured, notes } =
    measurements === undefined
      ? { measured: [], notes: [] }
      : asUsage(() => readMeasurements(measurements, library, options.value));
  for (const note of [...describeLeftOut(library.leftOut), ...notes]) process.stderr.write(`${note}\n`);

  const searcher = policy.start(searchSpaceOf(library), new Random(seed), measured.length + batch);
  for (const { choice, value } of measured) searcher.observe(choice, options.minimise ? -value : value);
  const proposed: { choice: Int32Array; smiles: string }[] = [];
  let impossible = 0;
  while (proposed.length < batch) {
    const choices = searcher.propose(batch - proposed.length);
    if (choices.length === 0) break;
    for (const choice of choices) {
      const smiles = library.product(choice);
      if (smiles !== undefined) proposed.push({ choice, smiles });
      else {
        searcher.observe(choice, Number.NaN);
        impossible++;
      }
    }
  }
  if (impossible > 0) process.stderr.write(`${impossible} proposals passed over: their reagents do not react.\n`);
  if (proposed.length < batch) {
    process.stderr.write(`Only ${proposed.length} of ${batch} proposed: no more of the library is left.\n`);
  }

  const beliefs = searcher.beliefs?.();
  const rows = proposed.map(({ choice, smiles }): MoleculeRow => {
    const believed = beliefs?.map(({ mean }, slot) => mean[choice[slot]]) ?? [];
    return {
      smiles,
      properties: {
        ...Object.fromEntries(library.namesOf(choice).map((reagent, slot) => [library.slots[slot].name, reagent])),
        ...Object.fromEntries(
          believed.map((mean, slot) => [
            `belief ${library.slots[slot].name}`,
            rounded(options.minimise ? -mean : mean),
          ]),
        ),
      },
    };
  });
  if (out !== undefined) writeFileAtomic(out, out.endsWith('.csv') ? moleculesCsv(rows) : moleculesSdf(rows));
  if (json) {
    printJson({
      library: library.name,
      policy: policy.id,
      measured: measured.length,
      batch: rows.map(({ smiles, properties }) => ({ smiles, ...properties })),
      out,
    });
    return;
  }
  const shown = rows.slice(0, 10);
  const columns = Object.keys(shown[0]?.properties ?? {});
  const blocks = [
    `${rows.length} products of '${library.name}' by ${policy.name.toLowerCase()}, from ${measured.length} measured.`,
    formatTable({
      columns: ['Product', ...columns],
      rows: shown.map(({ smiles, properties }) => [smiles, ...columns.map((column) => properties[column])]),
      caption: rows.length > shown.length ? `The first ${shown.length} of ${rows.length}.` : undefined,
    }),
    ...(out === undefined ? [] : [`Batch  ${out}`]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

/** A library itself, or that of a run or a scenario. */
function libraryOf(name: string): string {
  if (existsSync(`${name}/config.json`) || name.startsWith('molecule-'))
    return moleculeOptionsOf(name).library ?? 'amides';
  return name;
}

const rounded = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : '');
