import { type A2cConfig, a2cDefaults, a2cUpdate } from '../../algorithms/a2c.ts';
import { impalaDefaults } from '../../algorithms/impala.ts';
import { pathwiseDefaults } from '../../algorithms/pathwise.ts';
import { type PpoConfig, ppoDefaults, ppoTemperature, ppoUpdate } from '../../algorithms/ppo.ts';
import { reinforceDefaults } from '../../algorithms/reinforce.ts';
import { sacDefaults } from '../../algorithms/sac.ts';
import { sequenceSizes } from '../../algorithms/sequences.ts';
import type { TemperatureState } from '../../algorithms/temperature.ts';
import { UserError } from '../../core/errors.ts';
import type { AlgorithmSetting } from '../algorithm-setting.ts';
import type { Learner, LearnerOptions } from '../learner.ts';
import type { EnvModule } from '../threads/env-module.ts';
import { teamLearner } from '../threads/team-learner.ts';
import { actorLearner } from './actor-learner.ts';
import { differentiableLearner } from './differentiable.ts';
import { episodicLearner } from './episodic.ts';
import { onPolicyLearner } from './on-policy.ts';
import { replayLearner } from './replay.ts';

const teamAlgorithms: ReadonlySet<string> = new Set(['ppo', 'a2c']);

/** Why several threads cannot learn together, if so. */
export function whyOneThread({ name = 'ppo' }: AlgorithmSetting, envModule: EnvModule | undefined): string | undefined {
  if (!teamAlgorithms.has(name)) return `the algorithm ${name} learns in one`;
  if (envModule === undefined) return 'the environments can be stepped from one only';
  return undefined;
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
  const { envModule, threads = 1 } = options;
  if (threads > 1 && envModule) return teamLearner({ ...options, envModule, threads }, algorithm);
  switch (algorithm.name) {
    case undefined:
    case 'ppo':
      return ppoLearner({ ...ppoDefaults, ...algorithm }, options);
    case 'a2c':
      return a2cLearner({ ...a2cDefaults, ...algorithm }, options);
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

function ppoLearner(config: PpoConfig, options: LearnerOptions): Promise<Learner> {
  const temperature = ppoTemperature(config);
  const hasMemory = options.policy.network === 'gru';
  return onPolicyLearner(options, {
    rolloutSteps: config.rolloutSteps,
    // Rows of sequences depend on each other, so the more sequences at a time, the more rows at once.
    ...(hasMemory && { maxRows: sequenceSizes(hasMemory, config).minibatchSize }),
    gamma: config.gamma,
    metricNames: [
      'policyLoss',
      'valueLoss',
      'entropy',
      'approxKl',
      'clipFraction',
      'explainedVariance',
      'gradientNorm',
      'learningRate',
      'clipRange',
      'entropyCoefficient',
    ],
    update: (policy, rollout, progress, random) => ({
      ...ppoUpdate(policy, rollout, config, progress, random, temperature),
    }),
    ...(temperature && {
      getState: () => temperature.getState(),
      setState: (state: unknown) => temperature.setState(state as TemperatureState),
    }),
  });
}

function a2cLearner(config: A2cConfig, options: LearnerOptions): Promise<Learner> {
  return onPolicyLearner(options, {
    rolloutSteps: config.rolloutSteps,
    gamma: config.gamma,
    metricNames: [
      'policyLoss',
      'valueLoss',
      'entropy',
      'explainedVariance',
      'gradientNorm',
      'learningRate',
      'entropyCoefficient',
    ],
    update: (policy, rollout, progress) => ({ ...a2cUpdate(policy, rollout, config, progress) }),
  });
}
