import '../envs/index.ts';
import { makeRows } from '../src/core/registry.ts';
import type { RowEnv } from '../src/core/row-env.ts';
import { SyncVectorEnv } from '../src/core/sync-vector-env.ts';
import type { VectorEnv } from '../src/core/vector-env.ts';
import type { Progress, RunSetup } from '../src/training/run.ts';
import type { Scenario } from './schema.ts';
import { shapeRewards } from './shaping.ts';

export interface RunOptions {
  /** Where the run is written, or lies already with `resume`. */
  directory: string;
  /** In place of the scenario's. */
  seed?: number;
  steps?: number;
  resume?: boolean;
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
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
  const { steps = scenario.budget.steps, seed = scenario.seed, resume = false, ...rest } = options;
  const { environment, evaluation, checkpoint, shaping, algorithm, policy } = scenario;
  const { name: _, ...ppo } = algorithm;
  const makeOne = (): RowEnv => shapeRewards(makeRows(environment.id, environment.options), shaping, ppo.gamma);
  const evaluationOptions = evaluationOptionsOf(scenario);

  // Before anything is written: a mistake in the scenario should leave no run behind.
  for (const env of [makeOne(), makeRows(environment.id, evaluationOptions)]) env.close?.();

  return {
    ...rest,
    scenario: { name: scenario.name, config: scenario },
    seed,
    totalSteps: steps,
    resume,
    makeEnvs: () => new SyncVectorEnv(makeOne, environment.numEnvs, { name: environment.id }),
    makeEvaluationEnvs: () => makeEvaluationEnvs(environment.id, evaluationOptions, evaluation.episodes),
    policy,
    algorithm: ppo,
    evaluation: {
      episodes: evaluation.episodes,
      everySteps: evaluation.everySteps ?? Math.ceil(steps / EVALUATIONS),
    },
    checkpoint: { everySteps: checkpoint.everySteps ?? Math.ceil(steps / CHECKPOINTS) },
  } satisfies RunSetup;
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
export function makeEvaluationEnvs(id: string, options: Record<string, unknown>, episodes: number): VectorEnv {
  return new SyncVectorEnv(() => makeRows(id, options), Math.min(episodes, 32), { name: id });
}
