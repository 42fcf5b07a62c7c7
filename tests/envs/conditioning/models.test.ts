import { describe, expect, test } from '@jest/globals';
import {
  beliefState,
  binSession,
  type ConditioningEvent,
  completeSerialCompound,
  distributionalTd,
  drawSession,
  expectile,
  hyperbolicUtility,
  linearTd,
  microstimuli,
  multiTimescale,
  paradigm,
  rescorlaWagner,
  rescorlaWagnerErrors,
} from '../../../envs/conditioning/index.ts';
import { Random } from '../../../src/core/random.ts';

const at = (time: number, event: string, magnitude = 1): ConditioningEvent => ({ time, event, magnitude });

/** An index, drawn with these probabilities. */
function drawn(random: Random, probabilities: readonly number[]): number {
  let left = random.double();
  let index = 0;
  while (index + 1 < probabilities.length && left >= probabilities[index]) left -= probabilities[index++];
  return index;
}

/** Trials of 20 s: a cue at the first second, its reward after a delay unless it is left out. */
function trials(count: number, delay: number, omitted: readonly number[] = []): ConditioningEvent[] {
  return Array.from({ length: count }, (_, k) => {
    const cue = at(20 * k + 1, 'tone');
    return omitted.includes(k) ? [cue] : [cue, at(20 * k + 1 + delay, 'reward')];
  }).flat();
}

describe('a session in bins', () => {
  test('each event lies in the bin that begins at or before it', () => {
    const { bins, cues, onsets, rewards } = binSession(
      [at(0, 'tone'), at(0.3, 'light'), at(0.6, 'reward', 2), at(0.6, 'reward', 3)],
      0.2,
    );
    expect([bins, cues]).toEqual([4, ['light', 'tone']]);
    expect(Array.from(onsets)).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
    expect(Array.from(rewards)).toEqual([0, 0, 0, 5]);
  });

  test.each([
    ['disorder', [at(2, 'tone'), at(1, 'reward')], /Event 2 \('reward'\) at 1 s comes before/],
    ['a time that is none', [at(Number.NaN, 'tone')], /Event 1 \('tone'\): expected a time from 0 on/],
  ])('refuses %s', (_, events, message) => {
    expect(() => binSession(events as ConditioningEvent[], 0.2)).toThrow(message);
  });
});

describe('Rescorla-Wagner', () => {
  test('by hand: each cue has its value, and bad news its own rate', () => {
    const events = [at(0, 'a'), at(1, 'reward', 2), at(5, 'b'), at(9, 'a'), at(10, 'reward', 1), at(12, 'a')];
    const found = rescorlaWagner(events, { alphaPositive: 0.5, alphaNegative: 0.25 });
    // a: 0 -> 1; 1 -> 1; then nothing comes: 1 -> 0.75.
    expect(found.map(({ cue, value, outcome, error }) => [cue, value, outcome, error])).toEqual([
      ['a', 0, 2, 2],
      ['b', 0, 0, 0],
      ['a', 1, 1, 0],
      ['a', 1, 0, -1],
    ]);
  });
});

describe('Rescorla-Wagner in time', () => {
  test('by hand: cues surprise by their value, rewards by the rest, and none where one was due', () => {
    const events = [
      ...[at(0, 'a'), at(2, 'reward', 2)],
      ...[at(10, 'a'), at(14, 'reward', 1)],
      ...[at(20, 'a'), at(40, 'reward', 3)],
    ];
    const parameters = { alphaPositive: 0.5, alphaNegative: 0.25 };
    const errors = rescorlaWagnerErrors(binSession(events, 1, 50), events, parameters, 5);
    // a: 0 -> 1; 1 -> 1; the third reward comes out of the blue, and 3 s after the cue, the mean of 2 and 4, one is missed.
    const expected = new Array(50).fill(0);
    Object.assign(expected, { 2: 2, 10: 1, 20: 1, 23: -1, 40: 3 });
    expect(Array.from(errors)).toEqual(expected);
  });

  test('what is expected is taken back: all errors of a session sum to its rewards', () => {
    const { events, seconds } = drawSession(paradigm('probability'), 300, new Random(9));
    const binned = binSession(events, 0.2, seconds);
    const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
    const errors = rescorlaWagnerErrors(binned, events, { alphaPositive: 0.2, alphaNegative: 0.1 }, 4);
    expect(total(errors)).toBeCloseTo(total(binned.rewards), 9);
    expect(errors.some((error) => error < 0)).toBe(true);
  });
});

describe('temporal differences', () => {
  test('with eligibility, by hand', () => {
    // One feature that is on in bin 0 only, and a reward of 1 in bin 2: delta is 0, 0, 1; the trace is 1, then 0.4.
    const rewards = Float64Array.of(0, 0, 1, 0, 0);
    const binned = { binSeconds: 1, bins: 5, cues: [], onsets: new Float64Array(0), rewards };
    const parameters = { alpha: 0.5, gamma: 0.8, lambda: 0.5 };
    const features = {
      ...{ size: 1, starts: Int32Array.of(0, 1, 1, 1, 2, 2) },
      ...{ columns: Int32Array.of(0, 0), values: Float64Array.of(1, 1) },
    };
    const { errors, values } = linearTd(binned, features, parameters);
    // w = 0.5 x 1 x 0.4 = 0.2, and so the feature of bin 3 is worth 0.2: delta 0.8 x 0.2, then -0.2.
    expect(Array.from(errors)).toEqual([
      0,
      0,
      1,
      expect.closeTo(0.16, 12),
      expect.closeTo(-0.2 - 0.16 * 0.5 * 0.16, 2),
    ]);
    expect(values[3]).toBeCloseTo(0.2 + 0.5 * 0.16 * 0.16, 12);
  });

  test('the error moves from the reward to the cue, and dips where a reward is left out', () => {
    const delay = 2;
    const count = 400;
    const events = trials(count, delay, [count - 1]);
    const gamma = 0.98;
    const { errors } = completeSerialCompound(binSession(events, 0.2, 20 * count), {
      ...{ alpha: 0.2, gamma, lambda: 0.9, memory: 3 },
    });
    const bin = (trial: number, seconds: number) => Math.round((20 * trial + 1 + seconds) / 0.2);
    expect(errors[bin(0, delay)]).toBe(1);
    expect(errors[bin(0, 0)]).toBe(0);
    // Ten bins from cue to reward: the cue is worth gamma^9 when it has come, and the bin before is worth nothing.
    expect(errors[bin(count - 2, 0)]).toBeCloseTo(gamma ** 10, 3);
    expect(errors[bin(count - 2, delay)]).toBeCloseTo(0, 3);
    expect(errors[bin(count - 1, delay)]).toBeCloseTo(-1, 3);
  });

  test('microstimuli are less sure of the time, and less disappointed', () => {
    const count = 400;
    const binned = binSession(trials(count, 2, [count - 1]), 0.2, 20 * count);
    const { errors } = microstimuli(binned, {
      alpha: 0.05,
      gamma: 0.95,
      lambda: 0.9,
      count: 20,
      sigma: 0.08,
      decay: 0.9,
    });
    const bin = (trial: number, seconds: number) => Math.round((20 * trial + 1 + seconds) / 0.2);
    expect(errors[bin(count - 2, 0)]).toBeGreaterThan(0.3);
    const omission = errors[bin(count - 1, 2)];
    expect(omission).toBeLessThan(-0.02);
    expect(omission).toBeGreaterThan(-0.9);
  });

  test('a bank of discounts tells the delay: ln V / ln gamma', () => {
    const binned = binSession(trials(400, 3), 0.2, 20 * 400);
    const gammas = [0.9, 0.95, 0.99];
    const bank = multiTimescale(binned, gammas, { alpha: 0.2, lambda: 0.9, memory: 5 });
    const cue = Math.round((20 * 398 + 1) / 0.2);
    bank.forEach(({ errors }, i) => {
      expect(Math.log(errors[cue]) / Math.log(gammas[i])).toBeCloseTo(15, 1);
    });
  });
});

describe('belief states', () => {
  const seconds = Array.from({ length: 9 }, (_, i) => 1.2 + 0.2 * i);
  const weights = seconds.map((delay) => Math.exp(-((delay - 2) ** 2) / (2 * 0.5 ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const delays = seconds.map((delay, i) => ({ seconds: delay, probability: weights[i] / total }));

  /** Mean error at the reward for each delay, its slope over the delay, and the mean error at the cue; later half. */
  function measure(name: 'variable-delay' | 'variable-delay-90') {
    const sums = new Float64Array(9);
    const counts = new Float64Array(9);
    let cueError = 0;
    let cues = 0;
    for (const seed of [1, 2, 3]) {
      const drawn = drawSession(paradigm(name), 5000, new Random(seed));
      const binned = binSession(drawn.events, 0.2);
      const task = {
        cues: [{ name: 'odour', delays, rewardProbability: name === 'variable-delay' ? 1 : 0.9, hazard: 1 / 65 }],
      };
      const { errors } = beliefState(binned, task, { alpha: 0.1, gamma: 0.98 });
      const bin = (time: number) => Math.floor(time / 0.2 + 1e-6);
      for (const { start, end, magnitude } of drawn.trials.slice(2500)) {
        cueError += errors[bin(start)];
        cues++;
        if (magnitude === 0) continue;
        const delay = Math.round((end - start - 1.2) / 0.2);
        sums[delay] += errors[bin(end)];
        counts[delay]++;
      }
    }
    const means = sums.map((sum, i) => sum / counts[i]);
    const centre = means.reduce((sum, mean) => sum + mean, 0) / 9;
    const slope = means.reduce((sum, mean, i) => sum + (i - 4) * 0.2 * (mean - centre), 0) / (60 * 0.04);
    return { slope, cue: cueError / cues };
  }

  test('sure rewards surprise less the later they come: -0.079 a second, within 15 %', () => {
    const { slope, cue } = measure('variable-delay');
    expect(Math.abs(slope / -0.079 - 1)).toBeLessThan(0.15);
    expect(cue).toBeCloseTo(0.763, 1);
  });

  test('with one in ten left out they surprise more: +0.238 a second, within 15 %', () => {
    const { slope, cue } = measure('variable-delay-90');
    expect(Math.abs(slope / 0.238 - 1)).toBeLessThan(0.15);
    expect(cue).toBeCloseTo(0.662, 1);
  });
});

describe('distributional errors', () => {
  /** Rewards of Eshel et al. (2016) in microlitres, and how often each came. */
  const magnitudes = [0.1, 0.3, 1.2, 2.5, 5, 10, 20];
  const probabilities = [0.066, 0.091, 0.148, 0.155, 0.312, 0.151, 0.077];
  const random = new Random(2);
  const rewards = Float64Array.from({ length: 40_000 }, () =>
    hyperbolicUtility(magnitudes[drawn(random, probabilities)]),
  );
  const units = Array.from({ length: 40 }, (_, i) => {
    const tau = (i + 0.5) / 40;
    return { alphaPositive: 0.02 * tau, alphaNegative: 0.02 * (1 - tau) };
  });
  const { taus, meanValues } = distributionalTd(rewards, units);

  test('each unit comes to rest at its expectile', () => {
    taus.forEach((tau, i) => {
      expect(tau).toBeCloseTo((i + 0.5) / 40, 12);
      expect(meanValues[i]).toBeCloseTo(expectile(rewards, tau), 1);
    });
  });

  test('values rise with optimism: correlation of 0.97 at least', () => {
    const mean = (series: Float64Array) => series.reduce((sum, value) => sum + value, 0) / series.length;
    const [x, y] = [taus.map((tau) => tau - mean(taus)), meanValues.map((value) => value - mean(meanValues))];
    const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    expect(product(x, y) / Math.sqrt(product(x, x) * product(y, y))).toBeGreaterThan(0.97);
  });

  test('the expectile of one half is the mean; of two values it is where the weighted distances balance', () => {
    expect(expectile([1, 2, 6], 0.5)).toBeCloseTo(3, 10);
    expect(expectile([0, 1], 0.8)).toBeCloseTo(0.8, 10);
  });
});
