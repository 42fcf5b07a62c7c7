import type { PpoConfig } from '../../algorithms/ppo.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { createCpuEngine } from '../../engine/index.ts';
import { createLearner } from '../../training/learners/index.ts';
import { policyTable, TABULAR_POLICY, type TabularEnvsOptions, tabularEnvs } from './tabular-env.ts';
import type { TabularPolicy } from './tabular-mdp.ts';

/**
 * Trains a tabular policy by PPO, as a run does.
 *
 * @param batches rollouts to learn from; schedules go by them
 * @returns the policy before the first of them and after each
 */
export async function trainTabular(
  mdp: TabularMdp,
  config: PpoConfig,
  options: TabularEnvsOptions,
  batches: number,
): Promise<TabularPolicy[]> {
  const learner = await createLearner(
    { name: 'ppo', ...config },
    {
      seed: options.seed,
      engine: createCpuEngine(),
      policy: TABULAR_POLICY,
      openEnvs: async () => tabularEnvs(mdp, options),
      maxRows: 1,
    },
  );
  await learner.start();
  const policies = [policyTable(learner.policy, mdp)];
  for (let batch = 0; batch < batches; batch++) {
    await learner.learn(batch / batches);
    policies.push(policyTable(learner.policy, mdp));
  }
  await learner.close();
  return policies;
}
