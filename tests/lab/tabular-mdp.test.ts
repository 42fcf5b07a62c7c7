import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { within } from '../../src/lab/experiment.ts';
import {
  actionValuesOf,
  sampleTrajectory,
  softmaxPolicy,
  startValue,
  tabularMdp,
  trajectoriesOf,
  uniformPolicy,
  valuesOf,
} from '../../src/lab/problems/tabular-mdp.ts';

// From the first state one action leads on with probability 1/2, paying 1 at once, and otherwise back, paying nothing;
// the other ends it for 3. From the second state everything ends, paying 2 or 4.
const mdp = tabularMdp(
  [
    [
      [
        [0.5, 1, 1],
        [0.5, 0, 0],
      ],
      [[1, 2, 3]],
    ],
    [[[1, 2, 2]], [[1, 2, 4]]],
    [],
  ],
  0.9,
);
const policy = uniformPolicy(mdp);

describe('a tabular process', () => {
  test('values by hand', () => {
    // V_1 = 3.   V_0 = 1/2 (1/2 + 0.9 (1/2 3 + 1/2 V_0)) + 1/2 3 = 1.75 + 0.675 + 0.225 V_0 = 2.425 / 0.775
    const values = valuesOf(mdp, policy);
    expect(values[1]).toBeCloseTo(3, 12);
    expect(values[0]).toBeCloseTo(2.425 / 0.775, 12);
    expect(values[2]).toBe(0);
    expect(startValue(mdp, values)).toBe(values[0]);
    const q = actionValuesOf(mdp, values);
    expect(q[0]).toBeCloseTo(0.5 + 0.45 * (3 + values[0]), 12);
    expect([...q.slice(1)]).toEqual([3, 2, 4, 0, 0]);
  });

  test('its trajectories have probability 1 together and the values for their mean', () => {
    let total = 0;
    let mean = 0;
    for (const { probability, states, actions } of trajectoriesOf(mdp, policy, 30)) {
      total += probability;
      actions.forEach((a, t) => {
        mean += probability * 0.9 ** t * mdp.rewards[states[t] * mdp.actions + a];
      });
    }
    expect(total).toBeCloseTo(1, 12);
    expect(mean).toBeCloseTo(startValue(mdp, valuesOf(mdp, policy)), 6);
  });

  test('what is sampled has the probabilities of what is counted out', () => {
    const random = new Random(1);
    const expected = new Map<string, number>();
    const key = (states: number[], actions: number[]): string => `${states}|${actions}`;
    for (const { probability, states, actions } of trajectoriesOf(mdp, policy, 2)) {
      expected.set(key(states, actions), probability);
    }
    const counts = new Map<string, number>();
    const draws = 20_000;
    for (let k = 0; k < draws; k++) {
      const { states, actions } = sampleTrajectory(mdp, policy, 2, random);
      counts.set(key(states, actions), (counts.get(key(states, actions)) ?? 0) + 1);
    }
    expect([...counts.keys()].filter((name) => !expected.has(name))).toEqual([]);
    for (const [name, probability] of expected) {
      const spread = Math.sqrt((probability * (1 - probability)) / draws);
      expect(Math.abs((counts.get(name) ?? 0) / draws - probability)).toBeLessThan(5 * spread);
    }
  });

  test('softmax by hand', () => {
    const probabilities = softmaxPolicy([Math.log(1), Math.log(3), 1000, 1000], 2);
    expect(probabilities[0]).toBeCloseTo(0.25, 12);
    expect([...probabilities.slice(2)]).toEqual([0.5, 0.5]);
  });
});

test('a verdict holds on its bounds and never without a number', () => {
  expect(within('', 1, 1, 2).holds).toBe(true);
  expect(within('', 2.1, 1, 2).holds).toBe(false);
  expect(within('', Number.NaN, -Infinity, Infinity).holds).toBe(false);
});
