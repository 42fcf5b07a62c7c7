import type { BinnedSession, PredictionErrors } from '../events.ts';
import { linearTd, type TdParameters } from './linear-td.ts';

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
  const { cues, onsets, binSeconds } = session;
  const taps = Math.max(1, Math.round(parameters.memory / binSeconds));
  const since = new Int32Array(cues.length).fill(taps);
  return linearTd(
    session,
    (bin, out) => {
      out.fill(0);
      let any = false;
      for (let cue = 0; cue < cues.length; cue++) {
        since[cue] = onsets[bin * cues.length + cue] > 0 ? 0 : since[cue] + 1;
        if (since[cue] >= taps) continue;
        out[cue * taps + since[cue]] = 1;
        any = true;
      }
      return any;
    },
    cues.length * taps,
    parameters,
  );
}
