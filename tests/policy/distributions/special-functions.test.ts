import { expect, test } from '@jest/globals';
import { digamma, logGamma, trigamma } from '../../../src/policy/distributions/special-functions.ts';

/** x, log Gamma, digamma, trigamma by SciPy 1.17. */
const SCIPY = [
  [0.001, 6.907178885383853, -1000.5755719318103, 1000001.6425331959],
  [0.2, 1.5240638224307845, -5.289039896592189, 26.26737720542378],
  [1, 0, -0.5772156649015329, 1.6449340668482266],
  [1.4616321449683622, -0.1214862905358497, 0, 0.9676722454476214],
  [3.7, 1.428072326665388, 1.1671535393615113, 0.31003785767003833],
  [8, 8.525161361065415, 2.0156414779556098, 0.13313701469403144],
  [25.5, 56.38916764371994, 3.2189424728839198, 0.03999466964956292],
  [10000, 82099.71749644238, 9.21029037114285, 0.00010000500016666666],
];

test.each(SCIPY)('agree with SciPy at x = %p', (x, logGammaValue, digammaValue, trigammaValue) => {
  const near = (value: number, expected: number): void =>
    expect(Math.abs(value - expected)).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)));
  near(logGamma(x), logGammaValue);
  near(digamma(x), digammaValue);
  near(trigamma(x), trigammaValue);
});
