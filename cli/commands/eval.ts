import { Command, Option } from 'commander';
import { environmentMaker, loadEnvironment } from '../../scenarios/environments.ts';
import { evaluationEnvCount, finalOptionsOf } from '../../scenarios/prepare.ts';
import { Random } from '../../src/core/random.ts';
import type { VectorEnv } from '../../src/core/vector-env.ts';
import { episodeReturns } from '../../src/estimators/off-policy-evaluation.ts';
import { meanAndStd } from '../../src/estimators/statistics.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { recordEpisodes } from '../../src/training/off-policy/record.ts';
import { episodeLogCsv, episodeLogJsonLines } from '../../src/training/off-policy/write-log.ts';
import { evaluateInDomain, loadRunPolicy, openRun, type PolicyChoice } from '../finished-run.ts';
import { formatNumber, formatTable, printJson } from '../output.ts';
import { asUsage, UsageError, wholeNumber } from '../usage-error.ts';

interface EvalOptions {
  episodes?: number;
  seed: number;
  policy: PolicyChoice;
  record?: string;
  json?: boolean;
}

/** Far from the seeds of training and of its evaluations, by which the best policy was chosen. */
const FRESH_SEED = 1_000_000;

export function evalCommand(): Command {
  return new Command('eval')
    .description('evaluate the policy of a run: whole episodes without exploration, on the unshaped reward')
    .argument('<run>', 'directory of the run')
    .option('--episodes <n>', "how many (default: the scenario's)", wholeNumber(1))
    .option('--seed <n>', 'of the first episode', wholeNumber(0), FRESH_SEED)
    .addOption(new Option('--policy <which>', 'which policy of the run').choices(['best', 'last']).default('best'))
    .option('--record <file>', 'act by chance, as in training, and log every step for upslope ope: .csv or .jsonl')
    .option('--json', 'print one JSON object: episodes, meanReturn, stdReturn and the figures of the domain')
    .addHelpText(
      'after',
      `
Examples:
  $ upslope eval runs/cartpole/20250101-120000-0
  $ upslope eval runs/cartpole/20250101-120000-0 --episodes 100 --json
  $ upslope eval runs/cartpole/20250101-120000-0 --episodes 500 --record log.csv`,
    )
    .action(evalRun);
}

async function evalRun(directory: string, options: EvalOptions): Promise<void> {
  const { record } = options;
  if (record !== undefined && !/\.(csv|jsonl)$/.test(record)) {
    throw new UsageError(`--record: expected a file that ends in .csv or .jsonl, got '${record}'.`);
  }
  const run = asUsage(() => openRun(directory));
  const { scenario } = run;
  const policy = loadRunPolicy(run, options.policy);
  const episodes = options.episodes ?? scenario.evaluation.episodes;
  await loadEnvironment(scenario.environment);
  const environments = environmentMaker(scenario.environment, (waiting) => process.stderr.write(`${waiting}\n`));
  const envs = await environments.make(finalOptionsOf(scenario), evaluationEnvCount(episodes));
  const played =
    record === undefined
      ? evaluate(policy, envs, episodes, options.seed)
      : recordTo(record, policy, envs, episodes, options.seed);
  const { meanReturn, stdReturn } = await played.finally(() => envs.close());
  const found = record === undefined ? await evaluateInDomain(run, policy) : undefined;
  policy.model.dispose();

  if (options.json) {
    printJson({ episodes, meanReturn, stdReturn, record, ...found?.metrics });
    return;
  }
  const lines = [
    `${scenario.name}, ${options.policy} policy${record === undefined ? '' : ', acting by chance'}: mean return ${formatNumber(meanReturn)}, ` +
      `standard deviation ${formatNumber(stdReturn)}, over ${episodes} episode${episodes === 1 ? '' : 's'}`,
    ...(found ? ['', formatTable(found.table)] : []),
    ...(record === undefined ? [] : [`Log  ${record}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function recordTo(file: string, policy: Policy, envs: VectorEnv, episodes: number, seed: number) {
  const log = await recordEpisodes(policy, envs, episodes, seed, new Random(seed));
  writeFileAtomic(file, file.endsWith('.csv') ? episodeLogCsv(log) : episodeLogJsonLines(log));
  const { mean, std } = meanAndStd(episodeReturns({ ...log, gamma: 1 }));
  return { meanReturn: mean, stdReturn: std };
}
