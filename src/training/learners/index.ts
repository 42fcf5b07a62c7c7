import { a2cDefaults } from '../../algorithms/a2c.ts';
import { type ImpalaConfig, impalaDefaults } from '../../algorithms/impala.ts';
import { pathwiseDefaults } from '../../algorithms/pathwise.ts';
import { ppoDefaults } from '../../algorithms/ppo.ts';
import { reinforceDefaults } from '../../algorithms/reinforce.ts';
import { type SacConfig, sacDefaults } from '../../algorithms/sac.ts';
import { UserError } from '../../core/errors.ts';
import type { AlgorithmSetting } from '../algorithm-setting.ts';
import type { Learner, LearnerOptions } from '../learner.ts';
import { teamLearner } from '../threads/team-learner.ts';
import { actorLearner } from './actor-learner.ts';
import { differentiableLearner } from './differentiable.ts';
import { episodicLearner } from './episodic.ts';
import { onPolicyLearner } from './on-policy.ts';
import { replayLearner } from './replay.ts';

/** How many threads can share the work of an algorithm, and why no more. */
export function mostThreads(
  algorithm: AlgorithmSetting,
  numEnvs: number | undefined,
): { threads: number; because: string } {
  const { name = 'ppo' } = algorithm;
  if (name === 'sac') {
    const { batchSize } = { ...sacDefaults, ...(algorithm as Partial<SacConfig>) };
    return { threads: batchSize, because: `a batch has ${batchSize} transitions` };
  }
  if (name === 'reinforce' || name === 'pathwise') return { threads: 1, because: `${name} learns in one` };
  if (numEnvs === undefined) return { threads: 1, because: 'numEnvs, which they would share, is not given' };
  const { actors } = { ...impalaDefaults, ...(algorithm as Partial<ImpalaConfig>) };
  const columns = name === 'impala' ? actors * numEnvs : numEnvs;
  return { threads: columns, because: `there are ${columns} environments` };
}

/**
 * Puts an algorithm to work in the environments a run is about.
 *
 * @throws UserError where the policy has a memory that the algorithm does not train
 */
export async function createLearner(algorithm: AlgorithmSetting, options: LearnerOptions): Promise<Learner> {
  const { name = 'ppo' } = algorithm;
  if (options.policy.network === 'gru' && name !== 'ppo') {
    throw new UserError(`Policies with memory (policy.network gru) are trained by ppo only; the algorithm is ${name}.`);
  }
  const { envModule, numEnvs, threads = 1 } = options;
  const onPolicy = name === 'ppo' || name === 'a2c';
  if (onPolicy && threads > 1 && envModule && numEnvs !== undefined) {
    return teamLearner({ ...options, envModule, numEnvs, threads }, algorithm);
  }
  switch (algorithm.name) {
    case undefined:
    case 'ppo':
      return onPolicyLearner(options, { ...ppoDefaults, ...algorithm, name: 'ppo' });
    case 'a2c':
      return onPolicyLearner(options, { ...a2cDefaults, ...algorithm });
    case 'impala':
      return actorLearner(options, { ...impalaDefaults, ...algorithm });
    case 'pathwise':
      return differentiableLearner(options, { ...pathwiseDefaults, ...algorithm });
    case 'reinforce':
      return episodicLearner(options, { ...reinforceDefaults, ...algorithm });
    case 'sac':
      return replayLearner(options, { ...sacDefaults, ...algorithm });
  }
}
