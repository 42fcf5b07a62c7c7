import type { VectorEnv } from '../../src/core/vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { policyDefaults } from '../../src/policy/policy.ts';
import type { Learner } from '../../src/training/learner.ts';
import { createLearner, mostThreads } from '../../src/training/learners/index.ts';
import { threadsWithin } from '../../src/training/threads/choose-threads.ts';
import { prepareCase, type TrainingCase } from './cases.ts';

/** Seconds in which code is compiled anew, in every thread, before it is fast. */
export const WARM_UP = 1;

/**
 * Environment steps a second, all environments together, of learning as a run does it: acting and updates in turn.
 *
 * @param asked threads, or as many as there is work for
 */
export async function measureTraining(setting: TrainingCase, asked: number, seconds: number): Promise<number> {
  const { algorithm, policy, makeEnvs, envModule, numEnvs } = await prepareCase(setting, asked);
  const opened: VectorEnv[] = [];
  const { threads } = threadsWithin(asked, mostThreads(algorithm, numEnvs));
  try {
    const learner = await createLearner(algorithm, {
      seed: 0,
      engine: createCpuEngine(),
      policy: { ...policyDefaults, ...policy },
      openEnvs: async () => {
        const envs = await makeEnvs();
        opened.push(envs);
        return envs;
      },
      envModule,
      numEnvs,
      threads,
      maxRows: 1,
    });
    try {
      await learner.start();
      // The first rounds of some algorithms gather experience without learning from it.
      await learnFor(learner, Math.min(WARM_UP, seconds), 2);
      return await learnFor(learner, seconds, 1);
    } finally {
      await learner.close();
    }
  } finally {
    for (const envs of opened) await envs.close();
  }
}

/** @returns steps a second */
async function learnFor(learner: Learner, seconds: number, rounds: number): Promise<number> {
  const start = performance.now();
  let steps = 0;
  for (let round = 0; round < rounds || performance.now() - start < seconds * 1000; round++) {
    steps += (await learner.learn(0)).steps;
  }
  return (1000 * steps) / (performance.now() - start);
}
