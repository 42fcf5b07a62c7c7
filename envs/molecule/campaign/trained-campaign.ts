import { setImmediate } from 'node:timers/promises';
import type { EpisodeBatch } from '../../../src/algorithms/episode-batch.ts';
import { type PpoConfig, ppoDefaults, ppoUpdate } from '../../../src/algorithms/ppo.ts';
import { type ReinforceConfig, reinforceDefaults, reinforceUpdate } from '../../../src/algorithms/reinforce.ts';
import type { Rollout } from '../../../src/algorithms/rollout.ts';
import { Random } from '../../../src/core/random.ts';
import type { RowEnv } from '../../../src/core/row-env.ts';
import { Box, MultiDiscrete } from '../../../src/core/spaces/index.ts';
import { SyncVectorEnv } from '../../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../../src/policy/policy.ts';
import { Collector } from '../../../src/training/collector.ts';
import type { Evaluation } from '../scored-library.ts';
import type { SearchSpace } from '../search/search.ts';
import type { Campaign, CampaignSettings } from './campaign.ts';

/** A policy-gradient algorithm on the factored softmax policy: a table of preferences for each slot. */
export interface TrainedPolicy {
  id: string;
  name: string;
  /** What it learns from one batch of choices. @param progress share of the budget that is spent */
  learn(policy: Policy, choices: Rollout, progress: number, random: Random): void;
}

const shared = {
  gamma: 1,
  learningRate: 0.05,
  maxGradientNorm: 1,
  // From exploring all reagents alike to settling on the best.
  entropyCoefficient: { from: 0.4, to: 0 },
  normaliseAdvantages: true,
} as const;
const ppo: PpoConfig = { ...ppoDefaults, ...shared, lambda: 1, epochs: 4 };
const reinforce: ReinforceConfig = { ...reinforceDefaults, ...shared };

export const trainedPolicies: readonly TrainedPolicy[] = [
  {
    id: 'ppo',
    name: 'PPO, softmax a slot',
    learn: (policy, choices, progress, random) =>
      ppoUpdate(policy, choices, { ...ppo, minibatchSize: choices.size }, progress, random),
  },
  {
    id: 'reinforce',
    name: 'REINFORCE, softmax a slot',
    learn: (policy, choices, progress) => reinforceUpdate(policy, asEpisodes(choices), reinforce, progress),
  },
];

/** Choices as episodes of one step each, which end there. */
function asEpisodes(choices: Rollout): EpisodeBatch {
  const starts = Int32Array.from({ length: choices.size + 1 }, (_, e) => e);
  return { ...choices, starts, finalValues: new Float64Array(choices.size) };
}

const mostRepeats = 5;

/**
 * Lets the shared trainer learn on a library: every step of its `batch` environments makes a product. One that was made before
 * is not made again, its score is known and costs nothing. Where everything repeats it ends after five times the budget.
 */
export async function runTrainedCampaign(
  { id, name, learn }: TrainedPolicy,
  space: SearchSpace,
  masks: Uint8Array,
  evaluate: (choice: Int32Array) => Evaluation,
  { budget, batch, seed, onProgress }: CampaignSettings,
): Promise<Campaign> {
  const evaluations: Evaluation[] = [];
  const known = new Map<string, number>();
  const scoreOf = (choice: Int32Array): number => {
    const key = choice.join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    // Of the batch that goes beyond the budget, nothing more is made.
    if (evaluations.length === budget) return 0;
    const evaluation = evaluate(choice);
    const score = Number.isNaN(evaluation.score) ? 0 : evaluation.score;
    evaluations.push(evaluation);
    known.set(key, score);
    onProgress?.(evaluations.length);
    return score;
  };

  const [weightRandom, actionRandom, minibatchRandom] = new Random(seed).spawn(3);
  const envs = new SyncVectorEnv(() => new ChoiceEnv(space, masks, scoreOf), batch);
  const policy = new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [] },
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: batch,
    random: weightRandom,
  });
  try {
    const collector = new Collector(envs, policy, { steps: 1, gamma: shared.gamma, random: actionRandom });
    await envs.reset({ seed });
    for (let steps = 0; evaluations.length < budget && steps < mostRepeats * budget; steps += batch) {
      const rollout = await collector.collect();
      // Nothing here waits for anything: whoever wants to stop the process is heard between two batches.
      await setImmediate();
      learn(policy, rollout, evaluations.length / budget, minibatchRandom);
    }
  } finally {
    policy.model.dispose();
  }
  return { id, name, seed, evaluations };
}

/** One choice an episode, its score the reward. */
class ChoiceEnv implements RowEnv {
  readonly observationSpace = new Box(0, 1, [1]);
  readonly actionSpace: MultiDiscrete;
  readonly observationSize = 1;
  readonly actionSize: number;
  readonly signalNames = [];
  readonly signals = new Float64Array(0);
  readonly actionMask: Uint8Array;
  readonly terminated = true;
  readonly truncated = false;
  reward = 0;
  readonly #scoreOf: (choice: Int32Array) => number;

  constructor({ slotSizes }: SearchSpace, masks: Uint8Array, scoreOf: (choice: Int32Array) => number) {
    this.actionSpace = new MultiDiscrete([...slotSizes]);
    this.actionSize = slotSizes.length;
    this.actionMask = masks;
    this.#scoreOf = scoreOf;
  }

  reset(_seed: number | undefined, observation: Float32Array): void {
    observation[0] = 1;
  }

  step(action: Float32Array, observation: Float32Array): void {
    this.reward = this.#scoreOf(Int32Array.from(action));
    observation[0] = 1;
  }
}
