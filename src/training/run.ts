import { readdirSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import type { VectorEnv } from '../core/vector-env.ts';
import { createCpuEngine, type Engine } from '../engine/index.ts';
import { encodePolicy } from '../policy/artefact.ts';
import { type PolicyConfig, policyDefaults } from '../policy/policy.ts';
import type { AlgorithmSetting } from './algorithm-setting.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { loadLatestCheckpoint, type Standing, saveCheckpoint } from './checkpoint.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import type { Learner, Metrics } from './learner.ts';
import { createLearner, mostThreads } from './learners/index.ts';
import { createRunDirectory, type RunPaths, readRunConfig, runPaths } from './run-directory.ts';
import { lockRun } from './run-lock.ts';
import { openRunLog } from './run-log.ts';
import { chooseThreads, type ThreadChoice, threadsWithin } from './threads/choose-threads.ts';
import type { EnvModule } from './threads/env-module.ts';

/** Everything a run needs. Its outcome is a function of this alone, times of day apart. */
export interface RunSetup {
  /** Where the run's files go: a new directory, or that of a run to resume. */
  directory: string;
  /** Environment steps, all environments together; the last rollout is finished even if it goes beyond. */
  totalSteps: number;
  makeEnvs(): VectorEnv | Promise<VectorEnv>;
  /** The same environments for other threads to act in. Without it all act in this one. */
  envModule?: EnvModule;
  /** Environments in the batch that `makeEnvs` gives. Needed where threads are to share them. */
  numEnvs?: number;
  /** Default: as `makeEnvs`. */
  makeEvaluationEnvs?(): VectorEnv | Promise<VectorEnv>;
  /** Stored with the run and in its policies: whatever tells a reader how it was made. */
  scenario?: { name: string; config: unknown };
  /** Default 0. */
  seed?: number;
  /**
   * Threads that learn together, each in its share of the environments; `auto` to measure how many are fastest. A
   * resumed run has as many as before. Default 1.
   */
  threads?: number | 'auto';
  /** Where the networks are to live. Default: on the processor. */
  makeEngine?(): Engine | Promise<Engine>;
  policy?: Partial<PolicyConfig>;
  /** Default: PPO. */
  algorithm?: AlgorithmSetting;
  /** Whole episodes without exploration, every so many steps and at the end. Default: 20, ten times a run. */
  evaluation?: { episodes: number; everySteps: number };
  /** Default: ten times a run. One is written at the end in any case. */
  checkpoint?: { everySteps: number };
  /** Continue the run that lies in `directory` from its latest checkpoint. Default false. */
  resume?: boolean;
  /** Stops the run after the update at hand, with a checkpoint. */
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /** Told what is worth knowing about how the run is carried out, which is in its log too. */
  onNote?(text: string): void;
}

export interface Progress {
  update: number;
  steps: number;
  totalSteps: number;
  seconds: number;
  stepsPerSecond: number;
  etaSeconds: number;
  /** Over the last 100 training episodes, exploration and shaping included; NaN before the first has ended. */
  meanReturn: number;
}

export interface RunSummary {
  steps: number;
  seconds: number;
  stepsPerSecond: number;
  /** Of the last evaluation. */
  meanReturn: number;
  threads: number;
  runDirectory: string;
  stopped: 'finished' | 'interrupted';
}

/**
 * Trains a policy: collect, learn, evaluate, checkpoint, over and over.
 *
 * @throws UserError when the run diverges, an environment misbehaves or the directory cannot be written; what was
 *   saved before stays as it is.
 */
export async function train(setup: RunSetup): Promise<RunSummary> {
  const { directory, totalSteps, seed = 0, scenario = UNNAMED } = setup;
  const opened: VectorEnv[] = [];
  try {
    // First, so that settings which do not fit leave no directory behind.
    const parts = await assemble(setup, opened);
    const { learner, threads } = parts;
    try {
      const paths = setup.resume
        ? runPaths(directory)
        : createRunDirectory(directory, { scenario: scenario.config, seed, totalSteps, threads });
      const unlock = lockRun(directory);
      try {
        return await carryOut(setup, parts, paths);
      } finally {
        unlock();
      }
    } finally {
      await learner.close();
    }
  } finally {
    for (const envs of opened) await envs.close();
  }
}

/** Where returns do not vary there is nothing to explain. */
const MAY_BE_UNDEFINED = 'explainedVariance';

const UNNAMED = { name: 'unnamed', config: null };

/** What a run consists of. */
interface Parts {
  learner: Learner;
  evaluationEnvs: VectorEnv;
  engine: Engine;
  threads: number;
  /** What is to be said of how these were chosen. */
  notes: string[];
}

/** @param opened is given the environments made, even if not all can be */
async function assemble(setup: RunSetup, opened: VectorEnv[]): Promise<Parts> {
  const { seed = 0, algorithm = {}, makeEngine = createCpuEngine, makeEvaluationEnvs = setup.makeEnvs } = setup;
  const engine = await makeEngine();
  const open = async (make: RunSetup['makeEnvs'], where = opened): Promise<VectorEnv> => {
    const envs = await make();
    where.push(envs);
    return envs;
  };
  const evaluationEnvs = await open(makeEvaluationEnvs);
  const openLearner = (threads: number, where = opened): Promise<Learner> =>
    createLearner(algorithm, {
      seed,
      engine,
      policy: { ...policyDefaults, ...setup.policy },
      openEnvs: () => open(setup.makeEnvs, where),
      envModule: setup.envModule,
      numEnvs: setup.numEnvs,
      threads,
      maxRows: evaluationEnvs.numEnvs,
    });
  const measured = async (threads: number): Promise<Learner> => {
    const own: VectorEnv[] = [];
    const learner = await openLearner(threads, own);
    const close = async (): Promise<void> => {
      await learner.close();
      for (const envs of own) await envs.close();
    };
    return { ...learner, close };
  };
  const { threads, note } = await threadsFor(setup, engine, measured);
  const learner = await openLearner(threads);
  return { learner, evaluationEnvs, engine, threads, notes: note === undefined ? [] : [note] };
}

async function threadsFor(
  setup: RunSetup,
  engine: Engine,
  open: (threads: number) => Promise<Learner>,
): Promise<ThreadChoice> {
  const { threads = 1, algorithm = {}, envModule, numEnvs, totalSteps } = setup;
  if (setup.resume) return { threads: readRunConfig(setup.directory).threads, note: undefined };
  const most = engine.canShare
    ? mostThreads(algorithm, numEnvs)
    : { threads: 1, because: `the engine ${engine.name} has its own` };
  if (threads !== 'auto') return threadsWithin(threads, most);
  // Elsewhere it would take others' processes to find out, or it is not known to help.
  const canBeMeasured = engine.canShare && envModule !== undefined && ['ppo', 'a2c'].includes(algorithm.name ?? 'ppo');
  return canBeMeasured ? chooseThreads(open, most.threads, totalSteps) : { threads: 1, note: undefined };
}

async function carryOut(setup: RunSetup, parts: Parts, paths: RunPaths): Promise<RunSummary> {
  const { learner, evaluationEnvs, engine, threads, notes } = parts;
  const { directory, totalSteps, seed = 0, scenario = UNNAMED } = setup;
  const { policy } = learner;
  const tenth = Math.ceil(totalSteps / 10);
  const { evaluation = { episodes: 20, everySteps: tenth }, checkpoint = { everySteps: tenth } } = setup;

  const found = setup.resume ? loadLatestCheckpoint(paths.checkpoints, policy) : undefined;
  const resumed = found?.standing;
  let { update, steps, seconds, bestReturn, lastReturn } = resumed ?? {
    update: 0,
    steps: 0,
    seconds: 0,
    bestReturn: null,
    lastReturn: null,
  };
  if (resumed) await learner.setState(resumed.learner);
  else await learner.start();
  const log = openRunLog(paths, learner, resumed?.filePositions);
  for (const text of found?.damaged ?? []) log.event('note', steps, { text });
  log.event(resumed ? 'resume' : 'start', steps, { scenario: scenario.name, seed, engine: engine.name, threads });
  for (const text of notes) {
    log.event('note', steps, { text });
    setup.onNote?.(text);
  }
  if (!learner.savesEnvironments) {
    log.event('note', steps, { text: 'The environments cannot save their state: a resumed run starts new episodes.' });
  }

  const secondsBefore = seconds;
  const startedAt = performance.now();
  const stepsBefore = steps;

  const save = async (): Promise<void> => {
    log.event('checkpoint', steps);
    const standing: Standing = {
      update,
      steps,
      seconds,
      bestReturn,
      lastReturn,
      learner: await learner.getState(),
      filePositions: log.positions(),
    };
    saveCheckpoint(paths.checkpoints, policy, standing);
  };

  try {
    while (steps < totalSteps && !setup.signal?.aborted) {
      const stepsAtStart = steps;
      const round = await learner.learn(steps / totalSteps);
      update++;
      steps += round.steps;
      if (round.metrics) assertConverging(round.metrics, update, steps, paths.checkpoints);

      const passed = (every: number): boolean => Math.floor(steps / every) > Math.floor(stepsAtStart / every);
      const finished = steps >= totalSteps;
      let evaluated: Evaluation | undefined;
      if (finished || passed(evaluation.everySteps)) {
        evaluated = await evaluate(policy, evaluationEnvs, evaluation.episodes, seed);
        lastReturn = evaluated.meanReturn;
        // Of two policies that score the same the later has seen more.
        if (bestReturn === null || evaluated.meanReturn >= bestReturn) {
          bestReturn = evaluated.meanReturn;
          writeFileAtomic(paths.bestPolicy, encodePolicy(policy, scenario.config));
        }
      }

      seconds = secondsBefore + (performance.now() - startedAt) / 1000;
      const stepsPerSecond = (steps - stepsBefore) / (seconds - secondsBefore);
      log.update(steps, { update, steps, seconds, stepsPerSecond }, evaluated, round.metrics);
      // Lets signals and timers through, which wait while promises follow each other without a pause.
      await new Promise(setImmediate);
      if (finished || passed(checkpoint.everySteps) || setup.signal?.aborted) await save();

      setup.onProgress?.({
        update,
        steps,
        totalSteps,
        seconds,
        stepsPerSecond,
        etaSeconds: Math.max(totalSteps - steps, 0) / stepsPerSecond,
        meanReturn: learner.episodes.summary().returnMean,
      });
    }
    writeFileAtomic(paths.lastPolicy, encodePolicy(policy, scenario.config));
    const stopped = steps >= totalSteps ? 'finished' : 'interrupted';
    log.event(stopped, steps);
    return {
      steps,
      seconds,
      // A run that had finished before has taken no steps this time.
      stepsPerSecond: steps > stepsBefore ? (steps - stepsBefore) / (seconds - secondsBefore) : steps / seconds,
      meanReturn: lastReturn ?? Number.NaN,
      threads,
      runDirectory: directory,
      stopped,
    };
  } catch (error) {
    log.event('error', steps, { message: (error as Error).message });
    throw error;
  } finally {
    log.close();
  }
}

function assertConverging(metrics: Metrics, update: number, steps: number, checkpoints: string): void {
  const broken = Object.keys(metrics).find((name) => name !== MAY_BE_UNDEFINED && !Number.isFinite(metrics[name]));
  if (broken === undefined) return;
  const kept = readdirSync(checkpoints).length > 0 ? `The last good checkpoint is kept in ${checkpoints}. ` : '';
  throw new UserError(
    `Training diverged: ${broken} is ${metrics[broken]} after update ${update} (step ${steps}). ${kept}` +
      'Try a lower algorithm.learningRate, or policy.normaliseObservations and policy.normaliseRewards.',
  );
}
