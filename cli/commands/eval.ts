import { Command, Option } from 'commander';
import { environmentMaker, loadEnvironment } from '../../scenarios/environments.ts';
import { evaluationEnvCount, finalOptionsOf } from '../../scenarios/prepare.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { evaluateInDomain, loadRunPolicy, openRun, type PolicyChoice } from '../finished-run.ts';
import { formatNumber, formatTable, printJson } from '../output.ts';
import { asUsage, wholeNumber } from '../usage-error.ts';

interface EvalOptions {
  episodes?: number;
  seed: number;
  policy: PolicyChoice;
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
    .option('--json', 'print one JSON object: episodes, meanReturn, stdReturn and the figures of the domain')
    .addHelpText(
      'after',
      `
Examples:
  $ upslope eval runs/cartpole/20250101-120000-0
  $ upslope eval runs/cartpole/20250101-120000-0 --episodes 100 --json`,
    )
    .action(evalRun);
}

async function evalRun(directory: string, options: EvalOptions): Promise<void> {
  const run = asUsage(() => openRun(directory));
  const { scenario } = run;
  const policy = loadRunPolicy(run, options.policy);
  const episodes = options.episodes ?? scenario.evaluation.episodes;
  await loadEnvironment(scenario.environment);
  const environments = environmentMaker(scenario.environment, (waiting) => process.stderr.write(`${waiting}\n`));
  const envs = await environments.make(finalOptionsOf(scenario), evaluationEnvCount(episodes));
  const { meanReturn, stdReturn } = await evaluate(policy, envs, episodes, options.seed).finally(() => envs.close());
  const found = await evaluateInDomain(run, policy);
  policy.model.dispose();

  if (options.json) {
    printJson({ episodes, meanReturn, stdReturn, ...found?.metrics });
    return;
  }
  const lines = [
    `${scenario.name}, ${options.policy} policy: mean return ${formatNumber(meanReturn)}, ` +
      `standard deviation ${formatNumber(stdReturn)}, over ${episodes} episode${episodes === 1 ? '' : 's'}`,
    ...(found ? ['', formatTable(found.table)] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
