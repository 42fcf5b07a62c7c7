import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Actor, DomainEvaluation, WalkForward, WalkForwardSettings } from '../../envs/domain.ts';
import { domainOf } from '../../envs/index.ts';
import { loadScenario } from '../../scenarios/load.ts';
import { finalOptionsOf, prepareRun } from '../../scenarios/prepare.ts';
import { parseScenario, type Scenario } from '../../scenarios/schema.ts';
import { foldScenario } from '../../scenarios/walk-forward.ts';
import { UserError } from '../../src/core/errors.ts';
import { renderReport } from '../../src/report/html.ts';
import type { Table } from '../../src/report/types.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { type RunSummary, train } from '../../src/training/run.ts';
import { runPaths } from '../../src/training/run-directory.ts';
import { actorOf, loadRunPolicy, openRun } from '../finished-run.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { formatTable, printJson } from '../output.ts';
import { createDisplay, silentDisplay } from '../progress-display.ts';
import { asUsage, collected, UsageError, wholeNumber } from '../usage-error.ts';
import { commandName } from '../version.ts';

interface WalkForwardOptions {
  folds: number;
  from?: string;
  validation: number;
  purge?: number;
  embargo: number;
  steps?: number;
  seed?: number;
  set?: string[];
  data?: string;
  out?: string;
  resume?: string;
  json?: boolean;
}

/** What is kept of a walk-forward evaluation, enough to go on with it. */
interface Plan {
  scenario: Scenario;
  seed: number;
  steps: number;
  settings: WalkForwardSettings;
}

const PLAN = 'walkforward.json';

export function walkForwardCommand(): Command {
  return new Command('walkforward')
    .description('train and test fold by fold through time, and join what was found out of sample')
    .argument('[scenario]', 'name of a shipped scenario or path of a YAML file, of an environment with dates')
    .option('--folds <n>', 'test parts, one policy trained for each', wholeNumber(1), 4)
    .option('--from <day>', 'first day of the first test part (default: where the test split begins)')
    .option('--validation <days>', 'days before each test part by which the best policy is chosen', wholeNumber(2), 504)
    .option('--purge <days>', 'days left out before each part (default: those between two decisions)', wholeNumber(0))
    .option('--embargo <days>', 'days left out besides', wholeNumber(0), 5)
    .option('--steps <n>', "environment steps of each fold (default: the scenario's)", wholeNumber(1))
    .option('--seed <n>', "seed of everything random (default: the scenario's)", wholeNumber(0))
    .option('--set <path=value>', 'change a setting of the scenario; may be given more than once', collected)
    .option('--data <file>', 'data for the environment: the same as --set environment.options.data=...')
    .option('--out <directory>', 'where to write the runs (default: runs/<scenario>-walkforward-<seed>)')
    .option('--resume <directory>', 'go on where it stopped; finished folds are not trained again')
    .option('--json', 'print one JSON object, and no progress')
    .addHelpText(
      'after',
      `
Each fold learns from all days before its validation part and is tested on days it has not seen. The joined test
parts are one backtest, in which what was held goes over from one fold's policy to the next.

Examples:
  $ upslope walkforward portfolio
  $ upslope walkforward portfolio --folds 8 --from 2007-01-01 --seed 1
  $ upslope walkforward portfolio --data prices.csv --folds 3
  $ upslope walkforward --resume runs/portfolio-walkforward-0`,
    )
    .action(walkForward);
}

async function walkForward(name: string | undefined, options: WalkForwardOptions): Promise<void> {
  const { directory, plan } = asUsage(() =>
    options.resume === undefined ? newPlan(name, options) : storedPlan(options),
  );
  const { scenario, settings } = plan;
  const domain = domainOf(scenario.environment.id);
  const parts = asUsage(() => domain?.walkForward?.(finalOptionsOf(scenario), settings));
  if (domain === undefined || parts === undefined) {
    throw new UsageError(
      `Walking forward needs an environment whose days have an order, such as upslope/Portfolio-v0; ` +
        `'${scenario.name}' trains in ${scenario.environment.id}.`,
    );
  }
  store(directory, plan);
  const display = options.json ? silentDisplay : createDisplay();
  const interrupt = stopOnInterrupt(() => display.stop());
  const summaries: RunSummary[] = [];
  try {
    for (const [index, fold] of parts.folds.entries()) {
      if (!options.json) {
        process.stderr.write(`Fold ${index + 1} of ${parts.folds.length}, tested on ${fold.spans.test}\n`);
      }
      const summary = await trainFold(join(directory, `fold-${index + 1}`), foldScenario(scenario, fold), plan, {
        signal: interrupt.signal,
        onProgress: (progress) => display.show(progress),
      });
      display.stop();
      summaries.push(summary);
      if (summary.stopped === 'interrupted') {
        process.stderr.write(
          `Stopped in fold ${index + 1}. Go on with:\n  ${commandName()} walkforward --resume ${directory}\n`,
        );
        process.exitCode = 130;
        return;
      }
    }
  } finally {
    display.stop();
    interrupt.dispose();
  }

  const policies = summaries.map(({ runDirectory }) => loadRunPolicy(openRun(runDirectory)));
  const actors = policies.map((policy) => actorOf(policy));
  const evaluateOn = (actor: Actor, test: Record<string, unknown>): DomainEvaluation =>
    domain.evaluate(actor, finalOptionsOf(foldScenario(scenario, { train: {}, validation: {}, test })));
  const each = parts.folds.map((fold, index) => evaluateOn(actors[index], fold.test));
  const joined = evaluateOn(parts.join(actors), parts.joined);
  for (const policy of policies) policy.model.dispose();
  const report = join(directory, 'report.html');
  const folds = foldsTable(parts, each);
  writeFileAtomic(report, reportOf(plan, folds, joined));

  if (options.json) {
    const found = parts.folds.map(({ spans }, index) => ({
      ...spans,
      run: summaries[index].runDirectory,
      metrics: each[index].metrics,
    }));
    printJson({ directory, folds: found, joined: joined.metrics, report });
    return;
  }
  const lines = [
    formatTable(folds),
    '',
    'All test parts as one:',
    '',
    formatTable(joined.table),
    '',
    `Report  ${report}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Trains a fold, or goes on with it; one that has been finished is left as it is. */
function trainFold(
  directory: string,
  scenario: Scenario,
  { steps, seed }: Plan,
  watching: Pick<Parameters<typeof prepareRun>[1], 'signal' | 'onProgress'>,
): Promise<RunSummary> {
  const resume = existsSync(runPaths(directory).config);
  return train(prepareRun(scenario, { directory, seed, steps, resume, ...watching }));
}

function newPlan(name: string | undefined, options: WalkForwardOptions): { directory: string; plan: Plan } {
  if (name === undefined) {
    throw new UsageError("Expected the name of a scenario, as in 'upslope walkforward portfolio'.");
  }
  const { set = [], data, folds, from, validation, embargo } = options;
  if (from !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(from)) {
    throw new UsageError(`--from: expected a day as YYYY-MM-DD, got '${from}'.`);
  }
  const scenario = loadScenario(name, { set });
  if (data !== undefined) {
    const file = resolve(data);
    if (!existsSync(file)) throw new UsageError(`There is no file ${file}: expected the data that --data names.`);
    scenario.environment.options.data = file;
  }
  const { seed = scenario.seed, steps = scenario.budget.steps } = options;
  const directory = options.out ?? join('runs', `${scenario.name}-walkforward-${seed}`);
  if (existsSync(join(directory, PLAN))) {
    throw new UsageError(
      `${directory} holds such an evaluation already. Go on with it by --resume, or name another --out.`,
    );
  }
  const { rebalanceEvery } = scenario.environment.options;
  const purge = options.purge ?? (typeof rebalanceEvery === 'number' ? rebalanceEvery : 1);
  return {
    directory,
    plan: { scenario, seed, steps, settings: { folds, from, validationDays: validation, purge, embargo } },
  };
}

/** @throws UserError where no such evaluation lies */
function storedPlan({ resume }: WalkForwardOptions): { directory: string; plan: Plan } {
  const directory = resume!;
  const file = join(directory, PLAN);
  if (!existsSync(file)) throw new UserError(`There is nothing to go on with in ${directory}: expected ${file}.`);
  const plan = JSON.parse(readFileSync(file, 'utf8')) as Plan;
  return { directory, plan: { ...plan, scenario: parseScenario(plan.scenario, file) } };
}

function store(directory: string, plan: Plan): void {
  mkdirSync(directory, { recursive: true });
  writeFileAtomic(join(directory, PLAN), `${JSON.stringify(plan, null, 2)}\n`);
}

/** The first two lines of each fold's own table: the policy, and the rule to beat. */
function foldsTable({ folds }: WalkForward, each: readonly DomainEvaluation[]): Table {
  const [name, ...measures] = each[0].table.columns;
  return {
    columns: ['Trained on', 'Tested on', name, ...measures],
    rows: folds.flatMap(({ spans }, index) =>
      each[index].table.rows.slice(0, 2).map((row) => [spans.train, spans.test, ...row]),
    ),
    emphasis: folds.map((_, index) => 2 * index),
  };
}

function reportOf({ scenario, seed, steps, settings }: Plan, folds: Table, joined: DomainEvaluation): string {
  const { validationDays, purge, embargo } = settings;
  return renderReport({
    title: `${scenario.name}, walked forward`,
    subtitle: scenario.description || undefined,
    facts: [
      ['Environment', scenario.environment.id],
      ['Folds', String(settings.folds)],
      ['Steps a fold', String(steps)],
      ['Seed', String(seed)],
    ],
    sections: [
      {
        title: 'Folds',
        text:
          `Each policy has learned from the days before its test part; the best was chosen on ${validationDays} days ` +
          `right before it. ${purge} days are left out before each part as purge and ${embargo} as embargo.`,
        table: folds,
      },
      ...joined.sections.map((section) => ({ ...section, title: `${section.title}, all test parts as one` })),
    ],
  });
}
