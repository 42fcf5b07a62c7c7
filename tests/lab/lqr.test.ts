import { describe, expect, test } from '@jest/globals';
import { cart, endlessCost, episodeCost, LinearQuadraticRegulator, riccati } from '../../src/lab/problems/lqr.ts';

describe('the linear-quadratic regulator', () => {
  test('a system of one number by hand: P = q + gamma a^2 P r / (r + gamma b^2 P)', () => {
    // a = b = q = r = gamma = 1 makes P the golden ratio and K = P / (1 + P).
    const system = { a: [[1]], b: [[1]], q: [[1]], r: [[1]], noise: 0, spread: 1 };
    const { p, gain } = riccati(system, 1);
    const golden = (1 + Math.sqrt(5)) / 2;
    expect(p[0][0]).toBeCloseTo(golden, 12);
    expect(gain[0][0]).toBeCloseTo(golden / (1 + golden), 12);
    // From x ~ N(0, 1) the mean cost is P.
    expect(episodeCost(system, { gain, bias: [0], deviation: 0 }, 200)).toBeCloseTo(golden, 12);
  });

  test('the gain of the Riccati equation has the least cost of its neighbours', () => {
    const { gain } = riccati(cart, 0.99);
    const costOf = (position: number, velocity: number, bias = 0): number =>
      episodeCost(
        cart,
        { gain: [[gain[0][0] + position, gain[0][1] + velocity]], bias: [bias], deviation: 0 },
        3000,
        0.99,
      );
    const least = costOf(0, 0);
    for (const move of [-0.05, 0.05]) {
      expect(costOf(move, 0)).toBeGreaterThan(least);
      expect(costOf(0, move)).toBeGreaterThan(least);
      expect(costOf(0, 0, move)).toBeGreaterThan(least);
    }
  });

  test('what never ends costs what the longest episodes do, and without end where nothing holds the cart', () => {
    const policy = { gain: [[0.5, 0.8]], bias: [0.2], deviation: 0.3 };
    const longest = episodeCost(cart, policy, 4000, 0.99);
    expect(endlessCost(cart, policy, 0.99) / longest).toBeCloseTo(1, 12);
    expect(endlessCost(cart, { ...policy, gain: [[-1, -1]] }, 0.99)).toBe(Infinity);
    // One number, half of it left at every step: sum_t gamma^t (1/4)^t = 1 / (1 - 0.9 / 4), from x ~ N(0, 1).
    const half = { a: [[0.5]], b: [[1]], q: [[1]], r: [[1]], noise: 0, spread: 1 };
    expect(endlessCost(half, { gain: [[0]], bias: [0], deviation: 0 }, 0.9)).toBeCloseTo(1 / (1 - 0.9 / 4), 12);
  });

  test('episodes cost on average what they must', () => {
    const policy = { gain: [[0.8, 1.1]], bias: [0.2], deviation: 0 };
    const env = new LinearQuadraticRegulator(cart, 30);
    const observation = new Float32Array(2);
    const costs = Array.from({ length: 4000 }, (_, seed) => {
      env.reset(seed, observation);
      let cost = 0;
      while (!env.terminated) {
        env.step(Float32Array.of(0.2 - 0.8 * observation[0] - 1.1 * observation[1]), observation);
        cost -= env.reward;
      }
      return cost;
    });
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    const spread = Math.sqrt(costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0)) / costs.length;
    expect(Math.abs(mean - episodeCost(cart, policy, 30))).toBeLessThan(5 * spread);
  });

  test('noise in the actions costs what the formula says', () => {
    // One step from a sure state: deviation^2 (R + gamma B'QB) over the two steps that feel it.
    const still = { ...cart, noise: 0, spread: 0 };
    const policy = { gain: [[0, 0]], bias: [0], deviation: 2 };
    // Step 0 costs 4 R. Step 1 costs 4 R + 4 * 0.1^2 * 0.1 for the velocity of step 0's push.
    expect(episodeCost(still, policy, 2)).toBeCloseTo(4 * 0.1 + 4 * 0.1 + 4 * 0.01 * 0.1, 12);
  });
});
