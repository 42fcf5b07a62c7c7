import { expect, test } from '@jest/globals';
import { median, returnsOf } from './scores.ts';

test.each([
  ['pendulum-sac', 10_000, [1, 2, 3, 4, 5], -200],
  ['cartpole-sac', 30_000, [1, 2, 3], 475],
  // About four minutes of one core a seed.
  ['mountain-car-continuous-sac', 50_000, [1, 2, 3], 90],
])(
  '%s: within %d steps, median of seeds %j, at least %d',
  async (scenario, steps, seeds, bar) => {
    expect(median(await returnsOf(scenario, steps, seeds))).toBeGreaterThanOrEqual(bar);
  },
  2_400_000,
);
