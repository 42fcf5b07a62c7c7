import { createReplayBatch, type ReplayBatch, ReplayBuffer, type ReplayPosition } from '../../algorithms/replay.ts';
import { type SacConfig, type SacMetrics, sacTemperature, sacUpdate } from '../../algorithms/sac.ts';
import { sacDiscreteUpdate, TARGET_ENTROPY_SHARE } from '../../algorithms/sac-discrete.ts';
import type { TemperatureState } from '../../algorithms/temperature.ts';
import { TwinCritics } from '../../algorithms/twin-critics.ts';
import { UserError } from '../../core/errors.ts';
import { Random, type RandomState } from '../../core/random.ts';
import type { Box } from '../../core/spaces/box.ts';
import type { Discrete } from '../../core/spaces/discrete.ts';
import type { VectorEnv } from '../../core/vector-env.ts';
import { prefixed, withPrefix } from '../../engine/named-tensors.ts';
import { isReparameterised } from '../../policy/distributions/reparameterised.ts';
import { scaleRewards } from '../../policy/normalisers.ts';
import { Policy, type PolicyConfig } from '../../policy/policy.ts';
import type { Learner, LearnerOptions } from '../learner.ts';
import { ReplayCollector, type ReplayCollectorState } from '../replay-collector.ts';

interface StoredState {
  collector: ReplayCollectorState;
  replay: ReplayPosition;
  actionRandom: RandomState;
  updateRandom: RandomState;
  criticsStep: number;
  temperature: TemperatureState | undefined;
}

const metricNames = [
  'policyLoss',
  'criticLoss',
  'actionValue',
  'entropy',
  'learningRate',
  'entropyCoefficient',
] as const satisfies readonly (keyof SacMetrics)[];

/** Environment steps, all environments together, after which a call of `learn` returns: what one line of a log covers. */
const ROUND_STEPS = 100;

/** Acts step by step, keeps what happened, and learns from it over and over: soft actor-critic. */
export async function replayLearner(options: LearnerOptions, config: SacConfig): Promise<Learner> {
  const { seed, engine } = options;
  const [weightRandom, actionRandom, updateRandom] = new Random(seed).spawn(3);
  const envs = await options.openEnvs();
  const { numEnvs, observationSpace, actionSpace, observationSize, actionSize } = envs;
  assertFits(envs, options.policy);

  const continuous = actionSpace.type === 'box';
  const policy = new Policy(engine, {
    config: policyConfigFor(options.policy, continuous),
    observationSpace,
    actionSpace,
    maxRows: Math.max(numEnvs, options.maxRows, config.batchSize),
    random: weightRandom,
    hasCritic: false,
  });
  assertHasPath(policy, continuous);
  const { hidden, activation } = policy.config;
  const twins = new TwinCritics(engine, {
    observationSize,
    action: continuous ? (actionSpace as Box) : undefined,
    outputs: continuous ? 1 : (actionSpace as Discrete).n,
    hidden,
    activation,
    maxRows: config.batchSize,
    random: weightRandom,
  });
  const automaticTarget = continuous ? -actionSize : TARGET_ENTROPY_SHARE * Math.log((actionSpace as Discrete).n);
  const temperature = sacTemperature(config, automaticTarget);
  const buffer = new ReplayBuffer(config.bufferSize, { observationSize, actionSize });
  const batch = createReplayBatch(config.batchSize, buffer.shape);
  const collector = new ReplayCollector(envs, policy, { buffer, gamma: config.gamma, random: actionRandom });

  const update = (progress: number): SacMetrics => {
    buffer.sample(updateRandom, batch);
    normalise(policy, batch);
    return continuous
      ? sacUpdate(policy, twins, batch, config, progress, updateRandom, temperature)
      : sacDiscreteUpdate(policy, twins, batch, config, progress, temperature);
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
      const sums = Object.fromEntries(metricNames.map((name) => [name, 0])) as Record<keyof SacMetrics, number>;
      let steps = 0;
      let updates = 0;
      collector.restartMeans();
      while (steps < ROUND_STEPS) {
        collector.renewNoise();
        for (let k = 0; k < config.trainEvery; k++) await collector.step(buffer.added < config.learningStarts);
        steps += config.trainEvery * numEnvs;
        if (buffer.added < config.learningStarts) continue;
        for (let k = 0; k < config.gradientSteps; k++) {
          const metrics = update(progress);
          for (const name of metricNames) sums[name] += metrics[name];
          updates++;
        }
      }
      if (updates === 0) return { steps, metrics: undefined };
      for (const name of metricNames) sums[name] /= updates;
      return { steps, metrics: sums };
    },
    getState() {
      const critics = twins.getState();
      const json: StoredState = {
        collector: collector.getState(),
        replay: buffer.getPosition(),
        actionRandom: actionRandom.getState(),
        updateRandom: updateRandom.getState(),
        criticsStep: critics.optimiserStep,
        temperature: temperature?.getState(),
      };
      return { json, tensors: { ...prefixed('critics', critics.tensors), ...prefixed('replay', buffer.getTensors()) } };
    },
    async setState({ json, tensors }) {
      const stored = json as StoredState;
      await collector.setState(stored.collector);
      buffer.setState(stored.replay, withPrefix('replay', tensors));
      actionRandom.setState(stored.actionRandom);
      updateRandom.setState(stored.updateRandom);
      twins.setState({ optimiserStep: stored.criticsStep, tensors: withPrefix('critics', tensors) });
      if (stored.temperature) temperature?.setState(stored.temperature);
    },
    close: async () => {
      policy.model.dispose();
      twins.dispose();
    },
  };
}

/** Raw rows from the buffer to what the networks see, by what is known of observations and rewards now. */
function normalise(policy: Policy, { size, observations, nextObservations, rewards }: ReplayBatch): void {
  policy.normalise(observations, size, observations);
  policy.normalise(nextObservations, size, nextObservations);
  if (policy.returnMoments) scaleRewards(rewards, policy.returnMoments);
}

function policyConfigFor(config: PolicyConfig, continuous: boolean): PolicyConfig {
  const squashed = continuous && config.distribution === 'auto';
  return squashed ? { ...config, distribution: 'squashed-gaussian' } : config;
}

function assertFits({ actionSpace, actionMasks }: VectorEnv, { network }: PolicyConfig): void {
  if (actionSpace.type !== 'box' && actionSpace.type !== 'discrete') {
    throw new UserError(`sac acts in a Box or a Discrete space; this environment's is ${actionSpace}. Use ppo or a2c.`);
  }
  if (actionMasks) {
    throw new UserError(
      'sac cannot learn where choices are masked: which were allowed after the last step of an episode is not known. ' +
        'Use ppo or a2c.',
    );
  }
  if (network !== 'mlp') {
    throw new UserError(`sac learns with the policy network 'mlp'; got '${network}'. Use ppo or a2c for the latter.`);
  }
}

function assertHasPath({ distribution, config }: Policy, continuous: boolean): void {
  if (!continuous || isReparameterised(distribution)) return;
  throw new UserError(
    `sac needs a policy distribution whose actions are differentiable, such as 'squashed-gaussian'; got ` +
      `'${config.distribution}'.`,
  );
}
