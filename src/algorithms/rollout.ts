import type { StepDerivative } from '../core/step-derivative.ts';
import type { Segments } from '../estimators/gae.ts';

/** What the collecting policy experienced: `steps` steps of `numEnvs` environments, entry t * numEnvs + i. */
export interface Rollout extends Segments {
  readonly size: number;
  /** Normalised as the collecting policy saw them, size x observationSize. */
  readonly observations: Float32Array;
  /** As the distribution stores them, size x actionSize. */
  readonly actions: Float32Array;
  readonly logProbs: Float64Array;
  /** What the collecting policy remembered before each step, size x stateSize; empty without memory. */
  readonly states: Float32Array;
  /** Allowed choices, size x maskSize; `undefined` when every choice always was. */
  readonly masks: Uint8Array | undefined;
  /**
   * Where what was seen next is not the next row, so that V of it can be worked out anew: the last step of each
   * environment, and steps that were cut short. `undefined` where that was not asked for.
   */
  readonly tails: Tails | undefined;
  readonly advantages: Float64Array;
  /** Targets of the value function. */
  readonly returns: Float64Array;
}

/** `count` steps by their entries in the rollout, with the observations that followed, normalised. */
export interface Tails {
  count: number;
  readonly entries: Int32Array;
  readonly observations: Float32Array;
}

/** What a rollout can be differentiated by, beside it: entry by entry as there. */
export interface Tape {
  /** Of each environment. */
  readonly derivatives: readonly StepDerivative[];
  /** Before each step, size x stateSize. */
  readonly states: Float64Array;
  /** What each action was made from, size x noiseSize. */
  readonly noises: Float32Array;
  /** As the environments got them, size x environmentActionSize. */
  readonly actions: Float32Array;
  /** Of the observations in `tails`, a row each. */
  readonly tailStates: Float64Array;
}

export interface RolloutShape {
  steps: number;
  numEnvs: number;
  observationSize: number;
  actionSize: number;
  /** 0 for no masks. */
  maskSize: number;
  /** Default false. */
  keepTails?: boolean;
  /** Default 0, for policies without memory. */
  stateSize?: number;
}

export function createRollout(shape: RolloutShape): Rollout {
  const { steps, numEnvs, observationSize, actionSize, maskSize, stateSize = 0 } = shape;
  const size = steps * numEnvs;
  return {
    size,
    steps,
    numEnvs,
    observations: new Float32Array(size * observationSize),
    actions: new Float32Array(size * actionSize),
    logProbs: new Float64Array(size),
    states: new Float32Array(size * stateSize),
    masks: maskSize > 0 ? new Uint8Array(size * maskSize) : undefined,
    rewards: new Float64Array(size),
    values: new Float64Array(size),
    nextValues: new Float64Array(size),
    terminated: new Uint8Array(size),
    truncated: new Uint8Array(size),
    tails: shape.keepTails
      ? { count: 0, entries: new Int32Array(size), observations: new Float32Array(size * observationSize) }
      : undefined,
    advantages: new Float64Array(size),
    returns: new Float64Array(size),
  };
}
