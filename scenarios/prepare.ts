import { pathToFileURL } from 'node:url';
import { packagePath } from '../src/core/package-path.ts';
import type { VectorEnv } from '../src/core/vector-env.ts';
import { createCpuEngine, createTensorflowEngine } from '../src/engine/index.ts';
import type { Progress, RunSetup } from '../src/training/run.ts';
import type { EnvModule } from '../src/training/threads/env-module.ts';
import { environmentMaker } from './environments.ts';
import type { Scenario } from './schema.ts';
import { shapeRewards } from './shaping.ts';

export interface RunOptions {
  /** Where the run is written, or lies already with `resume`. */
  directory: string;
  /** In place of the scenario's. */
  seed?: number;
  steps?: number;
  threads?: number | 'auto';
  resume?: boolean;
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  onNote?(text: string): void;
  /** Told when the run waits for hosts that are to come by themselves. */
  onWaiting?(message: string): void;
}

/** Evaluations and checkpoints in a run whose scenario does not say how often. */
const EVALUATIONS = 10;
const CHECKPOINTS = 20;

/**
 * What the trainer needs to carry out a scenario. The policy is trained on the shaped reward and evaluated on the
 * environment's own.
 *
 * @throws UserError for an unknown environment, options it does not take, or a shaping term that does not compile
 */
export function prepareRun(scenario: Scenario, options: RunOptions) {
  const { steps = scenario.budget.steps, seed = scenario.seed, threads = scenario.threads } = options;
  const { resume = false, onWaiting, ...rest } = options;
  const { environment, evaluation, checkpoint, shaping, algorithm, policy } = scenario;
  const environments = environmentMaker(environment, onWaiting);
  const shaped = (envs: VectorEnv): VectorEnv => shapeRewards(envs, shaping, algorithm.gamma);
  const make = (numEnvs: number) => whenMade(environments.make(environment.options, numEnvs), shaped);
  const evaluationOptions = evaluationOptionsOf(scenario);

  // Mistakes are told at once where that costs nothing; other processes are not started just to ask them.
  if (environment.bridge === undefined) {
    for (const made of [make(1), environments.make(evaluationOptions, 1)]) whenMade(made, (envs) => envs.close());
  }

  return {
    ...rest,
    scenario: { name: scenario.name, config: scenario },
    seed,
    totalSteps: steps,
    makeEngine: scenario.engine === 'cpu' ? createCpuEngine : createTensorflowEngine,
    threads,
    resume,
    makeEnvs: () => make(environment.numEnvs),
    // Environments in other processes are spoken to from this thread.
    envModule: environment.bridge === undefined ? envModuleOf(scenario) : undefined,
    numEnvs: environment.numEnvs,
    makeEvaluationEnvs: () => environments.make(evaluationOptions, evaluationEnvCount(evaluation.episodes)),
    policy,
    algorithm,
    evaluation: {
      episodes: evaluation.episodes,
      everySteps: evaluation.everySteps ?? Math.ceil(steps / EVALUATIONS),
    },
    checkpoint: { everySteps: checkpoint.everySteps ?? Math.ceil(steps / CHECKPOINTS) },
  } satisfies RunSetup;
}

function envModuleOf(scenario: Scenario): EnvModule {
  const module = pathToFileURL(packagePath('dist', 'scenarios', 'thread-envs.js')).href;
  return { module, argument: scenario };
}

/** Environment options of evaluations during training, by which the best policy is chosen. */
export function evaluationOptionsOf({ environment, evaluation }: Scenario): Record<string, unknown> {
  return merge(environment.options, evaluation.options);
}

/** Environment options of the final judgement, on what played no part in training or choice. */
export function finalOptionsOf({ environment, evaluation }: Scenario): Record<string, unknown> {
  return merge(environment.options, evaluation.options, evaluation.final);
}

/** Later options win; `null` takes one back to its default. */
function merge(...layers: Record<string, unknown>[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object.assign({}, ...layers)).filter(([, value]) => value !== null));
}

/** As many environments as episodes, up to what is handled well at once: then each episode has a seed of its own. */
export function evaluationEnvCount(episodes: number): number {
  return Math.min(episodes, 32);
}

function whenMade<T>(envs: VectorEnv | Promise<VectorEnv>, act: (envs: VectorEnv) => T): T | Promise<T> {
  return envs instanceof Promise ? envs.then(act) : act(envs);
}
