/** Whole episodes, one after another: entry t of the arrays is step t of the batch. */
export interface EpisodeBatch {
  /** Steps in all. */
  readonly size: number;
  /** Episode e is the steps from `starts[e]` to `starts[e + 1]`. */
  readonly starts: Int32Array;
  /** Normalised as the acting policy saw them, size x observationSize. */
  readonly observations: Float32Array;
  /** As the distribution stores them, size x actionSize. */
  readonly actions: Float32Array;
  readonly logProbs: Float64Array;
  /** Allowed choices, size x maskSize; `undefined` when every choice always was. */
  readonly masks: Uint8Array | undefined;
  readonly rewards: Float64Array;
  /** V(s_t). */
  readonly values: Float64Array;
  /** What a value function would add at the end of each episode: V of the last state where it was cut short, else 0. */
  readonly finalValues: Float64Array;
}
