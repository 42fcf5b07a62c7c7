import type { Rollout } from '../../algorithms/rollout.ts';
import { Random, type RandomState } from '../../core/random.ts';
import { Policy } from '../../policy/policy.ts';
import { Collector, type CollectorState } from '../collector.ts';
import type { Learner, LearnerOptions, Metrics } from '../learner.ts';

/** How an on-policy algorithm learns from a rollout. */
export interface OnPolicyUpdate {
  rolloutSteps: number;
  /** Rows it can make use of in one pass. */
  maxRows?: number;
  gamma: number;
  metricNames: readonly string[];
  update(policy: Policy, rollout: Rollout, progress: number, random: Random): Metrics;
  /** What `update` itself carries from one rollout to the next. JSON-able. */
  getState?(): unknown;
  setState?(state: unknown): void;
}

interface StoredState {
  collector: CollectorState;
  actionRandom: RandomState;
  minibatchRandom: RandomState;
  update: unknown;
}

/** Acts for a rollout of fixed length, learns from it, throws it away. */
export async function onPolicyLearner(options: LearnerOptions, algorithm: OnPolicyUpdate): Promise<Learner> {
  const { seed, engine } = options;
  const [weightRandom, actionRandom, minibatchRandom] = new Random(seed).spawn(3);
  const envs = await options.openEnvs();
  const policy = new Policy(engine, {
    config: options.policy,
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: Math.max(envs.numEnvs, options.maxRows, algorithm.maxRows ?? engine.preferredChunkRows),
    random: weightRandom,
  });
  const { rolloutSteps: steps, gamma } = algorithm;
  const collector = new Collector(envs, policy, { steps, gamma, random: actionRandom });
  return {
    policy,
    metricNames: algorithm.metricNames,
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
      const rollout = await collector.collect();
      return { steps: rollout.size, metrics: algorithm.update(policy, rollout, progress, minibatchRandom) };
    },
    getState() {
      const json: StoredState = {
        collector: collector.getState(),
        actionRandom: actionRandom.getState(),
        minibatchRandom: minibatchRandom.getState(),
        update: algorithm.getState?.(),
      };
      return { json, tensors: {} };
    },
    async setState({ json }) {
      const stored = json as StoredState;
      await collector.setState(stored.collector);
      actionRandom.setState(stored.actionRandom);
      minibatchRandom.setState(stored.minibatchRandom);
      algorithm.setState?.(stored.update);
    },
    close: async () => policy.model.dispose(),
  };
}
