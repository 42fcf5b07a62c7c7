import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packagePath } from '../../src/core/package-path.ts';
import { Random } from '../../src/core/random.ts';
import { loadEnv, makeRows, needsLoading } from '../../src/core/registry.ts';
import { quantile } from '../../src/estimators/statistics.ts';
import type { Comparison } from './bridge.ts';

const run = promisify(execFile);

/** Environments of ours and the same in Gymnasium. */
const pairs = [['upslope/Reacher-v0', 'Reacher-v5']] as const;

/** How fast one environment steps here and in Python, in turns. */
export async function measureEnvironments(python: string, rounds: number, seconds: number): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [id, theirId] of pairs) {
    const mine: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      mine.push(await stepsPerSecond(id, seconds));
      const args = [packagePath('cli', 'bench', 'environments.py'), theirId, String(seconds)];
      theirs.push(Number((await run(python, args)).stdout));
    }
    comparisons.push({
      name: id,
      stepsPerSecond: quantile(mine, 0.5),
      against: `Gymnasium ${theirId}`,
      theirs: quantile(theirs, 0.5),
      ratio: quantile(
        mine.map((speed, round) => speed / theirs[round]),
        0.5,
      ),
    });
  }
  return comparisons;
}

async function stepsPerSecond(id: string, seconds: number): Promise<number> {
  if (needsLoading(id)) await loadEnv(id);
  const env = makeRows(id);
  const random = new Random(0);
  const observation = new Float32Array(env.observationSize);
  const actions = Array.from({ length: 64 }, () =>
    Float32Array.from({ length: env.actionSize }, () => random.uniform(-1, 1)),
  );
  const play = (until: () => boolean): number => {
    let steps = 0;
    while (!until()) {
      for (let k = 0; k < 50; k++) {
        env.step(actions[(steps + k) % 64], observation);
        if (env.terminated || env.truncated) env.reset(undefined, observation);
      }
      steps += 50;
    }
    return steps;
  };
  env.reset(0, observation);
  const warm = performance.now();
  play(() => performance.now() - warm > 300);
  const start = performance.now();
  const steps = play(() => performance.now() - start > seconds * 1000);
  env.close?.();
  return (steps / (performance.now() - start)) * 1000;
}
