import type { BinnedSession, PredictionErrors } from '../events.ts';
import { type Features, linearTd, type TdParameters } from './linear-td.ts';

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
/** Microstimuli lower than this are left out: they change nothing but the time it takes. */
const invisible = 1e-12;

/**
 * TD over microstimuli: every stimulus, rewards among them, leaves a trace y that decays from 1, and its microstimuli are
 * bumps along the height of the trace, x_i = y exp(-(y - i/m)^2 / (2 sigma^2)) / sqrt(2 pi), i = 1..m. They come later, lower
 * and wider: time since the stimulus is told more and more coarsely.
 *
 * @see Ludvig, Sutton and Kehoe (2008), Stimulus representation and the timing of reward-prediction errors in models of the
 *   dopamine system, Neural Computation 20(12)
 */
export function microstimuli(session: BinnedSession, parameters: MicrostimuliParameters): PredictionErrors {
  return linearTd(session, microstimulusFeatures(session, parameters), parameters);
}

/** What microstimuli consist of, whatever is learned about them. */
export type MicrostimulusShape = Pick<MicrostimuliParameters, 'count' | 'sigma' | 'decay'>;

/** The microstimuli in each bin, stimulus by stimulus, rewards last. */
export function microstimulusFeatures(
  { bins, cues, onsets, rewards }: BinnedSession,
  shape: MicrostimulusShape,
): Features {
  const { count } = shape;
  const stimuli = cues.length + 1;
  const shapes = shapesOf(shape);
  const lengthOfTrace = shapes.length / count;
  const since = new Int32Array(stimuli).fill(lengthOfTrace);
  const starts = new Int32Array(bins + 1);
  const columns = new Int32Array(bins * stimuli * count);
  const values = new Float64Array(bins * stimuli * count);
  let end = 0;
  for (let bin = 0; bin < bins; bin++) {
    for (let s = 0; s < stimuli; s++) {
      const present = s < cues.length ? onsets[bin * cues.length + s] > 0 : rewards[bin] !== 0;
      since[s] = present ? 0 : Math.min(since[s] + 1, lengthOfTrace);
      if (since[s] === lengthOfTrace) continue;
      for (let i = 0; i < count; i++) {
        const height = shapes[since[s] * count + i];
        if (height < invisible) continue;
        columns[end] = s * count + i;
        values[end++] = height;
      }
    }
    starts[bin + 1] = end;
  }
  return { size: stimuli * count, starts, columns: columns.subarray(0, end), values: values.subarray(0, end) };
}

/** The microstimuli of a stimulus in each bin since it came on, as long as it has left a trace. */
function shapesOf({ count, sigma, decay }: MicrostimulusShape): Float64Array {
  const bins = Math.ceil(Math.log(forgotten) / Math.log(decay));
  return Float64Array.from({ length: bins * count }, (_, at) => {
    const y = decay ** Math.floor(at / count);
    const centre = ((at % count) + 1) / count;
    return (y * Math.exp(-((y - centre) ** 2) / (2 * sigma * sigma))) / Math.sqrt(2 * Math.PI);
  });
}
