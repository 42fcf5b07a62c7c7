import { describe, expect, test } from '@jest/globals';
import {
  type BinnedSession,
  beliefState,
  beliefsOf,
  compoundFeatures,
  type Features,
  linearTd,
  microstimulusFeatures,
  type TdParameters,
  tellingSession,
} from '../../../envs/conditioning/index.ts';
import { Random } from '../../../src/core/random.ts';

const { binned, task, memory } = tellingSession(40, new Random(1));

/** Features of a bin, the ones that are zero with the others. */
function row({ size, starts, columns, values }: Features, bin: number): number[] {
  const all = new Array<number>(size).fill(0);
  for (let k = starts[bin]; k < starts[bin + 1]; k++) all[columns[k]] += values[k];
  return all;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, one, i) => sum + one * b[i], 0);

/** TD(lambda) as it is written down: every weight and every eligibility, in every bin. */
function textbook({ bins, rewards }: BinnedSession, features: Features, parameters: TdParameters): number[] {
  const { alpha, alphaNegative = alpha, gamma, lambda } = parameters;
  let weights = new Array<number>(features.size).fill(0);
  let eligibility = weights;
  let before = weights;
  return Array.from({ length: bins }, (_, bin) => {
    const now = row(features, bin);
    const delta = rewards[bin] + gamma * dot(weights, now) - dot(weights, before);
    const traces = eligibility.map((e, i) => gamma * lambda * e + before[i]);
    weights = weights.map((w, i) => w + (delta > 0 ? alpha : alphaNegative) * delta * traces[i]);
    eligibility = traces;
    before = now;
    return delta;
  });
}

describe('errors are those of the equations', () => {
  const representations: [string, Features][] = [
    ['serial compound', compoundFeatures(binned, memory)],
    ['microstimuli', microstimulusFeatures(binned, { count: 10, sigma: 0.08, decay: Math.exp(-0.02) })],
    ['beliefs', beliefsOf(binned, task)],
  ];
  const settings: TdParameters[] = [
    { alpha: 0.1, gamma: 0.98, lambda: 0 },
    { alpha: 0.1, gamma: 0.98, lambda: 1e-5 },
    { alpha: 0.05, gamma: 0.2, lambda: 0.3 },
    { alpha: 0.05, alphaNegative: 0.01, gamma: 0.97, lambda: 0.9 },
    { alpha: 0.02, alphaNegative: 0.1, gamma: 0.999, lambda: 0.99 },
  ];
  test.each(
    representations.flatMap(([name, features]) => settings.map((parameters) => [name, parameters, features] as const)),
  )('%s, %j', (_, parameters, features) => {
    const { errors } = linearTd(binned, features, parameters);
    const expected = textbook(binned, features, parameters);
    expect(expected.some((delta) => Math.abs(delta) > 0.1)).toBe(true);
    expected.forEach((delta, bin) => {
      // Beliefs with long traces learn too much at once, and their errors grow.
      expect(Math.abs(errors[bin] - delta)).toBeLessThan(1e-9 * Math.max(1, Math.abs(delta)));
    });
  });

  test('values are those of the features with what has been learned by then', () => {
    // One feature that is always on, without discount: V <- V + alpha (r + V - V).
    const bins = 4;
    const rewards = Float64Array.of(0, 1, 0, 2);
    const always = {
      ...{ size: 1, starts: Int32Array.of(0, 1, 2, 3, 4) },
      ...{ columns: new Int32Array(bins), values: new Float64Array(bins).fill(1) },
    };
    const session = { binSeconds: 1, bins, cues: [], onsets: new Float64Array(0), rewards };
    const { values } = linearTd(session, always, { alpha: 0.5, gamma: 1, lambda: 0 });
    expect(Array.from(values)).toEqual([0, 0.5, 0.5, 1.5]);
  });
});

test('microstimuli are as high as their formula has them, from the stimulus on', () => {
  const decay = 0.95;
  const features = microstimulusFeatures(binned, { count: 5, sigma: 0.1, decay });
  const cue = binned.cues.indexOf('B');
  let since = Number.POSITIVE_INFINITY;
  for (let bin = 0; bin < binned.bins; bin++) {
    since = binned.onsets[bin * binned.cues.length + cue] > 0 ? 0 : since + 1;
    const y = decay ** since;
    const heights = row(features, bin).slice(5 * cue, 5 * cue + 5);
    heights.forEach((height, i) => {
      const formula = (y * Math.exp(-((y - (i + 1) / 5) ** 2) / (2 * 0.1 ** 2))) / Math.sqrt(2 * Math.PI);
      // A trace below 1e-4 is forgotten.
      expect(Math.abs(height - (y > 1e-4 ? formula : 0))).toBeLessThan(1e-4 * 1e-4);
    });
  }
});

test('beliefs sum to one, and follow Bayes through a hazard of one half by hand', () => {
  const features = beliefsOf(binned, task);
  for (let bin = 0; bin < binned.bins; bin++) {
    expect(row(features, bin).reduce((sum, b) => sum + b, 0)).toBeCloseTo(1, 12);
  }
  // A cue in bin 1, rewarded by halves one or two bins later; hazard of a cue 0.1 a bin.
  const session = {
    ...{ binSeconds: 1, bins: 4, cues: ['a'], onsets: Float64Array.of(0, 1, 0, 0) },
    rewards: Float64Array.of(0, 0, 0, 1),
  };
  const delays = [1, 2].map((seconds) => ({ seconds, probability: 0.5 }));
  const own = { cues: [{ name: 'a', delays, rewardProbability: 0.8, hazard: 0.1 }] };
  const beliefs = beliefsOf(session, own);
  const [first, second] = [0.8 * 0.5, 0.2 * 0.9];
  expect([0, 1, 2, 3].map((bin) => row(beliefs, bin).map((b) => Number(b.toFixed(12))))).toEqual([
    [0, 0, 1],
    [0.8, 0, 0.2],
    [0, Number((first / (first + second)).toFixed(12)), Number((second / (first + second)).toFixed(12))],
    [0, 0, 1],
  ]);
  // Nothing is expected before anything came.
  expect(Array.from(beliefState(session, own, { alpha: 0.1, gamma: 0.9 }).errors)).toEqual([0, 0, 0, 1]);
});
