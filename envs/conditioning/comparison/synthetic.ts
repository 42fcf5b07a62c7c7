import type { Random } from '../../../src/core/random.ts';
import { drawSession, taskSchema } from '../task.ts';
import { type ErrorModel, type FreeParameter, type ModelledSession, modelledSession, tellingRanges } from './models.ts';
import type { SignalMap } from './signal.ts';
import { softplus } from './spikes.ts';

/** An experiment that tells theories apart: sure and unsure rewards, times and sizes that vary, and rewards out of the blue. */
const telling = taskSchema.parse({
  trialTypes: [
    {
      name: 'odour A',
      cues: [{ name: 'A' }],
      reward: { probability: 0.9, delay: { values: [1.2, 1.6, 2, 2.4, 2.8], weights: [1, 3, 4, 3, 1] } },
    },
    {
      name: 'odour B',
      cues: [{ name: 'B' }],
      reward: { probability: 0.5, delay: 2, magnitude: { values: [0.5, 1, 2] } },
    },
    { name: 'odour C', weight: 0.5, cues: [{ name: 'C' }] },
  ],
  interval: { least: 4, mean: 6, most: 30 },
  freeRewards: { every: 30, clear: 3 },
});

const binSeconds = 0.2;
const memory = 4;

/** Draws a session of the experiment by which models are recovered. */
export function tellingSession(trials: number, random: Random): ModelledSession {
  const { events, seconds } = drawSession(telling, trials, random);
  return modelledSession(events, binSeconds, seconds, memory);
}

export interface SyntheticSignal {
  signal: Float64Array;
  /** By name, as they were drawn. */
  parameters: Record<string, number>;
}

/** s. */
const kernelSeconds = 0.6;

/** Spikes a second of a neuron that nothing surprises, and how many more at the largest error. */
const baseline = 5;
const gain = 20;

/**
 * A recording as a model would have it, with parameters drawn from where they tell.
 *
 * @param noise of fluorescence, in parts of the standard deviation of what the errors bring about; spikes have their own
 * @param neurons that answer alike, and whose spikes are counted together
 */
export function syntheticSignal(
  model: ErrorModel,
  session: ModelledSession,
  map: SignalMap,
  noise: number,
  random: Random,
  neurons = 1,
): SyntheticSignal {
  const values = model.parameters.map((parameter) => drawn(parameter, random));
  const errors = model.prepare(session)(values);
  const parameters = Object.fromEntries(model.parameters.map(({ name }, i) => [name, values[i]]));
  if (map.id === 'spikes') {
    const largest = errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
    const rate = (error: number) => softplus(neurons * (baseline + (gain * error) / largest));
    return { signal: errors.map((error) => poisson(rate(error) * session.binned.binSeconds, random)), parameters };
  }
  const decay = Math.exp(-session.binned.binSeconds / kernelSeconds);
  let state = 0;
  const driven = errors.map((error) => {
    state = decay * state + error;
    return state;
  });
  const mean = driven.reduce((sum, x) => sum + x, 0) / driven.length;
  const deviation = Math.sqrt(driven.reduce((sum, x) => sum + (x - mean) ** 2, 0) / driven.length);
  return { signal: driven.map((x) => 1 + (x + noise * deviation * random.normal())), parameters };
}

/** Uniformly from where a parameter tells, or uniformly in its logarithm. */
function drawn(parameter: FreeParameter, random: Random): number {
  const [to, from] = parameter.logarithmic ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x];
  const ranges = tellingRanges(parameter).map((range) => range.map(to));
  let left = random.double() * ranges.reduce((sum, [low, high]) => sum + high - low, 0);
  let at = 0;
  while (at + 1 < ranges.length && left >= ranges[at][1] - ranges[at][0]) left -= ranges[at][1] - ranges[at++][0];
  return from(ranges[at][0] + left);
}

/** By counting exponential times (Knuth, The Art of Computer Programming 2, 3.4.1). */
function poisson(mean: number, random: Random): number {
  let count = -1;
  for (let time = 0; time <= mean; time += random.exponential()) count++;
  return count;
}
