import type { BinnedSession, PredictionErrors } from '../events.ts';
import { linearTd, type TdParameters } from './linear-td.ts';

export interface MicrostimuliParameters extends TdParameters {
  /** Microstimuli of each stimulus. */
  count: number;
  /** Their width, as a share of the height of the memory trace. */
  sigma: number;
  /** What is left of the trace after a bin. */
  decay: number;
}

/**
 * TD over microstimuli: every stimulus, rewards among them, leaves a trace y that decays from 1, and its microstimuli are
 * bumps along the height of the trace, x_i = y exp(-(y - i/m)^2 / (2 sigma^2)) / sqrt(2 pi), i = 1..m. They come later, lower
 * and wider: time since the stimulus is told more and more coarsely.
 *
 * @see Ludvig, Sutton and Kehoe (2008), Stimulus representation and the timing of reward-prediction errors in models of the
 *   dopamine system, Neural Computation 20(12)
 */
export function microstimuli(session: BinnedSession, parameters: MicrostimuliParameters): PredictionErrors {
  const { cues, onsets, rewards } = session;
  const { count, sigma, decay } = parameters;
  const stimuli = cues.length + 1;
  const trace = new Float64Array(stimuli);
  return linearTd(
    session,
    (bin, out) => {
      for (let s = 0; s < stimuli; s++) {
        const present = s < cues.length ? onsets[bin * cues.length + s] > 0 : rewards[bin] !== 0;
        const y = present ? 1 : trace[s] * decay;
        trace[s] = y;
        for (let i = 0; i < count; i++) {
          out[s * count + i] =
            (y * Math.exp(-((y - (i + 1) / count) ** 2) / (2 * sigma * sigma))) / Math.sqrt(2 * Math.PI);
        }
      }
    },
    stimuli * count,
    parameters,
  );
}
