import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { sumOver } from '../core/team.ts';
import type { Policy } from '../policy/policy.ts';
import type { Rollout } from './rollout.ts';

export interface SequenceSettings {
  rolloutSteps: number;
  minibatchSize: number;
  sequenceLength: number | null;
}

/**
 * Steps of a sequence, and samples of the largest minibatch: as many whole sequences as `minibatchSize` holds, at least
 * one. A policy without memory learns from each step alone.
 *
 * @throws UserError where a rollout is no whole number of sequences
 */
export function sequenceSizes(hasMemory: boolean, { rolloutSteps, minibatchSize, sequenceLength }: SequenceSettings) {
  if (!hasMemory) return { length: 1, minibatchSize };
  const length = sequenceLength ?? rolloutSteps;
  if (rolloutSteps % length !== 0) {
    throw new UserError(
      `algorithm.rolloutSteps must be a multiple of algorithm.sequenceLength; got ${rolloutSteps} and ${length}.`,
    );
  }
  return { length, minibatchSize: length * Math.max(1, Math.floor(minibatchSize / length)) };
}

/**
 * A rollout cut into sequences, each some consecutive steps of one environment, to be learned from in random order.
 * Where a team learns, this is its member's own rollout, and every minibatch takes of it in proportion.
 *
 * A sequence begins from what the collecting policy remembered there, and from nothing wherever an episode begins
 * within it. With minibatches of whole sequences gradients flow back through all that a sequence saw of an episode.
 */
export class Sequences {
  /** Entries of the rollout, sequence after sequence, each in time. */
  readonly order: Int32Array;
  /** In `order`. */
  readonly advantages: Float64Array;
  /** Samples to learn from, those of the whole team. */
  readonly total: number;
  /** Samples of a minibatch, those of the whole team; its sequences are whole. */
  readonly minibatchSize: number;
  /** Where in `order` the own part of each minibatch begins; and where that of the last ends. */
  readonly starts: Int32Array;
  /** Samples handled in one pass; its sequences are whole. */
  readonly chunkSize: number;
  readonly #policy: Policy;
  readonly #rollout: Rollout;
  readonly #length: number;
  /** First entry of each sequence. */
  readonly #firsts: Int32Array;

  /** @throws UserError where the rollout is no whole number of sequences */
  constructor(policy: Policy, rollout: Rollout, settings: Omit<SequenceSettings, 'rolloutSteps'>) {
    const { size, steps, numEnvs } = rollout;
    const { length, minibatchSize } = sequenceSizes(policy.stateSize > 0, { ...settings, rolloutSteps: steps });
    this.#policy = policy;
    this.#rollout = rollout;
    this.#length = length;
    this.minibatchSize = minibatchSize;
    [this.total] = sumOver(policy.team, size);
    this.chunkSize = length * Math.floor(policy.chunkRows / length);
    if (this.chunkSize === 0) throw new RangeError(`a policy of ${policy.chunkRows} rows cannot hold ${length} steps`);
    this.#firsts = new Int32Array(size / length);
    for (let k = 0; k < this.#firsts.length; k++) {
      const env = k % numEnvs;
      this.#firsts[k] = env + length * (k - env);
    }
    this.starts = new Int32Array(Math.ceil(this.total / minibatchSize) + 1);
    for (let k = 0; k < this.starts.length; k++) {
      const first = Math.min(k * minibatchSize, this.total);
      this.starts[k] = length * Math.floor((first * size) / (this.total * length));
    }
    this.order = new Int32Array(size);
    this.advantages = new Float64Array(size);
  }

  /** Puts the sequences in a new random order. */
  shuffle(random: Random): void {
    random.shuffle(this.#firsts);
    const { order } = this;
    const { numEnvs, advantages } = this.#rollout;
    let at = 0;
    for (const first of this.#firsts) {
      for (let t = 0; t < this.#length; t++) order[at++] = first + t * numEnvs;
    }
    for (let k = 0; k < order.length; k++) this.advantages[k] = advantages[order[k]];
  }

  /** Loads the samples from `start` on, which are whole sequences, into the first rows of the policy. */
  load(start: number, rows: number): void {
    const policy = this.#policy;
    const { order } = this;
    const { observations, states, numEnvs, terminated, truncated } = this.#rollout;
    policy.loadRows(observations, start, rows, order);
    if (policy.stateSize === 0) return;
    for (let row = 0; row < rows; row++) {
      const entry = order[start + row];
      const before = entry - numEnvs;
      // Where an episode begins, what was remembered is nothing.
      const begins = row % this.#length === 0 || terminated[before] || truncated[before];
      if (begins) policy.loadState(states, entry, row);
      else policy.followRow(row);
    }
  }
}
