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
