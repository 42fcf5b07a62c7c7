import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import {
  type Campaign,
  campaignTable,
  describeLeftOut,
  type Exact,
  loadRdkit,
  moleculeRows,
  moleculesCsv,
  moleculesSdf,
  moleculesSmi,
  readMeasurements,
  type Screening,
  type ScreeningPolicy,
  screening,
  screeningPolicies,
  screeningPolicy,
  screeningSections,
  summariseCampaigns,
  topOf,
} from '../../envs/index.ts';
import { renderReport } from '../../src/report/html.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { countDisplay } from '../count-display.ts';
import { moleculeOptionsOf } from '../molecule-options.ts';
import { formatDuration, formatNumber, formatTable, printJson } from '../output.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';

interface ScreenOptions {
  policies: string;
  budget: number;
  batch: number;
  seeds: number;
  seed: number;
  exact?: boolean;
  truth?: string;
  top: number;
  out?: string;
  json?: boolean;
}

export function screenCommand(): Command {
  return new Command('screen')
    .description('search a combinatorial library of molecules, every policy side by side')
    .argument('<scenario>', "a scenario of molecules, as in 'upslope list', or your own YAML file")
    .option('--policies <ids>', 'separated by commas, or all', 'thompson,genetic,ppo,reinforce,uniform')
    .option('--budget <n>', 'products each policy may make', wholeNumber(1), 6000)
    .option('--batch <n>', 'products made in one go', wholeNumber(1), 96)
    .option('--seeds <n>', 'searches of each policy', wholeNumber(1), 1)
    .option('--seed <n>', 'the first of them', wholeNumber(0), 0)
    .option('--exact', 'score all products first, where there are not too many: tells regret and the true top 100')
    .option('--truth <file>', 'CSV of the truly best products: a column a slot, and one of scores')
    .option('--top <n>', 'best products to write', wholeNumber(1), 100)
    .option('--out <directory>', 'write report.html, and the best products as CSV, SDF and SMILES')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Policies: ${screeningPolicies.map(({ id }) => id).join(', ')}.

Examples:
  $ upslope screen molecule-amides --exact --budget 500 --out screened
  $ upslope screen molecule-similarity --policies thompson,uniform --seeds 3
  $ upslope screen mine.yaml --policies all --budget 2000 --batch 96 --json`,
    )
    .action(screen);
}

async function screen(scenario: string, settings: ScreenOptions): Promise<void> {
  const { budget, batch, seeds, seed, out, json } = settings;
  const options = asUsage(() => moleculeOptionsOf(scenario));
  const policies = asUsage(() => policiesOf(settings.policies));
  if (settings.truth !== undefined && !existsSync(settings.truth)) {
    throw new UsageError(`There is no file ${settings.truth}: expected the products that --truth names.`);
  }
  await loadRdkit();
  const screened = asUsage(() => screening(options));
  const { library, termNames } = screened;
  const notes = describeLeftOut(library.leftOut);
  for (const note of notes) process.stderr.write(`${note}\n`);
  const exact = asUsage(() => exactOf(screened, settings));
  const begun = performance.now();
  const campaigns = await runAll(screened, policies, settings);
  const seconds = (performance.now() - begun) / 1000;
  const made = campaigns.reduce((sum, { evaluations }) => sum + evaluations.length, 0);

  const summaries = summariseCampaigns(campaigns, budget, exact);
  const best = topOf(
    campaigns.flatMap(({ evaluations }) => evaluations),
    settings.top,
  );
  const rows = moleculeRows(library, termNames, best);
  const table = campaignTable(summaries, seeds, exact !== undefined);
  const files = out === undefined ? undefined : writeAll(out, scenario, screened, campaigns, settings, exact, rows);
  if (json) {
    printJson({
      library: library.name,
      products: library.size,
      leftOut: library.leftOut,
      budget,
      batch,
      seeds: Array.from({ length: seeds }, (_, i) => seed + i),
      seconds,
      productsPerSecond: made / seconds,
      policies: summaries.map(({ id, measures }) => ({ id, ...measures })),
      best: rows.slice(0, 10).map(({ smiles, properties }) => ({ smiles, ...properties })),
      files,
    });
    return;
  }
  const blocks = [
    `${library.name}: ${library.size.toLocaleString('en-US')} products; up to ${budget.toLocaleString('en-US')} made by each policy, ${batch} in one go.`,
    formatTable(table),
    `Best    ${best[0]?.smiles ?? 'none could be made'}\nSpeed   ${formatNumber(made)} products in ${formatDuration(seconds)}, ${formatNumber(Math.round(made / seconds))} a second`,
    ...(files === undefined ? [] : [files.map((file) => `Wrote   ${file}`).join('\n')]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

function policiesOf(ids: string): ScreeningPolicy[] {
  if (ids === 'all') return [...screeningPolicies];
  return ids.split(',').map((id) => screeningPolicy(id.trim()));
}

function exactOf(screened: Screening, { exact, truth }: ScreenOptions): Exact | undefined {
  if (truth !== undefined) {
    const { measured } = readMeasurements(truth, screened.library);
    return {
      best: Math.max(...measured.map(({ value }) => value)),
      top: new Set(measured.map(({ choice }) => Array.from(choice).join(' '))),
    };
  }
  return exact ? screened.enumerate() : undefined;
}

async function runAll(
  screened: Screening,
  policies: readonly ScreeningPolicy[],
  { budget, batch, seeds, seed }: ScreenOptions,
): Promise<Campaign[]> {
  const display = countDisplay('products', policies.length * seeds * budget);
  const campaigns: Campaign[] = [];
  try {
    for (const policy of policies) {
      for (let s = seed; s < seed + seeds; s++) {
        const before = campaigns.length * budget;
        const settings = { budget, batch, seed: s, onProgress: (made: number) => display.show(before + made) };
        campaigns.push('start' in policy ? screened.search(policy, settings) : await screened.train(policy, settings));
      }
    }
  } finally {
    display.stop();
  }
  return campaigns;
}

function writeAll(
  out: string,
  scenario: string,
  { library }: Screening,
  campaigns: readonly Campaign[],
  { budget }: ScreenOptions,
  exact: Exact | undefined,
  rows: ReturnType<typeof moleculeRows>,
): string[] {
  mkdirSync(out, { recursive: true });
  const summaries = summariseCampaigns(campaigns, budget, exact);
  const sections = screeningSections(library, campaigns, summaries, budget, exact);
  const contents = {
    'report.html': renderReport({ title: `Screening of ${scenario}`, facts: [], sections }),
    'best.csv': moleculesCsv(rows),
    'best.sdf': moleculesSdf(rows),
    'best.smi': moleculesSmi(rows),
  };
  return Object.entries(contents).map(([name, content]) => {
    const path = join(out, name);
    writeFileAtomic(path, content);
    return path;
  });
}
