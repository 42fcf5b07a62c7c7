/** Whole episodes that some policy has played, step after step, with the probability of what it did. */
export interface EpisodeLog {
  /** Episode e is the steps from `starts[e]` to `starts[e + 1]`. */
  readonly starts: Int32Array;
  /** Raw, as the environment showed them, steps x observationSize. */
  readonly observations: Float32Array;
  /** As the policy's distribution has them: before they are cut to the environment's bounds. Steps x actionSize. */
  readonly actions: Float32Array;
  /** log mu(a_t|s_t), a density where actions are continuous. */
  readonly logProbs: Float64Array;
  readonly rewards: Float64Array;
  /** How each episode ended; neither where the log breaks off. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** Allowed choices, steps x maskSize; absent when every choice always was. */
  readonly masks?: Uint8Array;
}

/** The log with every episode cut after `steps` steps, as truncated where more followed. */
export function cutToHorizon(log: EpisodeLog, steps: number): EpisodeLog {
  const { starts, observations, actions, masks } = log;
  const episodes = starts.length - 1;
  const kept = Int32Array.from({ length: episodes }, (_, e) => Math.min(starts[e + 1] - starts[e], steps));
  const cutStarts = new Int32Array(episodes + 1);
  for (let e = 0; e < episodes; e++) cutStarts[e + 1] = cutStarts[e] + kept[e];
  const cut = <A extends Float32Array | Float64Array | Uint8Array>(rows: A): A => {
    const width = rows.length / starts[episodes];
    const out = rows.slice(0, cutStarts[episodes] * width) as A;
    for (let e = 0; e < episodes; e++) {
      out.set(rows.subarray(starts[e] * width, (starts[e] + kept[e]) * width), cutStarts[e] * width);
    }
    return out;
  };
  const isCut = (e: number) => kept[e] < starts[e + 1] - starts[e];
  return {
    starts: cutStarts,
    observations: cut(observations),
    actions: cut(actions),
    logProbs: cut(log.logProbs),
    rewards: cut(log.rewards),
    terminated: log.terminated.map((flag, e) => (isCut(e) ? 0 : flag)),
    truncated: log.truncated.map((flag, e) => (isCut(e) ? 1 : flag)),
    ...(masks && { masks: cut(masks) }),
  };
}

/** Columns of a CSV log that hold the numbers of one row: `action`, or `action_0`, `action_1`, ... */
export function columnNames(quantity: string, width: number): string[] {
  return width === 1 ? [quantity] : Array.from({ length: width }, (_, i) => `${quantity}_${i}`);
}
