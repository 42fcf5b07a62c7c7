import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import {
  type Campaign,
  type CampaignSettings,
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
import { stopOnInterrupt } from '../interrupt.ts';
import { moleculeOptionsOf } from '../molecule-options.ts';
import { formatDuration, formatNumber, formatTable, printJson } from '../output.ts';
import {
  refuseStored,
  type ScreeningPlan,
  storeCampaign,
  storedCampaign,
  storedPlan,
  storePlan,
} from '../screening-plan.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';
import { commandName } from '../version.ts';

interface ScreenOptions extends Omit<ScreeningPlan, 'scenario' | 'options' | 'policies' | 'exact'> {
  policies: string;
  exact?: boolean;
  out?: string;
  resume?: string;
  json?: boolean;
}

export function screenCommand(): Command {
  return new Command('screen')
    .description('search a combinatorial library of molecules, every policy side by side')
    .argument('[scenario]', "a scenario of molecules, as in 'upslope list', or your own YAML file")
    .option('--policies <ids>', 'separated by commas, or all', 'thompson,genetic,ppo,reinforce,uniform')
    .option('--budget <n>', 'products each policy may make', wholeNumber(1), 6000)
    .option('--batch <n>', 'products made in one go', wholeNumber(1), 96)
    .option('--seeds <n>', 'searches of each policy', wholeNumber(1), 1)
    .option('--seed <n>', 'the first of them', wholeNumber(0), 0)
    .option('--exact', 'score all products first, where there are not too many: tells regret and the true top 100')
    .option('--truth <file>', 'CSV of the truly best products: a column a slot, and one of scores')
    .option('--top <n>', 'best products to write', wholeNumber(1), 100)
    .option(
      '--out <directory>',
      'write report.html, the best products as CSV, SDF and SMILES, and what is finished as it goes',
    )
    .option('--resume <directory>', 'go on where it stopped; finished searches are not run again')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Policies: ${screeningPolicies.map(({ id }) => id).join(', ')}.

Examples:
  $ upslope screen molecule-amides --exact --budget 500 --out screened
  $ upslope screen molecule-similarity --policies thompson,uniform --seeds 3
  $ upslope screen --resume screened
  $ upslope screen mine.yaml --policies all --budget 2000 --batch 96 --json`,
    )
    .action(screen);
}

async function screen(scenario: string | undefined, settings: ScreenOptions, command: Command): Promise<void> {
  const plan = asUsage(() => planOf(scenario, settings, command));
  const { budget, batch, seeds, seed } = plan;
  const policies = asUsage(() => plan.policies.map(screeningPolicy));
  if (plan.truth !== undefined && !existsSync(plan.truth)) {
    throw new UsageError(`There is no file ${plan.truth}: expected the products that --truth names.`);
  }
  await loadRdkit();
  const screened = asUsage(() => screening(plan.options));
  const { library, termNames } = screened;
  for (const note of describeLeftOut(library.leftOut)) process.stderr.write(`${note}\n`);
  const exact = asUsage(() => exactOf(screened, plan));
  const out = settings.resume ?? settings.out;
  if (settings.resume === undefined && out !== undefined) storePlan(out, plan);
  const { campaigns, made, seconds } = await runAll(screened, policies, plan, out);
  const wanted = policies.length * seeds;
  if (campaigns.length < wanted) {
    process.stderr.write(
      `Stopped after ${campaigns.length} of ${wanted} searches. Go on with:\n  ${commandName()} screen --resume ${out}\n`,
    );
    process.exitCode = 130;
    return;
  }

  const summaries = summariseCampaigns(campaigns, budget, exact);
  const best = topOf(
    campaigns.flatMap(({ evaluations }) => evaluations),
    plan.top,
  );
  const rows = moleculeRows(library, termNames, best);
  const files = out === undefined ? undefined : writeAll(out, screened, campaigns, plan, exact, rows);
  if (settings.json) {
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
  const speed = `${formatNumber(made)} products in ${formatDuration(seconds)}, ${formatNumber(Math.round(made / seconds))} a second`;
  const blocks = [
    `${library.name}: ${library.size.toLocaleString('en-US')} products; up to ${budget.toLocaleString('en-US')} made by each policy, ${batch} in one go.`,
    formatTable(campaignTable(summaries, seeds, exact !== undefined)),
    `Best    ${best[0]?.smiles ?? 'none could be made'}${made > 0 ? `\nSpeed   ${speed}` : ''}`,
    ...(files === undefined ? [] : [files.map((file) => `Wrote   ${file}`).join('\n')]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

/** What was asked for, or what an earlier call was asked for. */
function planOf(scenario: string | undefined, settings: ScreenOptions, command: Command): ScreeningPlan {
  const { policies, exact = false, resume, out, json: _, ...rest } = settings;
  if (resume !== undefined) {
    const given = Object.keys(settings).find(
      (name) => name !== 'resume' && name !== 'json' && command.getOptionValueSource(name) === 'cli',
    );
    if (scenario !== undefined || given !== undefined) {
      const what = given === undefined ? `the scenario '${scenario}'` : `--${given}`;
      throw new UsageError(`--resume goes on with what was asked for then: leave out ${what}.`);
    }
    return storedPlan(resume);
  }
  if (scenario === undefined) {
    throw new UsageError("Expected the name of a scenario, as in 'upslope screen molecule-amides'.");
  }
  if (out !== undefined) refuseStored(out);
  return { ...rest, scenario, options: moleculeOptionsOf(scenario), policies: policiesOf(policies), exact };
}

function policiesOf(ids: string): string[] {
  if (ids === 'all') return screeningPolicies.map(({ id }) => id);
  return [...new Set(ids.split(',').map((id) => screeningPolicy(id.trim()).id))];
}

function exactOf(screened: Screening, { exact, truth }: ScreeningPlan): Exact | undefined {
  if (truth !== undefined) {
    const { measured } = readMeasurements(truth, screened.library);
    return {
      best: Math.max(...measured.map(({ value }) => value)),
      top: new Set(measured.map(({ choice }) => Array.from(choice).join(' '))),
    };
  }
  return exact ? screened.enumerate() : undefined;
}

interface Finished {
  campaigns: Campaign[];
  /** Products and s, of this call alone. */
  made: number;
  seconds: number;
}

/** One search after another, each kept when it is finished; those that were finished before are taken as they are. */
async function runAll(
  screened: Screening,
  policies: readonly ScreeningPolicy[],
  { budget, batch, seeds, seed }: ScreeningPlan,
  directory: string | undefined,
): Promise<Finished> {
  const display = countDisplay('products', policies.length * seeds * budget);
  const interrupt = directory === undefined ? undefined : stopOnInterrupt(() => display.stop(), 'after this search');
  const campaigns: Campaign[] = [];
  let made = 0;
  const begun = performance.now();
  try {
    for (const policy of policies) {
      for (let s = seed; s < seed + seeds && !interrupt?.signal.aborted; s++) {
        let campaign = directory === undefined ? undefined : storedCampaign(directory, policy.id, s);
        if (campaign === undefined) {
          const before = campaigns.length * budget;
          const onProgress = (count: number) => {
            if (!interrupt?.signal.aborted) display.show(before + count);
          };
          campaign = await runOne(screened, policy, { budget, batch, seed: s, onProgress });
          made += campaign.evaluations.length;
          if (directory !== undefined) storeCampaign(directory, campaign);
        }
        campaigns.push(campaign);
      }
    }
  } finally {
    display.stop();
    interrupt?.dispose();
  }
  return { campaigns, made, seconds: (performance.now() - begun) / 1000 };
}

async function runOne(screened: Screening, policy: ScreeningPolicy, settings: CampaignSettings): Promise<Campaign> {
  if (!('start' in policy)) return screened.train(policy, settings);
  const batches = screened.searchInBatches(policy, settings);
  for (;;) {
    const { done, value } = batches.next();
    if (done) return value;
    // Ctrl-C is heard between two batches.
    await setImmediate();
  }
}

function writeAll(
  out: string,
  { library }: Screening,
  campaigns: readonly Campaign[],
  { scenario, budget }: ScreeningPlan,
  exact: Exact | undefined,
  rows: ReturnType<typeof moleculeRows>,
): string[] {
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
