import { a2cDefaults } from '../../algorithms/a2c.ts';
import { impalaDefaults } from '../../algorithms/impala.ts';
import { ppoDefaults } from '../../algorithms/ppo.ts';
import type { ReplayBatch } from '../../algorithms/replay.ts';
import type { Rollout } from '../../algorithms/rollout.ts';
import { sacDefaults } from '../../algorithms/sac.ts';
import type { AlgorithmSetting } from '../algorithm-setting.ts';
import { a2cTrainer, impalaTrainer, ppoTrainer } from './on-policy.ts';
import { sacTrainer } from './sac.ts';
import type { Trainer, TrainerOptions } from './trainer.ts';

/** What is trained from rollouts. */
export type RolloutSetting = Extract<AlgorithmSetting, { name?: 'ppo' | 'a2c' | 'impala' }>;
/** What is trained from batches of a replay buffer. */
export type ReplaySetting = Extract<AlgorithmSetting, { name: 'sac' }>;

export function rolloutTrainer(algorithm: RolloutSetting, options: TrainerOptions): Trainer<Rollout> {
  switch (algorithm.name) {
    case undefined:
    case 'ppo':
      return ppoTrainer(options, { ...ppoDefaults, ...algorithm });
    case 'a2c':
      return a2cTrainer(options, { ...a2cDefaults, ...algorithm });
    case 'impala':
      return impalaTrainer(options, { ...impalaDefaults, ...algorithm });
  }
}

export function replayTrainer(algorithm: ReplaySetting, options: TrainerOptions): Trainer<ReplayBatch> {
  return sacTrainer(options, { ...sacDefaults, ...algorithm });
}

/** @throws Error where the algorithm is trained otherwise */
export function createTrainer(algorithm: AlgorithmSetting, options: TrainerOptions): Trainer<Rollout | ReplayBatch> {
  // Who gives the batches gives those of the algorithm.
  if (algorithm.name === 'sac') return replayTrainer(algorithm, options) as Trainer<Rollout | ReplayBatch>;
  if (algorithm.name === 'reinforce' || algorithm.name === 'pathwise')
    throw new Error(`no trainer of ${algorithm.name}`);
  return rolloutTrainer(algorithm, options) as Trainer<Rollout | ReplayBatch>;
}
