import { createReplayBatch, type ReplayBatch, ReplayBuffer, type ReplayPosition } from '../../algorithms/replay.ts';
import type { SacConfig } from '../../algorithms/sac.ts';
import { UserError } from '../../core/errors.ts';
import { Random, type RandomState } from '../../core/random.ts';
import type { VectorEnv } from '../../core/vector-env.ts';
import { prefixed, withPrefix } from '../../engine/named-tensors.ts';
import { scaleRewards } from '../../policy/normalisers.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Learner, LearnerOptions, Metrics } from '../learner.ts';
import { ReplayCollector, type ReplayCollectorState } from '../replay-collector.ts';
import { openReplayTrainer } from '../threads/open-trainer.ts';

interface StoredState {
  collector: ReplayCollectorState;
  replay: ReplayPosition;
  actionRandom: RandomState;
  networks: unknown;
  trainer: unknown;
}

/** Environment steps, all environments together, after which a call of `learn` returns: what one line of a log covers. */
const ROUND_STEPS = 100;

/** Acts step by step, keeps what happened, and learns from it over and over: soft actor-critic. */
export async function replayLearner(options: LearnerOptions, config: { name: 'sac' } & SacConfig): Promise<Learner> {
  const { seed, engine } = options;
  const [weightRandom, actionRandom, updateRandom] = new Random(seed).spawn(3);
  const envs = await options.openEnvs();
  const { numEnvs, observationSpace, actionSpace, observationSize, actionSize } = envs;
  assertNoMasks(envs);
  const shape = { observationSize, actionSize };
  const trainer = await openReplayTrainer(
    options,
    config,
    {
      engine,
      policy: options.policy,
      observationSpace,
      actionSpace,
      maxRows: Math.max(numEnvs, options.maxRows),
      weightRandom,
      updateRandom,
    },
    config.batchSize,
    shape,
  );
  const { policy, metricNames } = trainer;
  const buffer = new ReplayBuffer(config.bufferSize, shape);
  const batch = createReplayBatch(config.batchSize, shape);
  const collector = new ReplayCollector(envs, policy, { buffer, gamma: config.gamma, random: actionRandom });

  const train = (progress: number): Metrics | Promise<Metrics> => {
    buffer.sample(updateRandom, batch);
    normalise(policy, batch);
    return trainer.train(batch, progress);
  };

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
      const sums = Object.fromEntries(metricNames.map((name) => [name, 0]));
      let steps = 0;
      let updates = 0;
      collector.restartMeans();
      while (steps < ROUND_STEPS) {
        collector.renewNoise();
        for (let k = 0; k < config.trainEvery; k++) await collector.step(buffer.added < config.learningStarts);
        steps += config.trainEvery * numEnvs;
        if (buffer.added < config.learningStarts) continue;
        for (let k = 0; k < config.gradientSteps; k++) {
          const metrics = await train(progress);
          for (const name of metricNames) sums[name] += metrics[name];
          updates++;
        }
      }
      if (updates === 0) return { steps, metrics: undefined };
      for (const name of metricNames) sums[name] /= updates;
      return { steps, metrics: sums };
    },
    async getState() {
      const networks = trainer.getNetworks();
      const json: StoredState = {
        collector: collector.getState(),
        replay: buffer.getPosition(),
        actionRandom: actionRandom.getState(),
        networks: networks.json,
        trainer: await trainer.getState(),
      };
      const tensors = { ...prefixed('critics', networks.tensors), ...prefixed('replay', buffer.getTensors()) };
      return { json, tensors };
    },
    async setState({ json, tensors }) {
      const stored = json as StoredState;
      await collector.setState(stored.collector);
      buffer.setState(stored.replay, withPrefix('replay', tensors));
      actionRandom.setState(stored.actionRandom);
      trainer.setNetworks({ json: stored.networks, tensors: withPrefix('critics', tensors) });
      await trainer.setState(stored.trainer);
    },
    close: async () => trainer.close(),
  };
}

/** Raw rows from the buffer to what the networks see, by what is known of observations and rewards now. */
function normalise(policy: Policy, { size, observations, nextObservations, rewards }: ReplayBatch): void {
  policy.normalise(observations, size, observations);
  policy.normalise(nextObservations, size, nextObservations);
  if (policy.returnMoments) scaleRewards(rewards, policy.returnMoments);
}

function assertNoMasks({ actionMasks }: VectorEnv): void {
  if (actionMasks === undefined) return;
  throw new UserError(
    'sac cannot learn where choices are masked: which were allowed after the last step of an episode is not known. ' +
      'Use ppo or a2c.',
  );
}
