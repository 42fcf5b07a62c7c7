import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { Tensor } from '../engine/engine.ts';

/** Transitions drawn from a buffer, row k of each array being of the same one. */
export interface ReplayBatch {
  readonly size: number;
  /** size x observationSize. */
  readonly observations: Float32Array;
  /** As the environment got them, size x actionSize. */
  readonly actions: Float32Array;
  readonly rewards: Float32Array;
  /** 1 where the episode ended by its own rules. A step that was merely cut short has a future. */
  readonly terminated: Float32Array;
  /** What the action led to; the last observation of an episode where it ended, not the first of the next. */
  readonly nextObservations: Float32Array;
}

export interface TransitionShape {
  observationSize: number;
  actionSize: number;
}

/** @param shared in memory that several threads can have */
export function createReplayBatch(
  size: number,
  { observationSize, actionSize }: TransitionShape,
  shared = false,
): ReplayBatch {
  const floats = (count: number) =>
    new Float32Array(shared ? new SharedArrayBuffer(4 * count) : new ArrayBuffer(4 * count));
  return {
    size,
    observations: floats(size * observationSize),
    actions: floats(size * actionSize),
    rewards: floats(size),
    terminated: floats(size),
    nextObservations: floats(size * observationSize),
  };
}

/** Copies the transitions from `first` on into a batch of so many of them. */
export function copyTransitions(from: ReplayBatch, first: number, to: ReplayBatch): void {
  for (const name of ['observations', 'actions', 'rewards', 'terminated', 'nextObservations'] as const) {
    const width = from[name].length / from.size;
    to[name].set(from[name].subarray(first * width, (first + to.size) * width));
  }
}

/** JSON-able. */
export interface ReplayPosition {
  /** Transitions added since the run began. */
  added: number;
}

/**
 * The latest `capacity` transitions, as they came: observations and rewards are normalised when they are drawn, by what
 * is known by then.
 */
export class ReplayBuffer {
  readonly capacity: number;
  readonly shape: TransitionShape;
  readonly #rows: ReplayBatch;
  #added = 0;

  /** @throws UserError where so many transitions do not fit into memory */
  constructor(capacity: number, shape: TransitionShape) {
    this.capacity = capacity;
    this.shape = shape;
    try {
      this.#rows = createReplayBatch(capacity, shape);
    } catch {
      const gigabytes = (capacity * 4 * (2 * shape.observationSize + shape.actionSize + 2)) / 2 ** 30;
      throw new UserError(
        `${capacity} transitions take ${gigabytes.toFixed(1)} GiB, more than there is: expected an ` +
          'algorithm.bufferSize that fits into memory.',
      );
    }
  }

  /** Transitions added since the run began, those included that others have taken the place of. */
  get added(): number {
    return this.#added;
  }

  /** Transitions held. */
  get size(): number {
    return Math.min(this.#added, this.capacity);
  }

  /** Adds one, in place of the oldest where the buffer is full; rows are addressed as (array, offset). */
  add(
    observations: Float32Array,
    at: number,
    actions: Float32Array,
    actionAt: number,
    reward: number,
    terminated: number,
    nextObservations: Float32Array,
    nextAt: number,
  ): void {
    const rows = this.#rows;
    const { observationSize, actionSize } = this.shape;
    const row = this.#added % this.capacity;
    for (let i = 0; i < observationSize; i++) {
      rows.observations[row * observationSize + i] = observations[at + i];
      rows.nextObservations[row * observationSize + i] = nextObservations[nextAt + i];
    }
    for (let i = 0; i < actionSize; i++) rows.actions[row * actionSize + i] = actions[actionAt + i];
    rows.rewards[row] = reward;
    rows.terminated[row] = terminated;
    this.#added++;
  }

  /** Fills a batch with transitions drawn uniformly, with replacement. */
  sample(random: Random, batch: ReplayBatch): void {
    const rows = this.#rows;
    const { size } = this;
    const { observationSize, actionSize } = this.shape;
    for (let k = 0; k < batch.size; k++) {
      const row = random.integers(0, size);
      for (let i = 0; i < observationSize; i++) {
        batch.observations[k * observationSize + i] = rows.observations[row * observationSize + i];
        batch.nextObservations[k * observationSize + i] = rows.nextObservations[row * observationSize + i];
      }
      for (let i = 0; i < actionSize; i++) batch.actions[k * actionSize + i] = rows.actions[row * actionSize + i];
      batch.rewards[k] = rows.rewards[row];
      batch.terminated[k] = rows.terminated[row];
    }
  }

  getPosition(): ReplayPosition {
    return { added: this.#added };
  }

  /** The rows held, not copied. */
  getTensors(): Record<string, Tensor> {
    const { size } = this;
    const { observationSize, actionSize } = this.shape;
    const { observations, actions, rewards, terminated, nextObservations } = this.#rows;
    const tensor = (data: Float32Array, width: number): Tensor => ({
      shape: [size, width],
      data: data.subarray(0, size * width),
    });
    return {
      observations: tensor(observations, observationSize),
      actions: tensor(actions, actionSize),
      rewards: tensor(rewards, 1),
      terminated: tensor(terminated, 1),
      nextObservations: tensor(nextObservations, observationSize),
    };
  }

  setState({ added }: ReplayPosition, tensors: Readonly<Record<string, Tensor>>): void {
    this.#added = added;
    const rows: Record<string, Tensor> = this.getTensors();
    for (const [name, { data }] of Object.entries(rows)) data.set(tensors[name].data);
  }
}
