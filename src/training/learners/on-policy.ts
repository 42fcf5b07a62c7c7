import type { Rollout } from '../../algorithms/rollout.ts';
import { Random, type RandomState } from '../../core/random.ts';
import { Policy } from '../../policy/policy.ts';
import { Collector, type CollectorState } from '../collector.ts';
import type { Learner, LearnerOptions, Metrics } from '../learner.ts';
import { PooledMoments } from '../threads/pooled-moments.ts';

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

/** Acts for a rollout of fixed length, learns from it, throws it away. Members of a team have a rollout each. */
export async function onPolicyLearner(options: LearnerOptions, algorithm: OnPolicyUpdate): Promise<Learner> {
  const { seed, engine, firstEnv = 0 } = options;
  const { team } = engine;
  const [weightRandom, actionRandom, minibatchRandom] = new Random(team.rank === 0 ? seed : [seed, team.rank]).spawn(3);
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
  const running = [policy.observationNormaliser?.moments, policy.returnMoments].filter(
    (moments) => moments !== undefined,
  );
  const pooled = team.size > 1 ? running.map((moments) => new PooledMoments(moments, team)) : [];
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
      await envs.reset({ seed: seed + firstEnv });
    },
    async learn(progress) {
      const rollout = await collector.collect();
      for (const moments of pooled) moments.pool();
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
      for (const moments of pooled) moments.rebase();
    },
    close: async () => policy.model.dispose(),
  };
}
