import { describe, expect, test } from '@jest/globals';
import { linearThompson } from '../../../../envs/molecule/search/index.ts';
import { LinearModel } from '../../../../envs/molecule/search/linear-model.ts';
import { Ridge } from '../../../../envs/molecule/search/ridge.ts';
import { Random } from '../../../../src/core/random.ts';

/** Solves A x = b by Gauss-Jordan elimination with pivots. */
function solved(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]]);
  for (let column = 0; column < b.length; column++) {
    let pivot = column;
    for (let i = column; i < b.length; i++) if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let i = 0; i < b.length; i++) {
      if (i === column) continue;
      const factor = rows[i][column] / rows[column][column];
      rows[i] = rows[i].map((value, j) => value - factor * rows[column][j]);
    }
  }
  return rows.map((row, i) => row[b.length] / row[i]);
}

const size = 5;
const precision = Float64Array.of(1, 0.5, 2, 1, 0.1);
const random = new Random(3);
const data = Array.from({ length: 12 }, () => ({
  x: Float64Array.from({ length: size }, () => random.normal()),
  y: random.normal() + 2,
}));
const system = Array.from({ length: size }, (_, i) =>
  Array.from({ length: size }, (_, j) => data.reduce((s, { x }) => s + x[i] * x[j], i === j ? precision[i] : 0)),
);
const moments = Array.from({ length: size }, (_, i) => data.reduce((s, { x, y }) => s + x[i] * y, 0));

function fitted(): Ridge {
  const ridge = new Ridge(precision);
  for (const { x, y } of data) ridge.add(x, y);
  return ridge;
}

describe('ridge regression', () => {
  const expected = solved(system, moments);
  const x = Float64Array.of(1, -2, 0.5, 0, 3);

  test('weights are those of the normal equations solved at once', () => {
    const weights = fitted().weights();
    for (const [i, weight] of weights.entries()) expect(weight).toBeCloseTo(expected[i], 12);
  });

  test('width and solution against the matrix itself', () => {
    const solution = solved(system, [...x]);
    expect(fitted().width(x) ** 2).toBeCloseTo(
      solution.reduce((s, value, i) => s + value * x[i], 0),
      12,
    );
    const own = new Float64Array(size);
    fitted().solve(x, own);
    for (const [i, value] of own.entries()) expect(value).toBeCloseTo(solution[i], 12);
  });

  test('the noise is the least of the regularised squares, over their number', () => {
    const residuals = data.map(({ x, y }) => y - x.reduce((s, value, i) => s + value * expected[i], 0));
    const penalty = expected.reduce((s, weight, i) => s + precision[i] * weight * weight, 0);
    const least = residuals.reduce((s, value) => s + value * value, penalty);
    expect(fitted().noiseVariance()).toBeCloseTo(least / data.length, 12);
  });

  test('what is supposed narrows the copy as an observation would, and leaves the original', () => {
    const ridge = fitted();
    const before = ridge.width(x);
    const copy = ridge.copy();
    copy.suppose(x);
    expect(copy.width(x)).toBeCloseTo(before / Math.sqrt(1 + before * before), 12);
    expect(ridge.width(x)).toBe(before);
  });

  test('samples have the mean and the covariance of the posterior', () => {
    const ridge = fitted();
    const count = 40_000;
    const draw = new Float64Array(size);
    const chance = new Random(9);
    let mean = 0;
    let squares = 0;
    const exact = x.reduce((s, value, i) => s + value * expected[i], 0);
    for (let k = 0; k < count; k++) {
      ridge.sample(0.7, chance, draw);
      const value = x.reduce((s, xi, i) => s + xi * draw[i], 0) - exact;
      mean += value / count;
      squares += (value * value) / count;
    }
    const deviation = 0.7 * ridge.width(x);
    // Four standard errors.
    expect(Math.abs(mean)).toBeLessThan((4 * deviation) / Math.sqrt(count));
    expect(Math.abs(squares / deviation ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });
});

describe('the linear model', () => {
  const space = {
    slotSizes: [4, 3],
    features: [
      { width: 1, values: Float64Array.of(1, 2, 3, 6) },
      { width: 2, values: Float64Array.of(0, 5, 1, 5, 2, 5) },
    ],
  };

  test('recovers a linear score far from zero, whatever the units of features', () => {
    const model = new LinearModel(space, 'test');
    for (let round = 0; round < 500; round++) {
      for (let i = 0; i < 12; i++) {
        const choice = [i % 4, Math.floor(i / 4)];
        model.add(choice, 1e4 + 2 * space.features[0].values[choice[0]] - 3 * choice[1]);
      }
    }
    const [first, second] = model.beliefs();
    // Average partners: the mean of the first feature is 3, that of the second slot's 1.
    for (const [i, value] of [1, 2, 3, 6].entries()) expect(first.mean[i]).toBeCloseTo(1e4 + 2 * value - 3, 1);
    for (const value of [0, 1, 2]) expect(second.mean[value]).toBeCloseTo(1e4 + 6 - 3 * value, 1);
    for (const deviation of first.deviation) expect(deviation).toBeLessThan(0.1);
  });

  test('without scores nothing is believed', () => {
    expect(new LinearModel(space, 'test').beliefs()[0].mean[0]).toBeNaN();
  });
});

test('features lead linear Thompson sampling to options never tried', () => {
  const slotSizes = [2000, 2000];
  const features = slotSizes.map((count) => ({
    width: 1,
    values: Float64Array.from({ length: count }, (_, i) => i),
  }));
  const searcher = linearThompson.start({ slotSizes, features }, new Random(1), 60);
  let best = 0;
  for (let i = 0; i < 60; i++) {
    const [choice] = searcher.propose(1);
    best = Math.max(best, choice[0] + choice[1]);
    searcher.observe(choice, choice[0] + choice[1]);
  }
  expect(best).toBe(2 * 1999);
});
