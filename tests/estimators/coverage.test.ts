import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { bootstrapIntervals, bootstrapMean, studentMean } from '../../src/estimators/bootstrap.ts';
import { guaranteedReturn } from '../../src/estimators/guaranteed-return.ts';
import { studentQuantile } from '../../src/estimators/normal.ts';
import {
  importanceSampling,
  noModel,
  type WeighedEpisodes,
  weightedDoublyRobust,
  weightedImportanceSampling,
} from '../../src/estimators/off-policy-evaluation.ts';
import { quantile } from '../../src/estimators/statistics.ts';

interface Outcome {
  probability: number;
  rewards: number[];
  logRatios: number[];
}

/**
 * Three steps that pay 1 each, of two kinds: the first fails once in a hundred times, the second three times. A failure
 * costs 10 and ends the episode. The policy that is judged prefers the second kind, the one that acts the first.
 */
function rareFailures(): Outcome[] {
  const acting = [0.7, 0.3];
  const judged = [0.3, 0.7];
  const fails = [0.01, 0.03];
  const ended: Outcome[] = [];
  let open: Outcome[] = [{ probability: 1, rewards: [], logRatios: [] }];
  for (let t = 0; t < 3; t++) {
    const next = open.flatMap(({ probability, rewards, logRatios }) =>
      [0, 1].flatMap((kind) => {
        const ratios = [...logRatios, Math.log(judged[kind] / acting[kind])];
        const taken = probability * acting[kind];
        ended.push({ probability: taken * fails[kind], rewards: [...rewards, -10], logRatios: ratios });
        return { probability: taken * (1 - fails[kind]), rewards: [...rewards, 1], logRatios: ratios };
      }),
    );
    open = next;
  }
  return [...ended, ...open];
}

function logOf(outcomes: readonly Outcome[], gamma: number): WeighedEpisodes {
  const starts = [0];
  for (const { rewards } of outcomes) starts.push(starts[starts.length - 1] + rewards.length);
  return {
    starts: Int32Array.from(starts),
    rewards: Float64Array.from(outcomes.flatMap(({ rewards }) => rewards)),
    logRatios: Float64Array.from(outcomes.flatMap(({ logRatios }) => logRatios)),
    gamma,
  };
}

function* logs(outcomes: readonly Outcome[], gamma: number, count: number, episodes = 100) {
  const random = new Random(11);
  for (let l = 0; l < count; l++) {
    const drawn = Array.from({ length: episodes }, () => {
      let left = random.double();
      return outcomes.find(({ probability }) => {
        left -= probability;
        return left < 0;
      })!;
    });
    yield logOf(drawn, gamma);
  }
}

function truthOf(outcomes: readonly Outcome[], gamma: number): number {
  const values = importanceSampling(logOf(outcomes, gamma), 'per-decision');
  return outcomes.reduce((sum, { probability }, e) => sum + probability * values[e], 0);
}

/** As few resamples as tell the difference. */
function percentiles(episodes: WeighedEpisodes): { low: number; high: number } {
  const statistic = weightedDoublyRobust(episodes, noModel(episodes));
  const random = new Random(0);
  const counts = new Float64Array(100);
  const values = Array.from({ length: 300 }, () => {
    counts.fill(0);
    for (let i = 0; i < 100; i++) counts[Math.floor(100 * random.double())]++;
    return statistic(counts);
  });
  return { low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

test('95 % intervals where failures are rare: the kinds that are used hold the truth the most often', () => {
  const outcomes = rareFailures();
  const truth = truthOf(outcomes, 1);
  const held = { is: 0, pdis: 0, wis: 0, wpdis: 0, isByPercentiles: 0, wpdisByPercentiles: 0 };
  for (const log of logs(outcomes, 1, 120)) {
    const [wis, wpdis] = bootstrapIntervals(100, [
      weightedImportanceSampling(log),
      weightedDoublyRobust(log, noModel(log)),
    ]);
    const intervals = {
      is: studentMean(importanceSampling(log, 'full')),
      pdis: studentMean(importanceSampling(log, 'per-decision')),
      wis,
      wpdis,
      isByPercentiles: bootstrapMean(importanceSampling(log, 'full')),
      wpdisByPercentiles: percentiles(log),
    };
    for (const [id, { low, high }] of Object.entries(intervals)) {
      if (low <= truth && truth <= high) held[id as keyof typeof held]++;
    }
  }
  // Of a hundred episodes four or five fail. What the log has seen too little of, no interval can know.
  expect(held.is).toBeGreaterThanOrEqual(0.93 * 120);
  expect(held.pdis).toBeGreaterThanOrEqual(0.91 * 120);
  expect(held.wis).toBeGreaterThanOrEqual(0.84 * 120);
  expect(held.wpdis).toBeGreaterThanOrEqual(0.82 * 120);
  expect(held.is).toBeGreaterThan(held.isByPercentiles);
  expect(held.wpdis).toBeGreaterThan(held.wpdisByPercentiles);
}, 120_000);

describe('what a policy earns at least', () => {
  test('by hand', () => {
    // Returns 2 and 3 with weights 1 and 1/2, clipped at 1, from 0 to 4: x = 0.5 and 0.375.
    const episodes = {
      starts: Int32Array.of(0, 1, 2),
      rewards: Float64Array.of(2, 3),
      logRatios: Float64Array.of(1, 0.5).map(Math.log),
      gamma: 1,
    };
    const range = { lowest: 0, highest: 4 };
    expect(guaranteedReturn(episodes, range, 1)).toBe(0);
    // A thousand times as many: mean 0.4375, variance 2000 / 1999 x 0.0625^2, ln 40 = 3.688879.
    const many = {
      starts: Int32Array.from({ length: 2001 }, (_, e) => e),
      rewards: Float64Array.from({ length: 2000 }, (_, e) => episodes.rewards[e % 2]),
      logRatios: Float64Array.from({ length: 2000 }, (_, e) => episodes.logRatios[e % 2]),
      gamma: 1,
    };
    const doubt = Math.sqrt((2 * 0.0625 ** 2 * 3.688879) / 1999) + (7 * 3.688879) / (3 * 1999);
    expect(guaranteedReturn(many, range, 1)).toBeCloseTo(4 * (0.4375 - doubt), 6);
    expect(() => guaranteedReturn(episodes, { lowest: 0, highest: 2.5 }, 1)).toThrow(
      'returns 3: expected all from 0 to 2.5',
    );
  });

  test('is no more than the truth, and comes near it with many episodes', () => {
    const outcomes = rareFailures();
    const truth = truthOf(outcomes, 1);
    // The worst is a failure at once.
    const range = { lowest: -10, highest: 3 };
    const boundsOf = (episodes: number) =>
      Array.from(logs(outcomes, 1, 40, episodes), (log) => guaranteedReturn(log, range, 13));
    const few = boundsOf(100);
    const many = boundsOf(6000);
    expect([...few, ...many].filter((bound) => bound > truth).length).toBeLessThanOrEqual(0.05 * 80);
    expect(Math.max(...few)).toBeLessThan(0);
    expect(Math.min(...many)).toBeGreaterThan(0);
  });
});

test("Student's interval by hand", () => {
  // 1, 2 and 6: mean 3, variance (4 + 1 + 9) / 2 = 7, and t = 4.3027 with two degrees of freedom.
  const { mean, low, high } = studentMean(Float64Array.of(1, 2, 6));
  expect(mean).toBe(3);
  expect(high - 3).toBeCloseTo(4.302653 * Math.sqrt(7 / 3), 5);
  expect(3 - low).toBeCloseTo(high - 3, 12);
  // Tables of the distribution.
  expect(studentQuantile(0.975, 1)).toBeCloseTo(12.7062, 4);
  expect(studentQuantile(0.975, 4)).toBeCloseTo(2.7764, 2);
  expect(studentQuantile(0.975, 10)).toBeCloseTo(2.2281, 4);
  expect(studentQuantile(0.95, 30)).toBeCloseTo(1.6973, 4);
  expect(studentMean(Float64Array.of(5))).toEqual({ mean: 5, low: Number.NaN, high: Number.NaN });
});
