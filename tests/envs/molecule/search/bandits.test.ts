import { describe, expect, test } from '@jest/globals';
import { epsilonAt } from '../../../../envs/molecule/search/epsilon-greedy.ts';
import { thompson, ucb1 } from '../../../../envs/molecule/search/index.ts';
import { normalPosterior } from '../../../../envs/molecule/search/slot-beliefs.ts';
import { SlotStatistics } from '../../../../envs/molecule/search/slot-statistics.ts';
import { ucb1Index, ucb1NormalIndex } from '../../../../envs/molecule/search/ucb.ts';
import { warmUpLength } from '../../../../envs/molecule/search/warm-up.ts';
import { Random } from '../../../../src/core/random.ts';

describe('normal beliefs', () => {
  test('one score, by hand: halfway where prior and score are as uncertain', () => {
    expect(normalPosterior({ mean: 1, variance: 4 }, 4, 1, 3)).toEqual({ mean: 2, variance: 2 });
    // (1 x 5 + 3 x 2) / (1 + 3), 3 x 1 / (1 + 3)
    expect(normalPosterior({ mean: 2, variance: 1 }, 3, 1, 5)).toEqual({ mean: 2.75, variance: 0.75 });
  });

  test('all at once is the published update of one score after another', () => {
    const scores = [0.3, 2.1, -0.7, 1.4];
    let mean = 0.5;
    let variance = 1.7;
    for (const score of scores) {
      mean = (variance * score + 0.9 * mean) / (variance + 0.9);
      variance = (variance * 0.9) / (variance + 0.9);
    }
    const average = scores.reduce((a, b) => a + b) / 4;
    const posterior = normalPosterior({ mean: 0.5, variance: 1.7 }, 0.9, 4, average);
    expect(posterior.mean).toBeCloseTo(mean, 14);
    expect(posterior.variance).toBeCloseTo(variance, 14);
  });

  test('a search takes its prior from the warm-up, and its scores as first observations', () => {
    const searcher = thompson.start({ slotSizes: [2, 2] }, new Random(1), 6);
    // The warm-up is two choices: a third of the budget.
    searcher.observe([0, 0], 1);
    searcher.observe([1, 0], 5);
    searcher.propose(1);
    searcher.observe([1, 1], 6);
    // Prior mean 3, variance 4: (3 + 1) / 2; (3 + 5 + 6) / 3; (3 + 1 + 5) / 3; (3 + 6) / 2.
    const [first, second] = searcher.beliefs!();
    expect([...first.mean, ...second.mean].map((mean) => mean.toFixed(12))).toEqual(
      [2, 14 / 3, 3, 4.5].map((mean) => mean.toFixed(12)),
    );
    expect(first.deviation[0]).toBeCloseTo(Math.sqrt(2), 14);
    expect(first.deviation[1]).toBeCloseTo(Math.sqrt(4 / 3), 14);
  });

  test('a warm-up is three or ten scores an option, and no more than a third of the budget', () => {
    expect(warmUpLength([50, 80], 10_000)).toBe(240);
    expect(warmUpLength([50, 80, 20], 10_000)).toBe(800);
    expect(warmUpLength([50, 80, 20], 900)).toBe(300);
  });
});

test('statistics of an option, and what is awaited', () => {
  const statistics = new SlotStatistics([2, 2]);
  statistics.proposed([0, 1]);
  expect(statistics.slots[0].pending[0]).toBe(1);
  statistics.observed([0, 1], 2, true);
  statistics.observed([0, 0], 6, false);
  statistics.observed([0, 1], Number.NaN, false);
  const [first, second] = statistics.slots;
  expect([first.count[0], first.mean[0], first.squares[0], first.pending[0], first.failures[0]]).toEqual([
    2, 4, 8, 0, 1,
  ]);
  expect([second.count[1], second.mean[1], second.failures[1]]).toEqual([1, 2, 1]);
  expect([statistics.least, statistics.most, statistics.pending]).toEqual([2, 6, 0]);
});

describe('upper confidence bounds', () => {
  test('UCB1 by hand', () => {
    // ln(e^2) = 2: 0.5 + sqrt(4 / 4)
    expect(ucb1Index({ mean: 0.5, pulls: 4, totalPulls: Math.E ** 2, range: 1 })).toBeCloseTo(1.5, 14);
    expect(ucb1Index({ mean: 0.5, pulls: 4, totalPulls: Math.E ** 2, range: 3 })).toBeCloseTo(3.5, 14);
  });

  test('UCB1-Normal by hand', () => {
    // Scores 1, 2, 3: q - n mean^2 = 14 - 12 = 2, over 2 is 1; ln(e) = 1: 2 + sqrt(16 / 3).
    const index = ucb1NormalIndex({ mean: 2, squares: 2, count: 3, pulls: 3, totalPulls: Math.E + 1 });
    expect(index).toBeCloseTo(2 + Math.sqrt(16 / 3), 14);
  });

  test('every option is tried once before any is again, whether scores come or are awaited', () => {
    for (const observes of [true, false]) {
      const searcher = ucb1.start({ slotSizes: [8, 8] }, new Random(1), 100);
      const choices = Array.from({ length: 8 }, () => {
        const [choice] = searcher.propose(1);
        if (observes) searcher.observe(choice, choice[0]);
        return choice;
      });
      for (const slot of [0, 1]) expect(new Set(choices.map((choice) => choice[slot])).size).toBe(8);
    }
  });

  test('then comes the option with the greatest bound', () => {
    const searcher = ucb1.start({ slotSizes: [3, 1000] }, new Random(1), 100);
    // Bounds of the first slot, range 1, n = 5: 0.9 + sqrt(2 ln 5 / 3); 0 + sqrt(2 ln 5 / 1); 0.5 + the same.
    for (const i of [0, 1, 2]) searcher.observe([0, i], [1, 1, 0.7][i]);
    searcher.observe([1, 3], 0);
    searcher.observe([2, 4], 0.5);
    expect(searcher.propose(1)[0][0]).toBe(2);
  });
});

test('epsilon falls from 1 to 0.05 over half the budget', () => {
  const expected = [1, 0.525, 0.05, 0.05];
  for (const [i, made] of [0, 25, 50, 90].entries()) expect(epsilonAt(made, 100)).toBeCloseTo(expected[i], 14);
});
