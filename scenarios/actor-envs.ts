import type { VectorEnv } from '../src/core/vector-env.ts';
import { environmentMaker, loadEnvironment } from './environments.ts';
import type { Scenario } from './schema.ts';
import { shapeRewards } from './shaping.ts';

/** The training environments of a scenario, for an actor in a thread of its own. */
export async function makeEnvs({ environment, shaping, algorithm }: Scenario): Promise<VectorEnv> {
  await loadEnvironment(environment);
  const envs = await environmentMaker(environment).make(environment.options, environment.numEnvs);
  return shapeRewards(envs, shaping, algorithm.gamma);
}
