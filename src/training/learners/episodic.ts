import { requireCompatible } from '../../algorithms/compatible-baseline.ts';
import { type ReinforceConfig, reinforceUpdate } from '../../algorithms/reinforce.ts';
import { Random, type RandomState } from '../../core/random.ts';
import { Policy } from '../../policy/policy.ts';
import { EpisodeCollector, type EpisodeCollectorState } from '../episode-collector.ts';
import type { Learner, LearnerOptions } from '../learner.ts';

interface StoredState {
  collector: EpisodeCollectorState;
  actionRandom: RandomState;
}

const metricNames = [
  'policyLoss',
  'valueLoss',
  'entropy',
  'explainedVariance',
  'effectiveSamples',
  'gradientNorm',
  'learningRate',
  'entropyCoefficient',
] as const;

/** Plays whole episodes, learns from them by REINFORCE, throws them away. */
export async function episodicLearner(options: LearnerOptions, config: ReinforceConfig): Promise<Learner> {
  const { seed, engine } = options;
  const [weightRandom, actionRandom] = new Random(seed).spawn(2);
  const envs = await options.openEnvs();
  const policy = new Policy(engine, {
    config: options.policy,
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: Math.max(envs.numEnvs, options.maxRows, engine.preferredChunkRows),
    random: weightRandom,
  });
  if (config.baseline === 'compatible') {
    try {
      requireCompatible(policy);
    } catch (error) {
      policy.model.dispose();
      throw error;
    }
  }
  const { episodes, gamma } = config;
  const collector = new EpisodeCollector(envs, policy, { episodes, gamma, random: actionRandom });
  return {
    policy,
    metricNames,
    episodes: collector.episodes,
    signalNames: envs.signalNames,
    signalMeans: collector.signalMeans,
    get savesEnvironments() {
      return envs.getState().complete;
    },
    start: async () => {
      await envs.reset({ seed });
    },
    async learn(progress) {
      const { batch, steps } = await collector.collect();
      return { steps, metrics: { ...reinforceUpdate(policy, batch, config, progress) } };
    },
    getState() {
      const json: StoredState = { collector: collector.getState(), actionRandom: actionRandom.getState() };
      return { json, tensors: {} };
    },
    async setState({ json }) {
      const stored = json as StoredState;
      await collector.setState(stored.collector);
      actionRandom.setState(stored.actionRandom);
    },
    close: async () => policy.model.dispose(),
  };
}
