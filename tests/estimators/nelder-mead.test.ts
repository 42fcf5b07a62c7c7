import { expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { bootstrapMean } from '../../src/estimators/bootstrap.ts';
import { nelderMead } from '../../src/estimators/nelder-mead.ts';

test('the valley of Rosenbrock (1960), scaled into the unit square', () => {
  // (1 - a)^2 + 100 (b - a^2)^2 over -2 to 2: least at a = b = 1, three quarters along.
  const valley = ([x, y]: Float64Array) => {
    const [a, b] = [4 * x - 2, 4 * y - 2];
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
  };
  const { x, value } = nelderMead(valley, [0.2, 0.6], 1000, 1e-12);
  expect(value).toBeLessThan(1e-9);
  expect(x[0]).toBeCloseTo(0.75, 4);
  expect(x[1]).toBeCloseTo(0.75, 4);
});

test('the bottom of a bowl askew in five dimensions', () => {
  const bottom = [0.1, 0.3, 0.5, 0.7, 0.9];
  const bowl = (x: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < 5; i++) {
      const along = x[i] - bottom[i];
      const before = i > 0 ? x[i - 1] - bottom[i - 1] : 0;
      sum += (i + 1) * along ** 2 + 0.8 * along * before;
    }
    return sum + 3;
  };
  const { x, value } = nelderMead(bowl, [0.9, 0.9, 0.9, 0.1, 0.1], 3000, 1e-13);
  expect(value).toBeCloseTo(3, 9);
  bottom.forEach((at, i) => {
    expect(Math.abs(x[i] - at)).toBeLessThan(1e-4);
  });
});

test('never leaves the cube, not even from a start outside or for a minimum there', () => {
  const seen: number[] = [];
  const { x } = nelderMead(
    (point) => {
      seen.push(...point);
      return (point[0] - 2) ** 2 + (point[1] + 1) ** 2;
    },
    [-3, 0.5],
    300,
    1e-12,
  );
  expect(Math.min(...seen)).toBe(0);
  expect(Math.max(...seen)).toBe(1);
  expect([x[0], x[1]]).toEqual([expect.closeTo(1, 4), expect.closeTo(0, 4)]);
});

test('where there is nothing at all it says so', () => {
  const { value, evaluations } = nelderMead(() => Number.NaN, [0.5, 0.5], 60);
  expect(value).toBe(Number.POSITIVE_INFINITY);
  expect(evaluations).toBeGreaterThanOrEqual(60);
});

test('a minimum at the edge, and one among places where there is nothing', () => {
  const edge = nelderMead(([x, y]) => x + (y - 0.4) ** 2, [0.5, 0.5], 400, 1e-12);
  expect(edge.x[0]).toBeLessThan(1e-4);
  expect(edge.x[1]).toBeCloseTo(0.4, 3);
  const holed = nelderMead(([x]) => (x < 0.5 ? Number.NaN : (x - 0.6) ** 2), [0.9], 200, 1e-14);
  expect(holed.x[0]).toBeCloseTo(0.6, 4);
});

test('it evaluates no more often than it may, beside the last step', () => {
  let calls = 0;
  const { evaluations } = nelderMead(
    (x) => {
      calls++;
      return x.reduce((sum, at, i) => sum + (at - 0.1 * i) ** 2, 0);
    },
    new Float64Array(4).fill(0.9),
    50,
    0,
  );
  expect(evaluations).toBe(calls);
  expect(calls).toBeLessThanOrEqual(50 + 5);
});

test('the bootstrap of a mean agrees with the normal interval where there are many values', () => {
  const random = new Random(1);
  const values = Float64Array.from({ length: 2000 }, () => 3 + 2 * random.normal());
  const { mean, low, high } = bootstrapMean(values);
  const half = (1.96 * 2) / Math.sqrt(2000);
  expect((high - low) / 2 / half).toBeCloseTo(1, 0);
  expect(Math.abs((high - low) / 2 / half - 1)).toBeLessThan(0.15);
  expect(mean).toBeCloseTo(3, 0);
  expect(bootstrapMean(new Float64Array(0)).mean).toBeNaN();
});

test('the bootstrap of values that are all alike has no width, that of two is between them; none gives nothing', () => {
  expect(bootstrapMean(new Float64Array(7).fill(2.5))).toEqual({ mean: 2.5, low: 2.5, high: 2.5 });
  // A quarter of the resamples of two values are one of them twice.
  expect(bootstrapMean(Float64Array.of(-1, 3))).toEqual({ mean: 1, low: -1, high: 3 });
  expect(bootstrapMean(new Float64Array(0))).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN });
});
