import type { Random } from '../../core/random.ts';

/**
 * A family of action distributions, parameterised by a row of network outputs.
 *
 * `evaluate` works out log-probability and entropy of one row and keeps what `backward` needs, so `backward` always
 * follows `evaluate` of the same row. Nothing here allocates: rows are addressed as (array, offset).
 *
 * The action of a distribution is what is stored and trained on; `toEnvironment` turns it into what the environment
 * gets, so that clipping or squashing never disturbs the log-probability.
 */
export interface Distribution {
  /** Network outputs read per row. */
  readonly parameterSize: number;
  /** Numbers in a stored action row. */
  readonly actionSize: number;
  /** Numbers in the row the environment gets. */
  readonly environmentActionSize: number;

  /** Log-probability (nats; a density where actions are continuous) of the row last evaluated. */
  readonly logProb: number;
  /** Entropy (nats) of the row last evaluated. */
  readonly entropy: number;

  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void;
  /** The action taken when not exploring: the most likely choice, or the mean. */
  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void;
  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void;
  /**
   * Writes dLoss/dParameters of the row last evaluated, given dLoss/dLogProb and dLoss/dEntropy; adds to the gradient
   * of free parameters such as a state-independent log standard deviation.
   */
  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void;
  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void;
  /** Brings free parameters back into their range after an optimiser step. */
  project?(): void;
  /** Declares which choices are allowed in the row handled next: one byte a choice, `undefined` for all. */
  setMask?(mask: Uint8Array | undefined, at: number): void;
}
