import type { VectorEnv } from '../src/core/vector-env.ts';
import { environmentMaker, loadEnvironment } from './environments.ts';
import type { Scenario } from './schema.ts';
import { shapeRewards } from './shaping.ts';

/** So many of the training environments of a scenario, for a thread that is to act in them. */
export async function makeEnvs({ environment, shaping, algorithm }: Scenario, numEnvs: number): Promise<VectorEnv> {
  await loadEnvironment(environment);
  const envs = await environmentMaker(environment).make(environment.options, numEnvs);
  return shapeRewards(envs, shaping, algorithm.gamma);
}
