import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '../../scenarios/load.ts';
import { prepareRun } from '../../scenarios/prepare.ts';
import { quantile } from '../../src/estimators/statistics.ts';
import { type Progress, train } from '../../src/training/run.ts';
import { casesOf } from './cases.ts';

/** Memory of the whole process over one long run, in bytes. */
export interface MemoryUse {
  name: string;
  threads: number;
  steps: number;
  stepsPerSecond: number;
  /** Medians over the second and over the last twentieth of the run. */
  afterWarmUp: number;
  atEnd: number;
  most: number;
  /** `atEnd` as a multiple of `afterWarmUp`. */
  growth: number;
}

/** Trains CartPole-v1 for so many steps, as `upslope train` does, and watches the resident memory. */
export async function measureMemory(
  steps: number,
  threads: number,
  onProgress: (progress: Progress) => void,
): Promise<MemoryUse> {
  const { name, scenario, set } = casesOf('ppo')[1];
  const folder = mkdtempSync(join(tmpdir(), 'upslope-bench-'));
  const samples: { steps: number; bytes: number }[] = [];
  try {
    const summary = await train({
      ...prepareRun(loadScenario(scenario, { set }), { directory: join(folder, 'run'), seed: 0, steps, threads }),
      onProgress(progress) {
        samples.push({ steps: progress.steps, bytes: process.memoryUsage.rss() });
        onProgress(progress);
      },
    });
    const { stepsPerSecond } = summary;
    return { name, threads: summary.threads, steps: summary.steps, stepsPerSecond, ...memoryUse(samples, steps) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Medians, as the garbage collector makes single values jump. */
export function memoryUse(samples: readonly { steps: number; bytes: number }[], totalSteps: number) {
  const between = (from: number, to: number): number => {
    const chosen = samples.filter(({ steps }) => steps > from * totalSteps && steps <= to * totalSteps);
    return quantile(
      (chosen.length > 0 ? chosen : samples).map(({ bytes }) => bytes),
      0.5,
    );
  };
  const afterWarmUp = between(0.05, 0.1);
  const atEnd = between(0.95, Number.POSITIVE_INFINITY);
  return { afterWarmUp, atEnd, most: Math.max(...samples.map(({ bytes }) => bytes)), growth: atEnd / afterWarmUp };
}
