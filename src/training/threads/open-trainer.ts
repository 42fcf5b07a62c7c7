import { copyTransitions, createReplayBatch, type ReplayBatch, type TransitionShape } from '../../algorithms/replay.ts';
import { copyEnvs, createRollout, type Rollout, type RolloutShape } from '../../algorithms/rollout.ts';
import { shareStart } from '../../core/team.ts';
import { createSharingEngine } from '../../engine/wasm/engine.ts';
import type { LearnerOptions } from '../learner.ts';
import { type ReplaySetting, type RolloutSetting, replayTrainer, rolloutTrainer } from '../trainers/index.ts';
import type { Trainer, TrainerOptions } from '../trainers/trainer.ts';
import { teamTrainer } from './team-trainer.ts';

/** A trainer of rollouts, in so many threads as the run has. */
export async function openRolloutTrainer(
  { threads = 1, seed }: LearnerOptions,
  algorithm: RolloutSetting,
  options: TrainerOptions,
  shapeFor: (trainer: Trainer<Rollout>) => RolloutShape,
): Promise<Trainer<Rollout>> {
  if (threads === 1) return rolloutTrainer(algorithm, options);
  const engine = createSharingEngine();
  const own = rolloutTrainer(algorithm, { ...options, engine });
  const shape = shapeFor(own);
  const firsts = partition(shape.numEnvs, threads);
  const shares = firsts.map(({ count }) => createRollout({ ...shape, numEnvs: count, shared: true }));
  const divide = (rollout: Rollout): void => {
    for (const [k, share] of shares.entries()) copyEnvs(rollout, firsts[k].first, share);
  };
  return teamTrainer(own, { engine, algorithm, policy: options.policy, seed, shares, divide });
}

/** A trainer of batches from a replay buffer, in so many threads as the run has. */
export async function openReplayTrainer(
  { threads = 1, seed }: LearnerOptions,
  algorithm: ReplaySetting,
  options: TrainerOptions,
  batchSize: number,
  shape: TransitionShape,
): Promise<Trainer<ReplayBatch>> {
  if (threads === 1) return replayTrainer(algorithm, options);
  const engine = createSharingEngine();
  const own = replayTrainer(algorithm, { ...options, engine });
  const firsts = partition(batchSize, threads);
  const shares = firsts.map(({ count }) => createReplayBatch(count, shape, true));
  const divide = (batch: ReplayBatch): void => {
    for (const [k, share] of shares.entries()) copyTransitions(batch, firsts[k].first, share);
  };
  return teamTrainer(own, { engine, algorithm, policy: options.policy, seed, shares, divide });
}

function partition(count: number, threads: number): { first: number; count: number }[] {
  return Array.from({ length: threads }, (_, rank) => {
    const first = shareStart(count, rank, threads);
    return { first, count: shareStart(count, rank + 1, threads) - first };
  });
}
