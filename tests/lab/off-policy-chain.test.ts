import { expect, test } from '@jest/globals';
import {
  CHAIN,
  CHAIN_MU,
  CHAIN_PI,
  clippedPolicy,
  fixedPoint,
  LARGEST_RATIO,
  SMALLEST_RATIO,
} from '../../src/lab/problems/off-policy-chain.ts';
import { valuesOf } from '../../src/lab/problems/tabular-mdp.ts';

const options = { gamma: CHAIN.gamma, lambda: 1, rhoClip: 1, cClip: 1, pgRhoClip: 1 };

test('the ratios are what they are said to be', () => {
  const ratios = [...CHAIN_PI.map((p, at) => p / CHAIN_MU[at])].filter((ratio) => !Number.isNaN(ratio));
  expect(Math.max(...ratios)).toBeCloseTo(LARGEST_RATIO, 12);
  expect(Math.min(...ratios)).toBeCloseTo(SMALLEST_RATIO, 12);
});

test('the clipped policy by hand', () => {
  // min(mu, pi): 0.2, 0.4    0.3, 0.5    0.1, 0.6
  const expected = [0, 0, 1 / 3, 2 / 3, 3 / 8, 5 / 8, 1 / 7, 6 / 7, 0, 0];
  clippedPolicy(1).forEach((probability, at) => {
    expect(probability).toBeCloseTo(expected[at], 12);
  });
  clippedPolicy(LARGEST_RATIO).forEach((probability, at) => {
    expect(probability).toBeCloseTo(CHAIN_PI[at], 12);
  });
});

test.each([1, 2, 3])('V-trace settles at the value of the clipped policy, segments of %p', (steps) => {
  for (const rhoClip of [0.4, 1, 1.5, 2]) {
    const cClip = Math.min(1, rhoClip);
    const { values } = fixedPoint({ ...options, rhoClip, cClip }, steps);
    const expected = valuesOf(CHAIN, clippedPolicy(rhoClip));
    values.forEach((value, s) => {
      expect(Math.abs(value - expected[s])).toBeLessThan(1e-6);
    });
  }
});

test('without a discount, by hand', () => {
  const { values, errors } = fixedPoint({ ...options, gamma: 0 }, 1);
  // Rewards of the clipped policy: beside the left end 0.9 and 0.1, in the middle none, beside the right end 0.2 and 1.8.
  expect(values[1]).toBeCloseTo((1 / 3) * 0.9 + (2 / 3) * 0.1, 12);
  expect(values[2]).toBeCloseTo(0, 12);
  expect(values[3]).toBeCloseTo((1 / 7) * 0.2 + (6 / 7) * 1.8, 12);
  // From 0 a sweep leaves 1 - E_mu[rho] of the distance: 1 - 0.6 on the left, 1 - 0.7 on the right.
  expect(errors[0]).toBeCloseTo(values[3], 12);
  expect(errors[1]).toBeCloseTo(Math.max(0.4 * values[1], 0.3 * values[3]), 12);
});
