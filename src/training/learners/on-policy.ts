import type { A2cConfig } from '../../algorithms/a2c.ts';
import type { PpoConfig } from '../../algorithms/ppo.ts';
import { Random, type RandomState } from '../../core/random.ts';
import { Collector, type CollectorState } from '../collector.ts';
import type { Learner, LearnerOptions } from '../learner.ts';
import { openRolloutTrainer } from '../threads/open-trainer.ts';
import { PooledMoments } from '../threads/pooled-moments.ts';

interface StoredState {
  collector: CollectorState;
  actionRandom: RandomState;
  trainer: unknown;
}

type OnPolicySetting = ({ name: 'ppo' } & PpoConfig) | ({ name: 'a2c' } & A2cConfig);

/** Acts for a rollout of fixed length, learns from it, throws it away. Members of a team have a rollout each. */
export async function onPolicyLearner(options: LearnerOptions, algorithm: OnPolicySetting): Promise<Learner> {
  const { seed, engine, firstEnv = 0 } = options;
  const { team } = engine;
  const { rolloutSteps: steps, gamma } = algorithm;
  const [weightRandom, actionRandom, updateRandom] = new Random(team.rank === 0 ? seed : [seed, team.rank]).spawn(3);
  const envs = await options.openEnvs();
  const { numEnvs, observationSpace, actionSpace, actionMasks } = envs;
  const trainer = await openRolloutTrainer(
    options,
    algorithm,
    {
      engine,
      policy: options.policy,
      observationSpace,
      actionSpace,
      maxRows: Math.max(numEnvs, options.maxRows),
      weightRandom,
      updateRandom,
    },
    ({ policy }) => ({
      steps,
      numEnvs,
      observationSize: policy.observationSize,
      actionSize: policy.distribution.actionSize,
      maskSize: actionMasks ? policy.maskSize : 0,
      stateSize: policy.stateSize,
    }),
  );
  const { policy } = trainer;
  const collector = new Collector(envs, policy, { steps, gamma, random: actionRandom });
  const running = [policy.observationNormaliser?.moments, policy.returnMoments].filter(
    (moments) => moments !== undefined,
  );
  const pooled = team.size > 1 ? running.map((moments) => new PooledMoments(moments, team)) : [];
  return {
    policy,
    metricNames: trainer.metricNames,
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
      return { steps: rollout.size, metrics: await trainer.train(rollout, progress) };
    },
    async getState() {
      const json: StoredState = {
        collector: collector.getState(),
        actionRandom: actionRandom.getState(),
        trainer: await trainer.getState(),
      };
      return { json, tensors: {} };
    },
    async setState({ json }) {
      const stored = json as StoredState;
      await collector.setState(stored.collector);
      actionRandom.setState(stored.actionRandom);
      await trainer.setState(stored.trainer);
      for (const moments of pooled) moments.rebase();
    },
    close: async () => trainer.close(),
  };
}
