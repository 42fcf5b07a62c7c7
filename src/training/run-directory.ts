import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileError, writeFileAtomic } from './atomic-file.ts';

/** Where everything of a run lies. */
export interface RunPaths {
  directory: string;
  /** The resolved scenario, seed and budget. */
  config: string;
  progress: string;
  events: string;
  tensorboard: string;
  checkpoints: string;
  bestPolicy: string;
  lastPolicy: string;
  report: string;
}

export function runPaths(directory: string): RunPaths {
  return {
    directory,
    config: join(directory, 'config.json'),
    progress: join(directory, 'progress.csv'),
    events: join(directory, 'events.jsonl'),
    tensorboard: join(directory, 'tensorboard'),
    checkpoints: join(directory, 'checkpoints'),
    bestPolicy: join(directory, 'policy', 'best.safetensors'),
    lastPolicy: join(directory, 'policy', 'last.safetensors'),
    report: join(directory, 'report.html'),
  };
}

/** What a run was asked to do: enough to start it again. */
export interface RunConfig {
  scenario: unknown;
  seed: number;
  totalSteps: number;
  threads: number;
}

/** @throws UserError where a run lies there already, or the directory cannot be written. */
export function createRunDirectory(directory: string, config: RunConfig): RunPaths {
  const paths = runPaths(directory);
  if (existsSync(paths.config)) {
    throw new UserError(
      `${directory} already holds a run. Expected an empty or new directory; continue that run with --resume ${directory}.`,
    );
  }
  try {
    for (const folder of [paths.tensorboard, paths.checkpoints, join(directory, 'policy')]) {
      makeFolder(resolve(folder));
    }
  } catch (cause) {
    throw fileError('create', directory, cause);
  }
  writeFileAtomic(paths.config, `${JSON.stringify(config, null, 2)}\n`);
  return paths;
}

/** With its parents. Node's own recursive way never returns where a parent exists but takes no folders, as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** @throws UserError where no run lies there. */
export function readRunConfig(directory: string): RunConfig {
  const { config } = runPaths(directory);
  let text: string;
  try {
    text = readFileSync(config, 'utf8');
  } catch {
    throw new UserError(`${directory} holds no run: expected a directory made by 'upslope train', with a config.json.`);
  }
  try {
    // Runs of before there were several had one.
    return { threads: 1, ...JSON.parse(text) };
  } catch {
    throw new UserError(`${config} is not JSON: it may be damaged. Start the run anew.`);
  }
}
