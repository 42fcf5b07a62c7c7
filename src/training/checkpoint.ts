import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { Tensor } from '../engine/engine.ts';
import { prefixed, withPrefix } from '../engine/named-tensors.ts';
import { getNormaliserState, type NormaliserState, readTensorFile, setNormaliserState } from '../policy/artefact.ts';
import type { Policy } from '../policy/policy.ts';
import { encodeSafetensors } from '../policy/safetensors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { LearnerState } from './learner.ts';

/** Where a run stands, apart from its policy. */
export interface Standing {
  update: number;
  steps: number;
  seconds: number;
  /** Highest mean return of an evaluation so far; `null` before the first. */
  bestReturn: number | null;
  lastReturn: number | null;
  learner: LearnerState;
  /** Bytes of each metric file that belong to the run up to here. */
  filePositions: Record<string, number>;
}

interface StoredState extends Omit<Standing, 'learner'> {
  learner: unknown;
  normalisers: NormaliserState;
  optimiserStep: number;
}

const SUFFIX = '.safetensors';
const KEPT = 2;

/** Latest first. */
function checkpointFiles(directory: string): { file: string; steps: number }[] {
  return readdirSync(directory)
    .filter((name) => /^\d+\.safetensors$/.test(name))
    .map((name) => ({ file: join(directory, name), steps: Number(name.slice(0, -SUFFIX.length)) }))
    .sort((a, b) => b.steps - a.steps);
}

/** Adds a checkpoint to `directory` atomically and removes all but the latest two. Returns its path. */
export function saveCheckpoint(directory: string, policy: Policy, standing: Standing): string {
  const optimiser = policy.model.getOptimiserState();
  const tensors: Record<string, Tensor> = {
    ...prefixed('parameters', policy.model.getTensors()),
    ...prefixed('first-moments', optimiser.firstMoments),
    ...prefixed('second-moments', optimiser.secondMoments),
    ...prefixed('learner', standing.learner.tensors),
  };
  const state: StoredState = {
    ...standing,
    learner: standing.learner.json,
    normalisers: getNormaliserState(policy),
    optimiserStep: optimiser.step,
  };
  const file = join(directory, `${standing.steps}${SUFFIX}`);
  writeFileAtomic(file, encodeSafetensors({ tensors, metadata: { state: JSON.stringify(state) } }));
  for (const old of checkpointFiles(directory).slice(KEPT)) rmSync(old.file);
  return file;
}

/** The latest readable checkpoint of a run, and those after it that are damaged, with what is wrong with them. */
export interface LoadedCheckpoint {
  standing: Standing | undefined;
  damaged: string[];
}

/** Loads the latest readable checkpoint of `directory`, if there is one, into the policy. */
export function loadLatestCheckpoint(directory: string, policy: Policy): LoadedCheckpoint {
  const damaged: string[] = [];
  for (const { file } of checkpointFiles(directory)) {
    try {
      return { standing: loadCheckpoint(file, policy), damaged };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      damaged.push(error.message);
    }
  }
  return { standing: undefined, damaged };
}

function loadCheckpoint(file: string, policy: Policy): Standing {
  const { tensors, metadata } = readTensorFile(file);
  const { normalisers, optimiserStep, learner, ...standing }: StoredState = JSON.parse(metadata.state);
  policy.model.setTensors(withPrefix('parameters', tensors));
  policy.model.setOptimiserState({
    step: optimiserStep,
    firstMoments: withPrefix('first-moments', tensors),
    secondMoments: withPrefix('second-moments', tensors),
  });
  setNormaliserState(policy, normalisers);
  return { ...standing, learner: { json: learner, tensors: withPrefix('learner', tensors) } };
}
