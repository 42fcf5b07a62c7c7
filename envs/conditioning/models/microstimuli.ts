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

/** A trace as low as this tells nothing any more. */
const forgotten = 1e-4;

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
  const { count } = parameters;
  const stimuli = cues.length + 1;
  const shapes = shapesOf(parameters);
  const lengthOfTrace = shapes.length / count;
  const since = new Int32Array(stimuli).fill(lengthOfTrace);
  return linearTd(
    session,
    (bin, out) => {
      let any = false;
      for (let s = 0; s < stimuli; s++) {
        const present = s < cues.length ? onsets[bin * cues.length + s] > 0 : rewards[bin] !== 0;
        since[s] = present ? 0 : Math.min(since[s] + 1, lengthOfTrace);
        if (since[s] === lengthOfTrace) out.fill(0, s * count, (s + 1) * count);
        else {
          any = true;
          for (let i = 0; i < count; i++) out[s * count + i] = shapes[since[s] * count + i];
        }
      }
      return any;
    },
    stimuli * count,
    parameters,
  );
}

/** The microstimuli of a stimulus in each bin since it came on, as long as it has left a trace. */
function shapesOf({ count, sigma, decay }: MicrostimuliParameters): Float64Array {
  const bins = Math.ceil(Math.log(forgotten) / Math.log(decay));
  return Float64Array.from({ length: bins * count }, (_, at) => {
    const y = decay ** Math.floor(at / count);
    const centre = ((at % count) + 1) / count;
    return (y * Math.exp(-((y - centre) ** 2) / (2 * sigma * sigma))) / Math.sqrt(2 * Math.PI);
  });
}
