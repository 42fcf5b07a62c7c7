import { type A2cConfig, type A2cMetrics, a2cUpdate } from '../../algorithms/a2c.ts';
import { type ImpalaConfig, type ImpalaMetrics, impalaUpdate } from '../../algorithms/impala.ts';
import { type PpoConfig, type PpoMetrics, ppoTemperature, ppoUpdate } from '../../algorithms/ppo.ts';
import type { Rollout } from '../../algorithms/rollout.ts';
import { sequenceSizes } from '../../algorithms/sequences.ts';
import type { TemperatureState } from '../../algorithms/temperature.ts';
import type { RandomState } from '../../core/random.ts';
import { Policy } from '../../policy/policy.ts';
import { noNetworks, type Trainer, type TrainerOptions } from './trainer.ts';

export function ppoTrainer(options: TrainerOptions, config: PpoConfig): Trainer<Rollout> {
  const hasMemory = options.policy.network === 'gru';
  // Rows of sequences depend on each other, so the more sequences at a time, the more rows at once.
  const policy = createPolicy(options, hasMemory ? sequenceSizes(hasMemory, config).minibatchSize : undefined);
  const { updateRandom } = options;
  const temperature = ppoTemperature(config);
  const metricNames = [
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
  ] as const satisfies readonly (keyof PpoMetrics)[];
  return {
    policy,
    metricNames,
    train: (rollout, progress) => ({ ...ppoUpdate(policy, rollout, config, progress, updateRandom, temperature) }),
    ...noNetworks,
    getState: () => ({ random: updateRandom.getState(), temperature: temperature?.getState() }),
    setState(state) {
      const stored = state as { random: RandomState; temperature?: TemperatureState };
      updateRandom.setState(stored.random);
      if (stored.temperature) temperature?.setState(stored.temperature);
    },
    close: () => policy.model.dispose(),
  };
}

export function a2cTrainer(options: TrainerOptions, config: A2cConfig): Trainer<Rollout> {
  const policy = createPolicy(options);
  const metricNames = [
    'policyLoss',
    'valueLoss',
    'entropy',
    'explainedVariance',
    'gradientNorm',
    'learningRate',
    'entropyCoefficient',
  ] as const satisfies readonly (keyof A2cMetrics)[];
  return withoutState(policy, metricNames, (rollout, progress) => a2cUpdate(policy, rollout, config, progress));
}

export function impalaTrainer(options: TrainerOptions, config: ImpalaConfig): Trainer<Rollout> {
  const policy = createPolicy(options);
  const metricNames = [
    'policyLoss',
    'valueLoss',
    'entropy',
    'approxKl',
    'meanRho',
    'clippedRatios',
    'explainedVariance',
    'gradientNorm',
    'learningRate',
    'entropyCoefficient',
  ] as const satisfies readonly (keyof ImpalaMetrics)[];
  return withoutState(policy, metricNames, (rollout, progress) => impalaUpdate(policy, rollout, config, progress));
}

function createPolicy(options: TrainerOptions, updateRows = options.engine.preferredChunkRows): Policy {
  const { engine, observationSpace, actionSpace, maxRows, weightRandom } = options;
  return new Policy(engine, {
    config: options.policy,
    observationSpace,
    actionSpace,
    maxRows: Math.max(maxRows, updateRows),
    random: weightRandom,
  });
}

/** Of an update that draws nothing and remembers nothing. */
function withoutState(
  policy: Policy,
  metricNames: readonly string[],
  update: (rollout: Rollout, progress: number) => A2cMetrics | ImpalaMetrics,
): Trainer<Rollout> {
  return {
    policy,
    metricNames,
    train: (rollout, progress) => ({ ...update(rollout, progress) }),
    ...noNetworks,
    getState: () => null,
    setState() {},
    close: () => policy.model.dispose(),
  };
}
