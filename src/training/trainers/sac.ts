import type { ReplayBatch } from '../../algorithms/replay.ts';
import { type SacConfig, type SacMetrics, sacTemperature, sacUpdate } from '../../algorithms/sac.ts';
import { sacDiscreteUpdate, TARGET_ENTROPY_SHARE } from '../../algorithms/sac-discrete.ts';
import type { TemperatureState } from '../../algorithms/temperature.ts';
import { TwinCritics } from '../../algorithms/twin-critics.ts';
import { UserError } from '../../core/errors.ts';
import type { RandomState } from '../../core/random.ts';
import type { Box } from '../../core/spaces/box.ts';
import type { Discrete } from '../../core/spaces/discrete.ts';
import type { Space } from '../../core/spaces/space.ts';
import { isReparameterised } from '../../policy/distributions/reparameterised.ts';
import { Policy, type PolicyConfig } from '../../policy/policy.ts';
import type { Trainer, TrainerOptions } from './trainer.ts';

interface StoredState {
  random: RandomState;
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

/**
 * Soft actor-critic, for continuous or for discrete actions. Its batches are normalised.
 *
 * @throws UserError where actions or the policy's network or distribution are none that it can train
 */
export function sacTrainer(options: TrainerOptions, config: SacConfig): Trainer<ReplayBatch> {
  const { engine, observationSpace, actionSpace, weightRandom, updateRandom } = options;
  assertFits(actionSpace, options.policy);
  const continuous = actionSpace.type === 'box';
  const policy = new Policy(engine, {
    config: policyConfigFor(options.policy, continuous),
    observationSpace,
    actionSpace,
    maxRows: Math.max(options.maxRows, config.batchSize),
    random: weightRandom,
    hasCritic: false,
  });
  assertHasPath(policy, continuous);
  const { hidden, criticHidden, activation } = policy.config;
  const twins = new TwinCritics(engine, {
    observationSize: observationSpace.flatSize,
    action: continuous ? (actionSpace as Box) : undefined,
    outputs: continuous ? 1 : (actionSpace as Discrete).n,
    hidden: criticHidden ?? hidden,
    activation,
    maxRows: config.batchSize,
    random: weightRandom,
  });
  const automaticTarget = continuous
    ? -actionSpace.flatSize
    : TARGET_ENTROPY_SHARE * Math.log((actionSpace as Discrete).n);
  const temperature = sacTemperature(config, automaticTarget);
  return {
    policy,
    metricNames,
    train: (batch, progress) => ({
      ...(continuous
        ? sacUpdate(policy, twins, batch, config, progress, updateRandom, temperature)
        : sacDiscreteUpdate(policy, twins, batch, config, progress, temperature)),
    }),
    getNetworks() {
      const { optimiserStep, tensors } = twins.getState();
      return { json: { optimiserStep }, tensors };
    },
    setNetworks({ json, tensors }) {
      const { optimiserStep } = json as { optimiserStep: number };
      twins.setState({ optimiserStep, tensors });
    },
    getState: (): StoredState => ({ random: updateRandom.getState(), temperature: temperature?.getState() }),
    setState(state) {
      const stored = state as StoredState;
      updateRandom.setState(stored.random);
      if (stored.temperature) temperature?.setState(stored.temperature);
    },
    close() {
      policy.model.dispose();
      twins.dispose();
    },
  };
}

function policyConfigFor(config: PolicyConfig, continuous: boolean): PolicyConfig {
  const squashed = continuous && config.distribution === 'auto';
  return squashed ? { ...config, distribution: 'squashed-gaussian' } : config;
}

function assertFits(actionSpace: Space, { network }: PolicyConfig): void {
  if (actionSpace.type !== 'box' && actionSpace.type !== 'discrete') {
    throw new UserError(`sac acts in a Box or a Discrete space; this environment's is ${actionSpace}. Use ppo or a2c.`);
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
