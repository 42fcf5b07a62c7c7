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
  /** In memory that several threads can have. Default false. */
  shared?: boolean;
}

export function createRollout(shape: RolloutShape): Rollout {
  const { steps, numEnvs, observationSize, actionSize, maskSize, stateSize = 0, shared = false } = shape;
  const size = steps * numEnvs;
  const block = (bytes: number) => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  const floats = (count: number) => new Float32Array(block(4 * count));
  const doubles = (count: number) => new Float64Array(block(8 * count));
  const bytes = (count: number) => new Uint8Array(block(count));
  return {
    size,
    steps,
    numEnvs,
    observations: floats(size * observationSize),
    actions: floats(size * actionSize),
    logProbs: doubles(size),
    states: floats(size * stateSize),
    masks: maskSize > 0 ? bytes(size * maskSize) : undefined,
    rewards: doubles(size),
    values: doubles(size),
    nextValues: doubles(size),
    terminated: bytes(size),
    truncated: bytes(size),
    tails: shape.keepTails
      ? { count: 0, entries: new Int32Array(block(4 * size)), observations: floats(size * observationSize) }
      : undefined,
    advantages: doubles(size),
    returns: doubles(size),
  };
}

const COLUMNS = [
  'observations',
  'actions',
  'logProbs',
  'states',
  'rewards',
  'values',
  'nextValues',
  'terminated',
  'truncated',
] as const;

/** Copies what the environments from `first` on experienced into a rollout of so many of them. */
export function copyEnvs(from: Rollout, first: number, to: Rollout): void {
  for (let t = 0; t < from.steps; t++) {
    const source = t * from.numEnvs + first;
    const target = t * to.numEnvs;
    for (const name of COLUMNS) copyRows(from[name], source, from.size, to[name], target, to.numEnvs);
    if (from.masks && to.masks) copyRows(from.masks, source, from.size, to.masks, target, to.numEnvs);
  }
  if (from.tails && to.tails) copyTails(from, from.tails, first, to, to.tails);
}

/** Puts a rollout of some environments among those of more, from column `first` on. Tails are added to those there. */
export function placeEnvs(from: Rollout, to: Rollout, first: number): void {
  for (let t = 0; t < from.steps; t++) {
    const source = t * from.numEnvs;
    const target = t * to.numEnvs + first;
    for (const name of COLUMNS) copyRows(from[name], source, from.size, to[name], target, from.numEnvs);
    if (from.masks && to.masks) copyRows(from.masks, source, from.size, to.masks, target, from.numEnvs);
  }
  const { tails } = to;
  if (from.tails === undefined || tails === undefined) return;
  for (let k = 0; k < from.tails.count; k++) {
    const entry = from.tails.entries[k];
    const env = first + (entry % from.numEnvs);
    tails.entries[tails.count] = Math.floor(entry / from.numEnvs) * to.numEnvs + env;
    copyRows(from.tails.observations, k, from.size, tails.observations, tails.count, 1);
    tails.count++;
  }
}

function copyTails(from: Rollout, tails: Tails, first: number, to: Rollout, target: Tails): void {
  target.count = 0;
  for (let k = 0; k < tails.count; k++) {
    const env = (tails.entries[k] % from.numEnvs) - first;
    if (env < 0 || env >= to.numEnvs) continue;
    target.entries[target.count] = Math.floor(tails.entries[k] / from.numEnvs) * to.numEnvs + env;
    copyRows(tails.observations, k, from.size, target.observations, target.count, 1);
    target.count++;
  }
}

/** @param size rows in `from` */
function copyRows<T extends Float32Array | Float64Array | Uint8Array>(
  from: T,
  fromRow: number,
  size: number,
  to: T,
  toRow: number,
  rows: number,
): void {
  const width = from.length / size;
  const source = fromRow * width;
  const target = toRow * width;
  // A view for `set` would cost more than these few numbers.
  for (let k = 0; k < rows * width; k++) to[target + k] = from[source + k];
}
