import { describe, expect, test } from '@jest/globals';
import { drawSession, paradigm, paradigmNames, taskSchema } from '../../../envs/conditioning/index.ts';
import { Random } from '../../../src/core/random.ts';

const task = taskSchema.parse({
  trialTypes: [
    {
      name: 'likely',
      weight: 3,
      cues: [{ name: 'a' }],
      reward: { probability: 0.8, delay: 2, magnitude: { values: [1, 3], weights: [1, 3] } },
    },
    { name: 'never', cues: [{ name: 'b', at: 0.5 }, { name: 'c' }] },
  ],
  interval: { least: 4, mean: 6, most: 30 },
  freeRewards: { every: 5, clear: 2 },
});

describe('a session', () => {
  const { events, trials, seconds } = drawSession(task, 4000, new Random(1));
  const cueTimes = trials.map(({ start }) => start);

  test('has its events in order, and ends after the last', () => {
    for (let i = 1; i < events.length; i++) expect(events[i].time).toBeGreaterThanOrEqual(events[i - 1].time);
    expect(seconds).toBeGreaterThan(events[events.length - 1].time);
    expect(drawSession(task, 50, new Random(2))).toEqual(drawSession(task, 50, new Random(2)));
  });

  test('draws trials, rewards and sizes as often as told', () => {
    const likely = trials.filter(({ type }) => type === 'likely');
    // Standard errors are below 0.01.
    expect(likely.length / trials.length).toBeCloseTo(0.75, 1);
    const rewarded = likely.filter(({ magnitude }) => magnitude > 0);
    expect(rewarded.length / likely.length).toBeGreaterThan(0.77);
    expect(rewarded.length / likely.length).toBeLessThan(0.83);
    expect(rewarded.filter(({ magnitude }) => magnitude === 3).length / rewarded.length).toBeCloseTo(0.75, 1);
    // Without its reward a trial is as long as with it.
    for (const { start, end } of likely) expect(end - start).toBeCloseTo(2, 9);
    for (const { type, start, end } of trials) if (type === 'never') expect(end - start).toBeCloseTo(0.5, 9);
  });

  test('keeps intervals within their bounds; their mean is that of the exponential, cut off', () => {
    const waits = trials.slice(1).map(({ start }, i) => start - trials[i].end);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30 + 1e-9);
    // E min(X, m) = mean (1 - e^(-m / mean)).
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(mean).toBeGreaterThan(4 + 6 * (1 - Math.exp(-26 / 6)) - 0.3);
    expect(mean).toBeLessThan(4 + 6 * (1 - Math.exp(-26 / 6)) + 0.3);
  });

  test('gives free rewards between trials only, and none just before a cue', () => {
    let trial = 0;
    let free = 0;
    for (const { time, event } of events) {
      if (event !== 'reward') continue;
      while (trial < trials.length && trials[trial].end < time - 1e-9) trial++;
      const due = trials[trial];
      if (due && Math.abs(time - due.end) < 1e-9 && due.magnitude > 0) continue;
      free++;
      const next = cueTimes.find((start) => start > time) ?? Number.POSITIVE_INFINITY;
      expect(next - time).toBeGreaterThanOrEqual(2 - 1e-9);
      expect(due === undefined || time < due.start).toBe(true);
    }
    expect(free).toBeGreaterThan(1000);
  });
});

test('a cue that comes after the reward is over before the next trial', () => {
  const late = taskSchema.parse({
    trialTypes: [{ name: 'x', cues: [{ name: 'a' }, { name: 'b', at: 3 }], reward: { delay: 1 } }],
    interval: { least: 0.5 },
  });
  const { events, trials, seconds } = drawSession(late, 2, new Random(1));
  expect(events.map(({ time, event }) => [time, event])).toEqual([
    ...[
      [0.5, 'a'],
      [1.5, 'reward'],
      [3.5, 'b'],
    ],
    ...[
      [4, 'a'],
      [5, 'reward'],
      [7, 'b'],
    ],
  ]);
  expect(trials.map(({ start, end }) => [start, end])).toEqual([
    [0.5, 1.5],
    [4, 5],
  ]);
  expect(seconds).toBe(7.5);
});

test('the exponential part of an interval that nothing cuts off has its mean, and its deviation', () => {
  const free = taskSchema.parse({
    trialTypes: [{ name: 'x', cues: [{ name: 'a' }] }],
    interval: { least: 1, mean: 5 },
  });
  const { trials } = drawSession(free, 10_000, new Random(7));
  const waits = trials.slice(1).map(({ start }, i) => start - trials[i].end - 1);
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  const deviation = Math.sqrt(waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / waits.length);
  // Standard errors: 0.05 and, as the fourth moment is 9 mean^4, 0.07.
  expect(Math.abs(mean - 5)).toBeLessThan(0.2);
  expect(Math.abs(deviation - 5)).toBeLessThan(0.3);
});

test('another seed draws another session', () => {
  const [one, other] = [1, 2].map((seed) => drawSession(task, 50, new Random(seed)));
  expect(one.trials).not.toEqual(other.trials);
});

test('times on a grid are multiples of it', () => {
  const { trials } = drawSession(paradigm('variable-delay'), 300, new Random(3));
  for (const { start, end } of trials) {
    for (const time of [start, end]) expect(Math.abs(time / 0.2 - Math.round(time / 0.2))).toBeLessThan(1e-6);
  }
});

test.each(paradigmNames)('the paradigm %s draws trials with rewards', (name) => {
  const { events, trials } = drawSession(paradigm(name), 100, new Random(4));
  expect(trials).toHaveLength(100);
  expect(events.some(({ event }) => event === 'reward')).toBe(true);
});

test.each([
  ['a cue called reward', { trialTypes: [{ name: 'x', cues: [{ name: 'reward' }] }], interval: {} }],
  [
    'weights that do not match',
    { trialTypes: [{ name: 'x', cues: [], reward: { delay: { values: [1, 2], weights: [1] } } }], interval: {} },
  ],
  ['a reward before its trial', { trialTypes: [{ name: 'x', cues: [], reward: { delay: -1 } }], interval: {} }],
  [
    'a list of delays with one below zero',
    { trialTypes: [{ name: 'x', cues: [], reward: { delay: { values: [1, -1] } } }], interval: {} },
  ],
  ['trial types that never come', { trialTypes: [{ name: 'x', weight: 0, cues: [] }], interval: {} }],
  [
    'an interval that ends before it begins',
    { trialTypes: [{ name: 'x', cues: [] }], interval: { least: 5, most: 4 } },
  ],
  [
    'a probability above one',
    { trialTypes: [{ name: 'x', cues: [], reward: { delay: 1, probability: 1.1 } }], interval: {} },
  ],
  ['no trial types', { trialTypes: [], interval: {} }],
])('%s is refused', (_, input) => {
  expect(taskSchema.safeParse(input).success).toBe(false);
});
