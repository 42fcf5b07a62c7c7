import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { crossFittedQ, type QFeatures } from '../../src/estimators/fitted-q.ts';
import {
  doublyRobust,
  effectiveEpisodes,
  episodeReturns,
  estimateAll,
  finalLogWeights,
  importanceSampling,
  type ModelValues,
  noModel,
  weightedDoublyRobust,
  weightedImportanceSampling,
} from '../../src/estimators/off-policy-evaluation.ts';
import { allEpisodes, type Episode, exactQ, exactV, HORIZON, joined, TARGET } from './tiny-mdp.ts';

describe('two episodes, by hand', () => {
  // Rewards 1, 2 and 3; ratios 2, 1/2 and 1/2; so weights 2, 1 and 1/2, and returns 1 + 2/2 = 2 and 3.
  const episodes = {
    starts: Int32Array.of(0, 2, 3),
    rewards: Float64Array.of(1, 2, 3),
    logRatios: Float64Array.of(2, 0.5, 0.5).map(Math.log),
    gamma: 0.5,
  };
  const model: ModelValues = { taken: Float64Array.of(2, 1, 2), expected: Float64Array.of(1.5, 1.2, 2.5) };
  const once = Float64Array.of(1, 1);

  test('importance sampling', () => {
    expect(Array.from(episodeReturns(episodes))).toEqual([2, 3]);
    expect(Array.from(importanceSampling(episodes, 'full'))).toEqual([1 * 2, 0.5 * 3]);
    // (2 + 1.5) / (1 + 0.5)
    expect(weightedImportanceSampling(episodes)(once)).toBeCloseTo(7 / 3, 12);
    // The first episode drawn twice: (2 x 2 + 1.5) / (2 x 1 + 0.5).
    expect(weightedImportanceSampling(episodes)(Float64Array.of(2, 1))).toBeCloseTo(5.5 / 2.5, 12);
  });

  test('per-decision', () => {
    // 2 x 1 + 0.5 x 1 x 2 = 3, and 0.5 x 3.
    expect(Array.from(importanceSampling(episodes, 'per-decision'))).toEqual([3, 1.5]);
    // Clipped at 1.5: 1.5 x 1 + 0.5 x 1 x 2, and 0.5 x 3.
    expect(Array.from(importanceSampling(episodes, 'clipped', 1.5))).toEqual([2.5, 1.5]);
    // Step 0: (2 x 1 + 0.5 x 3) / 2.5. Step 1, in which the second episode keeps its 0.5: 0.5 x (1 x 2) / 1.5.
    expect(weightedDoublyRobust(episodes, noModel(episodes))(once)).toBeCloseTo(1.4 + 2 / 3, 12);
  });

  test('doubly robust', () => {
    // Episode 1, step 1: 1.2 + 0.5 (2 - 1) = 1.7; step 0: 1.5 + 2 (1 + 0.5 x 1.7 - 2) = 1.2. Episode 2: 2.5 + 0.5 (3 - 2).
    const values = doublyRobust(episodes, model);
    expect(values[0]).toBeCloseTo(1.2, 12);
    expect(values[1]).toBeCloseTo(3, 12);
    // Step 0: (1.5 + 2.5) / 2 + (2 (1 - 2) + 0.5 (3 - 2)) / 2.5 = 1.4.
    // Step 1: 2 / 2.5 x 1.2 + 1 (2 - 1) / 1.5, discounted once.
    expect(weightedDoublyRobust(episodes, model)(once)).toBeCloseTo(1.4 + 0.5 * (0.96 + 2 / 3), 12);
  });

  test('effective episodes', () => {
    // (1 + 0.5)^2 / (1 + 0.25)
    expect(effectiveEpisodes(finalLogWeights(episodes))).toBeCloseTo(1.8, 12);
    const all = Object.fromEntries(estimateAll(episodes, model, 1.5).map((estimate) => [estimate.id, estimate]));
    // Step 0: 2.5^2 / 4.25, step 1 as above and half as heavy. Clipped, step 0: 2^2 / 2.5.
    expect(all.pdis.effectiveEpisodes).toBeCloseTo((6.25 / 4.25 + 0.5 * 1.8) / 1.5, 12);
    expect(all.clipped.effectiveEpisodes).toBeCloseTo((4 / 2.5 + 0.5 * 1.8) / 1.5, 12);
    expect(all.is).toMatchObject({ mean: 1.75, effectiveEpisodes: all.wis.effectiveEpisodes });
    expect(all.direct.mean).toBe(2);
    expect(all.logged.mean).toBe(2.5);
    // Of 3 and 1.5: 12.706 standard errors of 0.75.
    expect(all.pdis.mean).toBe(2.25);
    expect(all.pdis.high).toBeCloseTo(2.25 + 12.7062 * 0.75, 3);
    // Resamples hold one of the two episodes, whose returns are 2 and 3, or both.
    expect(all.wis).toMatchObject({ low: 2, high: 3 });
  });

  test('weights beyond the numbers there are leave the normalised estimates as they are', () => {
    const far = { ...episodes, logRatios: Float64Array.of(-900, -900, -1800 - Math.log(2)) };
    expect(weightedImportanceSampling(far)(once)).toBeCloseTo(7 / 3, 12);
    expect(effectiveEpisodes(finalLogWeights(far))).toBeCloseTo(1.8, 12);
  });
});

describe('over all episodes of a small problem', () => {
  const episodes = allEpisodes();
  const weighed = joined(episodes);
  const [truth] = exactV(HORIZON);
  const probabilities = Float64Array.from(episodes, ({ probability }) => probability);
  const expectation = (values: Float64Array) => values.reduce((sum, value, e) => sum + probabilities[e] * value, 0);
  const variance = (values: Float64Array) => expectation(values.map((value) => value ** 2)) - expectation(values) ** 2;

  const exact: ModelValues = {
    taken: valuesOf(episodes, (left, state, action) => exactQ(left)[state][action]),
    expected: valuesOf(episodes, (left, state) => exactV(left)[state]),
  };
  // Any Q, with its mean over the policy's actions.
  const random = new Random(4);
  const any = Array.from({ length: HORIZON + 1 }, () => [0, 1].map(() => [0, 1].map(() => 3 * random.normal())));
  const wrong: ModelValues = {
    taken: valuesOf(episodes, (left, state, action) => any[left][state][action]),
    expected: valuesOf(episodes, (left, state) => {
      const [none, one] = any[left][state];
      return (1 - TARGET[state]) * none + TARGET[state] * one;
    }),
  };

  test('the logged return is not that of the policy, but the unclipped estimates are', () => {
    expect(expectation(new Float64Array(episodes.length).fill(1))).toBeCloseTo(1, 12);
    expect(Math.abs(expectation(episodeReturns(weighed)) - truth)).toBeGreaterThan(0.1);
    expect(expectation(importanceSampling(weighed, 'full'))).toBeCloseTo(truth, 10);
    expect(expectation(importanceSampling(weighed, 'per-decision'))).toBeCloseTo(truth, 10);
    expect(expectation(doublyRobust(weighed, exact))).toBeCloseTo(truth, 10);
    expect(expectation(doublyRobust(weighed, wrong))).toBeCloseTo(truth, 10);
    expect(Math.abs(expectation(importanceSampling(weighed, 'clipped', 1.2)) - truth)).toBeGreaterThan(0.01);
  });

  test('the normalised ones go to it as episodes become many', () => {
    // Counts in proportion to the probabilities: what a log of any length goes to.
    expect(weightedImportanceSampling(weighed)(probabilities)).toBeCloseTo(truth, 10);
    for (const model of [noModel(weighed), exact, wrong]) {
      expect(weightedDoublyRobust(weighed, model)(probabilities)).toBeCloseTo(truth, 10);
    }
  });

  test('per-decision weights vary less than whole ones, and a good model takes most of the rest away', () => {
    const perDecision = variance(importanceSampling(weighed, 'per-decision'));
    expect(perDecision).toBeLessThan(variance(importanceSampling(weighed, 'full')));
    expect(variance(doublyRobust(weighed, exact))).toBeLessThan(perDecision / 2);
    expect(variance(doublyRobust(weighed, wrong))).toBeGreaterThan(perDecision);
  });

  test('the fitted Q is the exact one where the features can hold it', () => {
    // As many copies of each episode as its probability asks for, once for each of three folds.
    const copies = episodes.flatMap((episode) =>
      new Array<Episode>(Math.round(3 * 512 * episode.probability)).fill(episode),
    );
    expect(copies).toHaveLength(3 * 512);
    const fitted = crossFittedQ(joined(copies), oneHot(copies), 3);
    const q = valuesOf(copies, (left, state, action) => exactQ(left)[state][action]);
    const v = valuesOf(copies, (left, state) => exactV(left)[state]);
    for (let t = 0; t < q.length; t++) {
      expect(Math.abs(fitted.taken[t] - q[t])).toBeLessThan(0.02);
      expect(Math.abs(fitted.expected[t] - v[t])).toBeLessThan(0.02);
    }
  });

  test('what happens in an episode does not move the model it is judged by', () => {
    const some = episodes.slice(0, 12);
    const before = crossFittedQ(joined(some), oneHot(some), 4);
    const changed = joined(some);
    changed.rewards[5 * HORIZON + 1] += 10;
    const after = crossFittedQ(changed, oneHot(some), 4);
    const differs = some.map((_, e) =>
      [0, 1, 2].some((t) => before.taken[e * HORIZON + t] !== after.taken[e * HORIZON + t]),
    );
    // Episodes 1, 5 and 9 are in one fold.
    expect(differs.map((differ, e) => differ || e % 4 === 1)).toEqual(some.map(() => true));
    expect([1, 5, 9].map((e) => differs[e])).toEqual([false, false, false]);
  });
});

test('intervals of a long log hold the truth, and shrink with its length', () => {
  const episodes = allEpisodes();
  const [truth] = exactV(HORIZON);
  const random = new Random(7);
  const draw = (): Episode => {
    let left = random.double();
    return (
      episodes.find(({ probability }) => {
        left -= probability;
        return left < 0;
      }) ?? episodes[0]
    );
  };
  const widths = [200, 3200].map((n) => {
    const log = Array.from({ length: n }, draw);
    const weighed = joined(log);
    const estimates = estimateAll(weighed, crossFittedQ(weighed, oneHot(log), 5), 1.2);
    for (const { id, low, high } of estimates) {
      if (id === 'logged' || id === 'clipped' || id === 'direct') continue;
      expect({ id, n, holds: low < truth && truth < high }).toEqual({ id, n, holds: true });
    }
    const dr = estimates.find(({ id }) => id === 'dr')!;
    const pdis = estimates.find(({ id }) => id === 'pdis')!;
    expect(dr.high - dr.low).toBeLessThan(pdis.high - pdis.low);
    return dr.high - dr.low;
  });
  expect(widths[1] / widths[0]).toBeCloseTo(1 / 4, 1);
});

function valuesOf(
  episodes: readonly Episode[],
  value: (left: number, state: number, action: number) => number,
): Float64Array {
  return Float64Array.from(
    episodes.flatMap(({ states, actions }) => states.map((state, t) => value(HORIZON - t, state, actions[t]))),
  );
}

/** A feature for each step, state and action. */
function oneHot(episodes: readonly Episode[]): QFeatures {
  const place = (t: number, action: number) => {
    const step = t % HORIZON;
    return (step * 2 + episodes[Math.floor(t / HORIZON)].states[step]) * 2 + action;
  };
  return {
    size: HORIZON * 4,
    taken(t, phi) {
      phi.fill(0);
      phi[place(t, episodes[Math.floor(t / HORIZON)].actions[t % HORIZON])] = 1;
    },
    expected(t, phi) {
      phi.fill(0);
      const one = TARGET[episodes[Math.floor(t / HORIZON)].states[t % HORIZON]];
      phi[place(t, 0)] = 1 - one;
      phi[place(t, 1)] = one;
    },
  };
}
