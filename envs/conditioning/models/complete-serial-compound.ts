import type { BinnedSession, PredictionErrors } from '../events.ts';
import { type Features, linearTd, type TdParameters } from './linear-td.ts';

export interface CscParameters extends TdParameters {
  /** s for which a cue is remembered. */
  memory: number;
}

/**
 * TD with a complete serial compound: for each cue and each bin since it came on a feature of its own.
 *
 * @see Schultz, Dayan and Montague (1997); Moore et al. (1998)
 */
export function completeSerialCompound(session: BinnedSession, parameters: CscParameters): PredictionErrors {
  return linearTd(session, compoundFeatures(session, parameters.memory), parameters);
}

/** The compound in each bin, cue by cue. @param memory s for which a cue is remembered */
export function compoundFeatures({ bins, cues, onsets, binSeconds }: BinnedSession, memory: number): Features {
  const taps = Math.max(1, Math.round(memory / binSeconds));
  const since = new Int32Array(cues.length).fill(taps);
  const starts = new Int32Array(bins + 1);
  const columns: number[] = [];
  for (let bin = 0; bin < bins; bin++) {
    for (let cue = 0; cue < cues.length; cue++) {
      since[cue] = onsets[bin * cues.length + cue] > 0 ? 0 : since[cue] + 1;
      if (since[cue] < taps) columns.push(cue * taps + since[cue]);
    }
    starts[bin + 1] = columns.length;
  }
  return {
    size: cues.length * taps,
    starts,
    columns: Int32Array.from(columns),
    values: new Float64Array(columns.length).fill(1),
  };
}
