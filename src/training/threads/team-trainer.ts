import { availableParallelism } from 'node:os';
import type { ReplayBatch } from '../../algorithms/replay.ts';
import type { Rollout } from '../../algorithms/rollout.ts';
import { describeSpace, type SpaceDescription } from '../../core/spaces/description.ts';
import { createTeamMemory, failTeam, type TeamMemory } from '../../core/team.ts';
import type { SharingEngine } from '../../engine/wasm/engine.ts';
import type { PolicyConfig } from '../../policy/policy.ts';
import type { AlgorithmSetting } from '../algorithm-setting.ts';
import type { Metrics } from '../learner.ts';
import type { Trainer } from '../trainers/trainer.ts';
import { askAll } from './ask-all.ts';
import { startThread, type Thread } from './thread.ts';

/** What the thread of a trainer begins with. */
export interface TrainerSetup {
  algorithm: AlgorithmSetting;
  policy: PolicyConfig;
  observationSpace: SpaceDescription;
  actionSpace: SpaceDescription;
  seed: number;
  rank: number;
  team: TeamMemory;
  /** Its share of every batch, in memory that both threads have. */
  batch: Rollout | ReplayBatch;
}

/** What a thread is asked to train on. */
export interface TrainRequest {
  progress: number;
  /** Tails in its share of the rollout, where these are kept: the one thing that shared memory does not tell. */
  tails: number | undefined;
}

interface StoredState {
  own: unknown;
  threads: unknown[];
}

export interface TeamTrainerOptions<Batch> {
  engine: SharingEngine;
  algorithm: AlgorithmSetting;
  policy: PolicyConfig;
  seed: number;
  /** A share of a batch for each thread, in shared memory. */
  shares: readonly Batch[];
  /** Copies a batch into the shares. */
  divide(batch: Batch): void;
}

/**
 * A trainer in several threads, for experience that comes from this one: each works on its share of every batch.
 *
 * @param own made in `engine`, whose networks the threads train
 */
export async function teamTrainer<Batch extends Rollout | ReplayBatch>(
  own: Trainer<Batch>,
  options: TeamTrainerOptions<Batch>,
): Promise<Trainer<Batch>> {
  const { engine, algorithm, policy, seed, shares } = options;
  const { observationSpace, actionSpace } = own.policy;
  const spaces = { observationSpace: describeSpace(observationSpace), actionSpace: describeSpace(actionSpace) };
  const team = createTeamMemory(shares.length, availableParallelism());
  const threads: Thread[] = shares.map((batch, rank) => {
    const setup: TrainerSetup = { algorithm, policy, ...spaces, seed, rank, team, batch };
    return startThread(['src', 'training', 'threads', 'trainer-thread.js'], setup, () => failTeam(team));
  });
  const close = async (): Promise<void> => {
    for (const thread of threads) await thread.close();
    await own.close();
  };
  try {
    await askAll(threads, 'join', () => engine.share());
  } catch (error) {
    await close();
    throw error;
  }
  return {
    policy: own.policy,
    metricNames: own.metricNames,
    async train(batch, progress) {
      options.divide(batch);
      const requestOf = (rank: number): TrainRequest => ({ progress, tails: tailsOf(shares[rank])?.count });
      const [metrics] = await askAll<Metrics>(threads, 'train', requestOf);
      return metrics;
    },
    getNetworks: () => own.getNetworks(),
    setNetworks: (state) => own.setNetworks(state),
    getState: async (): Promise<StoredState> => ({
      own: await own.getState(),
      threads: await askAll<unknown>(threads, 'getState'),
    }),
    async setState(state) {
      const stored = state as StoredState;
      await own.setState(stored.own);
      await askAll(threads, 'setState', (rank) => stored.threads[rank]);
    },
    close,
  };
}

function tailsOf(batch: Rollout | ReplayBatch) {
  return 'tails' in batch ? batch.tails : undefined;
}
