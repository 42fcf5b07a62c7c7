import { describe, expect, test } from '@jest/globals';
import { type SearchSpace, searchPolicies, searchPolicy } from '../../../../envs/molecule/search/index.ts';
import { Random } from '../../../../src/core/random.ts';
import { AdditiveSpace, run } from './additive.ts';

/** A space whose options have their own number and noise for features. */
function spaceOf(slotSizes: readonly number[]): Required<SearchSpace> {
  const random = new Random(7);
  const features = slotSizes.map((size) => ({
    width: 2,
    values: Float64Array.from({ length: size * 2 }, (_, i) => (i % 2 === 0 ? i / 2 : random.normal())),
  }));
  return { slotSizes, features };
}

const sum = (choice: ArrayLike<number>) => Array.from(choice).reduce((total, option) => total + option, 0);
const keys = (choices: readonly ArrayLike<number>[]) => new Set(choices.map((choice) => Array.from(choice).join()));

describe.each(searchPolicies.map((policy) => [policy.id, policy] as const))('%s', (_id, policy) => {
  test.each([1, 7])('uses up a small space without repeats, in batches of %d', (batch) => {
    const searcher = policy.start(spaceOf([4, 1, 6, 3]), new Random(1), 40);
    const { choices } = run(searcher, sum, 1000, batch);
    expect(choices.length).toBe(72);
    expect(keys(choices).size).toBe(72);
    expect(searcher.propose(3)).toEqual([]);
  });

  test('uses up a space where nothing can be scored, or everything scores the same', () => {
    for (const score of [Number.NaN, 5]) {
      const searcher = policy.start(spaceOf([3, 5]), new Random(1), 10);
      expect(keys(run(searcher, () => score, 1000, 4).choices).size).toBe(15);
    }
  });

  test('gives as many distinct choices as asked for, before and after the first scores', () => {
    const searcher = policy.start(spaceOf([30, 40, 20]), new Random(2), 500);
    const choices: Int32Array[] = [];
    for (let round = 0; round < 4; round++) {
      const batch = searcher.propose(96);
      expect(batch.length).toBe(96);
      for (const choice of batch) searcher.observe(choice, sum(choice));
      choices.push(...batch);
    }
    expect(keys(choices).size).toBe(4 * 96);
    for (const choice of choices) expect(choice.every((option, slot) => option < [30, 40, 20][slot])).toBe(true);
  });

  test('never proposes what was observed before', () => {
    const searcher = policy.start(spaceOf([3, 4]), new Random(3), 12);
    const before = Array.from({ length: 9 }, (_, i) => [i % 3, Math.floor(i / 3)]);
    for (const choice of before) searcher.observe(choice, sum(choice));
    const rest = searcher.propose(12);
    expect(rest.length).toBe(3);
    for (const choice of rest) expect(choice[1]).toBe(3);
  });

  test('the same seed gives the same search, and beliefs looked at change nothing', () => {
    const search = (seed: number, look: boolean) => {
      const searcher = policy.start(spaceOf([20, 30]), new Random(seed), 100);
      const score = (choice: ArrayLike<number>) => {
        if (look) searcher.beliefs?.();
        return choice[0] === 3 ? Number.NaN : Math.sin(choice[0]) + choice[1] / 10;
      };
      return run(searcher, score, 100, 9).choices;
    };
    expect(search(4, true)).toEqual(search(4, false));
    expect(search(5, false)).not.toEqual(search(4, false));
  });

  test('does better than chance where options matter', () => {
    const space = spaceOf([40, 40]);
    const mean = (id: string) =>
      sum(run(searchPolicy(id).start(space, new Random(6), 400), sum, 400, 8).scores.slice(200)) / 200;
    // UCB1-Normal owes each option 48 tries, more than the budget allows.
    if (policy.id !== 'uniform' && policy.id !== 'ucb1-normal')
      expect(mean(policy.id)).toBeGreaterThan(mean('uniform') + 2);
  });
});

test('a policy sure of its best keeps to good ones once its neighbours are used up', () => {
  const searcher = searchPolicy('linear-thompson').start(spaceOf([12, 12]), new Random(1), 40);
  // The first four are at random. Two lines through the best hold 23 choices; chance would score below 11 half the time.
  const { scores } = run(searcher, sum, 40, 1);
  expect(scores.slice(10).every((score) => score >= 11)).toBe(true);
});

test('numbers beyond 2^53 still tell choices apart', () => {
  const slotSizes = [1e6, 1e6, 1e6];
  const searcher = searchPolicy('uniform').start({ slotSizes }, new Random(1), 10);
  const [choice] = searcher.propose(1);
  searcher.observe(choice, 1);
  expect(keys(searcher.propose(50)).has(Array.from(choice).join())).toBe(false);
});

describe('in 27 million products with additive scores', () => {
  const budget = 3000;
  test.each([0, 1, 2])('Thompson sampling finds the best of all, chance none of the best 100 (seed %d)', (seed) => {
    const space = new AdditiveSpace([300, 300, 300], 100 + seed);
    const search = (id: string) =>
      run(searchPolicy(id).start({ slotSizes: space.slotSizes }, new Random(seed), budget), space.score, budget, 96);
    const top100 = space.threshold(100) - 1e-9;
    const chance = search('uniform').scores;
    expect(chance.filter((score) => score >= top100)).toEqual([]);
    const { choices, scores } = search('thompson');
    expect(keys(choices).has(space.best.join())).toBe(true);
    expect(scores.filter((score) => score >= top100).length).toBeGreaterThan(50);
    expect(search('genetic').scores.reduce((a, b) => Math.max(a, b))).toBeGreaterThan(Math.max(...chance));
  });
});

test('an option that never works is given up, and others are not', () => {
  const searcher = searchPolicy('thompson').start({ slotSizes: [10, 10] }, new Random(1), 90);
  const { choices } = run(searcher, (choice) => (choice[0] === 9 ? Number.NaN : sum(choice)), 60, 1);
  expect(choices.filter((choice) => choice[0] === 9).length).toBe(3);
});

test('errors say what to do', () => {
  const start = (space: SearchSpace, id = 'uniform') => searchPolicy(id).start(space, new Random(1), 10);
  expect(() => searchPolicy('thomson')).toThrow('Did you mean thompson?');
  expect(() => start({ slotSizes: [] })).toThrow('at least one slot');
  expect(() => start({ slotSizes: [3, 0] })).toThrow('[3, 0]');
  expect(() => start({ slotSizes: [3] }, 'linucb')).toThrow("'linucb' learns over features");
  const features = [{ width: 2, values: new Float64Array(5) }];
  expect(() => start({ slotSizes: [3], features })).toThrow('3 options x 2 values; got 5');
  features[0].values = Float64Array.of(0, 0, 0, Number.NaN, 0, 0);
  expect(() => start({ slotSizes: [3], features })).toThrow('option 1 of slot 0 has a NaN');
  expect(() => start({ slotSizes: [3] }).observe([3], 1)).toThrow('got [3]');
  expect(() => start({ slotSizes: [3] }).propose(1.5)).toThrow('got 1.5');
});
