import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packagePath } from '../../src/core/package-path.ts';
import { makeRows } from '../../src/core/registry.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { quantile } from '../../src/estimators/statistics.ts';
import { policyDefaults } from '../../src/policy/policy.ts';
import { createLearner } from '../../src/training/learners/index.ts';

const run = promisify(execFile);

const WIDTH = 256;
const BATCH = 256;

/** Learning speed of SAC, one gradient step for every step, medians over the rounds. */
export interface SacSpeed {
  name: string;
  stepsPerSecond: number;
  /** Of Stable-Baselines3 at the same settings, and how many times as fast this is. */
  sb3StepsPerSecond?: number;
  ratio?: number;
}

/** @param python with Stable-Baselines3, measured in turns; `undefined` where there is none */
export async function measureSac(
  engine: Engine,
  python: string | undefined,
  rounds: number,
  seconds: number,
): Promise<SacSpeed> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    mine.push(await stepsPerSecond(engine, seconds));
    if (python !== undefined) theirs.push(await sb3StepsPerSecond(python, seconds));
  }
  return {
    name: `Pendulum-v1, ${WIDTH}-${WIDTH} relu, batch ${BATCH}`,
    stepsPerSecond: quantile(mine, 0.5),
    ...(python !== undefined && {
      sb3StepsPerSecond: quantile(theirs, 0.5),
      ratio: quantile(
        mine.map((speed, round) => speed / theirs[round]),
        0.5,
      ),
    }),
  };
}

async function stepsPerSecond(engine: Engine, seconds: number): Promise<number> {
  const envs = new SyncVectorEnv(() => makeRows('Pendulum-v1'), 1);
  const learner = await createLearner(
    { name: 'sac', batchSize: BATCH },
    {
      seed: 0,
      engine,
      policy: { ...policyDefaults, hidden: [WIDTH, WIDTH], activation: 'relu' },
      openEnvs: async () => envs,
      maxRows: 1,
    },
  );
  await learner.start();
  // Random steps, and the first of those that learn, for V8 to compile the kernels.
  for (let round = 0; round < 2; round++) await learner.learn(0);
  const start = performance.now();
  let steps = 0;
  while (performance.now() - start < seconds * 1000) steps += (await learner.learn(0)).steps;
  const elapsed = performance.now() - start;
  await learner.close();
  return (steps / elapsed) * 1000;
}

async function sb3StepsPerSecond(python: string, seconds: number): Promise<number> {
  const args = [packagePath('cli', 'bench', 'sb3-sac.py'), WIDTH, BATCH, seconds].map(String);
  const { stdout } = await run(python, args, { env: { ...process.env, OMP_NUM_THREADS: '1' } });
  return Number(stdout.trim().split('\n').at(-1));
}
