import { describe, expect, test } from '@jest/globals';
import {
  anccr,
  beliefState,
  binSession,
  type ConditioningEvent,
  completeSerialCompound,
  drawSession,
  microstimuli,
  modelledSession,
  paradigm,
  rescorlaWagner,
  type Trial,
  taskSchema,
} from '../../../envs/conditioning/index.ts';
import { Random } from '../../../src/core/random.ts';

/** What recordings have shown, and the models that claim to explain it: see the table in envs/conditioning/README.md. */

const binSeconds = 0.2;
const binOf = (time: number) => Math.floor(time / binSeconds + 1e-6);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function slopeOf(pairs: readonly (readonly [number, number])[]): number {
  const [x, y] = [0, 1].map((i) => mean(pairs.map((pair) => pair[i])));
  return (
    pairs.reduce((sum, pair) => sum + (pair[0] - x) * (pair[1] - y), 0) /
    pairs.reduce((sum, pair) => sum + (pair[0] - x) ** 2, 0)
  );
}

describe('Bayer and Glimcher (2005): reward less a weighted mean of the rewards before', () => {
  test('Rescorla-Wagner: 1 on the reward now, -alpha (1 - alpha)^(k-1) on the one k trials before', () => {
    const alpha = 0.3;
    const random = new Random(1);
    const rewards = Array.from({ length: 400 }, () => random.uniform(1, 2));
    const events = rewards.flatMap((magnitude, k) => [
      { time: 10 * k, event: 'tone', magnitude: 1 },
      { time: 10 * k + 1, event: 'reward', magnitude },
    ]);
    const found = rescorlaWagner(events, { alphaPositive: alpha, alphaNegative: alpha });
    found.slice(50).forEach(({ error }, i) => {
      const trial = i + 50;
      let expected = rewards[trial];
      for (let k = 1; k <= trial; k++) expected -= alpha * (1 - alpha) ** (k - 1) * rewards[trial - k];
      expect(error).toBeCloseTo(expected, 10);
    });
  });
});

describe('Fiorillo, Tobler and Schultz (2003): cues of probability 0 to 1', () => {
  const probabilities = [0, 0.25, 0.5, 0.75, 1];
  // What a belief of one in four learns of it is little each time: it takes many trials.
  const drawn = drawSession(paradigm('probability'), 8000, new Random(5));
  const binned = binSession(drawn.events, binSeconds, drawn.seconds);
  const late = (probability: number) =>
    drawn.trials.filter(({ type }, trial) => trial > 4000 && type === `p = ${probability}`);
  const meanAt = (errors: Float64Array, trials: readonly Trial[], time: (trial: Trial) => number) =>
    mean(trials.map((trial) => errors[binOf(time(trial))]));

  test.each([
    ['TD', completeSerialCompound(binned, { alpha: 0.1, gamma: 0.98, lambda: 0.9, memory: 3 }).errors],
    [
      'belief-state TD',
      beliefState(binned, modelledSession(drawn.events, binSeconds, drawn.seconds, 3).task, { alpha: 0.3, gamma: 0.98 })
        .errors,
    ],
  ])('%s: the answer to the cue rises with the probability, that to the reward falls', (_, errors) => {
    const atCue = probabilities.map((p) => meanAt(errors, late(p), ({ start }) => start));
    for (let i = 1; i < 5; i++) expect(atCue[i]).toBeGreaterThan(atCue[i - 1] + 0.05);
    const atReward = probabilities.slice(1).map((p) =>
      meanAt(
        errors,
        late(p).filter(({ magnitude }) => magnitude > 0),
        ({ end }) => end,
      ),
    );
    for (let i = 1; i < 4; i++) expect(atReward[i]).toBeLessThan(atReward[i - 1] - 0.05);
    expect(Math.abs(atReward[3])).toBeLessThan(0.05);
  });

  test('TD(0), with errors below zero coded at a sixth: on average a ramp, steepest at one half (Niv et al. 2005)', () => {
    const { errors } = completeSerialCompound(binned, { alpha: 0.1, gamma: 0.98, lambda: 0, memory: 3 });
    const coded = errors.map((error) => (error > 0 ? error : error / 6));
    const atEnd = probabilities.map((p) => meanAt(coded, late(p), ({ end }) => end));
    expect(atEnd.indexOf(Math.max(...atEnd))).toBe(2);
    expect(atEnd[4]).toBeLessThan(0.01);
    const ramp = Array.from({ length: 10 }, (_, k) => meanAt(coded, late(0.5), ({ start }) => start + 0.2 * (k + 1)));
    expect(ramp[9]).toBeGreaterThan(ramp[6]);
    expect(ramp[6]).toBeGreaterThan(ramp[2]);
  });
});

describe('Amo et al. (2022): the error travels back from the reward to the cue', () => {
  test('TD(0): its place moves to earlier and earlier bins', () => {
    const drawn = drawSession(paradigm('acquisition'), 400, new Random(2));
    const binned = binSession(drawn.events, binSeconds, drawn.seconds);
    const { errors } = completeSerialCompound(binned, { alpha: 0.1, gamma: 0.98, lambda: 0, memory: 3 });
    const peaks = [0, 20, 40, 80, 160, 399].map((trial) => {
      const from = binOf(drawn.trials[trial].start);
      const within = Array.from(errors.subarray(from, from + 11));
      return within.indexOf(Math.max(...within));
    });
    expect(peaks[0]).toBe(10);
    for (let i = 1; i < peaks.length; i++) expect(peaks[i]).toBeLessThanOrEqual(peaks[i - 1]);
    expect(peaks[2]).toBeGreaterThan(0);
    expect(peaks[2]).toBeLessThan(10);
    expect(peaks[5]).toBe(0);
  });
});

describe('Ludvig et al. (2008): rewards that come early, or not at all', () => {
  test('microstimuli dip less than a serial compound, in both', () => {
    const drawn = drawSession(paradigm('omission-early'), 1500, new Random(3));
    const binned = binSession(drawn.events, binSeconds, drawn.seconds);
    const settings = { alpha: 0.05, gamma: 0.98, lambda: 0.95 };
    const [compound, coarse] = [
      completeSerialCompound(binned, { ...settings, memory: 4 }).errors,
      microstimuli(binned, { ...settings, count: 10, sigma: 0.08, decay: 0.98 }).errors,
    ];
    for (const type of ['omitted', 'early']) {
      const [sharp, soft] = [compound, coarse].map((errors) =>
        mean(
          drawn.trials
            .filter((trial, index) => index > 750 && trial.type === type)
            .map(({ start }) => errors[binOf(start + 2)]),
        ),
      );
      expect(sharp).toBeLessThan(-0.5);
      expect(soft).toBeLessThan(0);
      expect(soft).toBeGreaterThan(sharp + 0.2);
    }
  });
});

describe('Jeong et al. (2022): adjusted net contingency', () => {
  test('by hand: two rewards 1 s apart, timescale 2 s, sampled each second', () => {
    const events = [
      { time: 0.5, event: 'reward', magnitude: 1 },
      { time: 1.5, event: 'reward', magnitude: 1 },
    ];
    const { dopamine } = anccr(events, { timescale: 2, alpha: 0.1, samplingInterval: 1, prospection: 0.5 });
    // First: M_rr = 0.1 x 1, no baseline yet, and so no successors: NC = 0.5 x 0.1.
    expect(dopamine[0]).toBeCloseTo(0.05, 12);
    // Then: trace e^-0.5 + 1; baseline, at 1 s, 0.1 e^-0.25; for one event successors and predecessors are the same.
    const m = 0.1 + 0.1 * (Math.exp(-0.5) + 1 - 0.1);
    const baseline = 0.1 * Math.exp(-0.25);
    expect(dopamine[1]).toBeCloseTo(m - baseline, 12);
  });

  /** Correlation, over late rewards out of the blue, of the answer and the wait before. */
  function againstWait(answers: (events: readonly ConditioningEvent[]) => ArrayLike<number>): number {
    const random = new Random(3);
    let time = 0;
    const events = Array.from({ length: 3000 }, () => {
      time += 0.4 + 12 * random.exponential();
      return { time, event: 'reward', magnitude: 1 };
    });
    const found = answers(events);
    const pairs = events.slice(1000).map((event, i) => [event.time - events[i + 999].time, found[i + 1000]] as const);
    const flipped = pairs.map(([x, y]) => [y, x] as const);
    return Math.sign(slopeOf(pairs)) * Math.sqrt(slopeOf(pairs) * slopeOf(flipped));
  }

  test('the answer to rewards out of the blue is stronger after a long wait', () => {
    expect(againstWait((events) => anccr(events, { timescale: 14.4, alpha: 0.02 }).dopamine)).toBeGreaterThan(0.2);
  });

  test('ramps along a track where the next round begins soon, not where it is far off', () => {
    const slopes = [6, 60].map((wait) => {
      const task = taskSchema.parse({ ...paradigm('ramp'), interval: { least: 3, mean: wait, most: 3 * wait } });
      const { events } = drawSession(task, 1500, new Random(1));
      const { dopamine } = anccr(events, { timescale: 1.2 * (11 + wait), alpha: 0.02, threshold: 0.5 });
      const half = events.length / 2;
      const pairs = events.flatMap(({ event }, i): [number, number][] =>
        i > half && event.startsWith('landmark') ? [[Number(event.slice(9)), dopamine[i]]] : [],
      );
      return slopeOf(pairs);
    });
    expect(slopes[0]).toBeGreaterThan(0.02);
    expect(slopes[1]).toBeLessThan(0);
  });

  test('a cue becomes a cause: its dopamine rises from nothing', () => {
    const task = taskSchema.parse({ ...paradigm('acquisition'), interval: { least: 20, mean: 20, most: 80 } });
    const { events } = drawSession(task, 600, new Random(1));
    const { dopamine } = anccr(events, { timescale: 50, alpha: 0.02 });
    const atCue = events.flatMap(({ event }, i) => (event === 'tone' ? [dopamine[i]] : []));
    expect(Math.abs(mean(atCue.slice(0, 5)))).toBeLessThan(0.2);
    expect(mean(atCue.slice(200))).toBeGreaterThan(0.4);
  });
});
