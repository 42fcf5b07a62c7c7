import { describe, expect, test } from '@jest/globals';
import { softMaximum, softValueIteration } from '../../src/algorithms/soft-value-iteration.ts';
import { Random } from '../../src/core/random.ts';
import type { TabularMdp } from '../../src/core/tabular-mdp.ts';

/** From state 0: action 0 earns 1 and stays, action 1 earns 0 and goes to state 1, where both earn 2 and stay. */
function twoStates(gamma: number): TabularMdp {
  return {
    states: 2,
    actions: 2,
    transitions: Float64Array.of(1, 0, 0, 1, 0, 1, 0, 1),
    rewards: Float64Array.of(1, 0, 2, 2),
    terminal: new Uint8Array(2),
    start: Float64Array.of(1, 0),
    gamma,
  };
}

function randomMdp(seed: number, { states = 5, actions = 3, gamma = 0.9 } = {}): TabularMdp {
  const random = new Random(seed);
  const transitions = new Float64Array(states * actions * states);
  for (let row = 0; row < transitions.length; row += states) {
    let sum = 0;
    for (let i = 0; i < states; i++) sum += transitions[row + i] = random.exponential();
    for (let i = 0; i < states; i++) transitions[row + i] /= sum;
  }
  return {
    states,
    actions,
    transitions,
    rewards: Float64Array.from({ length: states * actions }, () => random.normal()),
    terminal: Uint8Array.from({ length: states }, (_, s) => (s === states - 1 ? 1 : 0)),
    start: Float64Array.from({ length: states }, (_, s) => (s === 0 ? 1 : 0)),
    gamma,
  };
}

/** Soft value of a policy, by going through its own Bellman equation until it settles. */
function softValuesOf(mdp: TabularMdp, policy: Float64Array, alpha: number): Float64Array {
  const { states, actions, transitions, rewards, terminal, gamma } = mdp;
  let values = new Float64Array(states);
  for (let change = Infinity; change > 1e-13; ) {
    const previous = values;
    values = previous.map((_, s) => {
      let value = 0;
      for (let a = 0; a < actions && !terminal[s]; a++) {
        const at = s * actions + a;
        if (policy[at] === 0) continue;
        let next = 0;
        for (let to = 0; to < states; to++) next += transitions[at * states + to] * previous[to];
        value += policy[at] * (rewards[at] - alpha * Math.log(policy[at]) + gamma * next);
      }
      return value;
    });
    change = Math.max(...values.map((value, s) => Math.abs(value - previous[s])));
  }
  return values;
}

describe('soft value iteration', () => {
  test('two states worked out by hand: alpha 1, gamma 1/2', () => {
    // State 1: V = 2 + V / 2 + log 2, so V = 4 + 2 log 2.
    // State 0: V = log(exp(1 + V / 2) + exp(2 + log 2)). With x = exp(V / 2): x^2 - e x - 2 e^2 = 0, so x = 2 e,
    // V = 2 + 2 log 2, Q = [2 + log 2, 2 + log 2]: as good as each other, entropy counted.
    const { values, actionValues, policy } = softValueIteration(twoStates(0.5), { alpha: 1, tolerance: 1e-12 });
    expect(values[1]).toBeCloseTo(4 + 2 * Math.LN2, 11);
    expect(values[0]).toBeCloseTo(2 + 2 * Math.LN2, 11);
    expect(actionValues[0]).toBeCloseTo(2 + Math.LN2, 11);
    expect(actionValues[1]).toBeCloseTo(2 + Math.LN2, 11);
    for (const probability of policy) expect(probability).toBeCloseTo(0.5, 11);
  });

  test('one step: the policy is the softmax of the rewards over alpha', () => {
    const mdp = { ...twoStates(0), rewards: Float64Array.of(0.6, 0, 0, 0) };
    const { policy, values } = softValueIteration(mdp, { alpha: 0.3 });
    expect(policy[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect(values[0]).toBeCloseTo(0.3 * Math.log(1 + Math.exp(2)), 12);
  });

  test('entropy that others gain is worth going for: a long way with choices beats a sure end', () => {
    // Without discounting, over an acyclic problem: right goes from 0 to 1 and then to one of two equal ends.
    const mdp: TabularMdp = {
      states: 3,
      actions: 2,
      transitions: Float64Array.of(0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0),
      rewards: Float64Array.of(1, 0.9, 0, 0, 0, 0),
      terminal: Uint8Array.of(0, 0, 1),
      start: Float64Array.of(1, 0, 0),
      gamma: 1,
    };
    const { actionValues, policy, sweeps } = softValueIteration(mdp, { alpha: 0.5 });
    expect(actionValues[0]).toBeCloseTo(1, 12);
    expect(actionValues[1]).toBeCloseTo(0.9 + 0.5 * Math.LN2, 12);
    expect(policy[1] / policy[0]).toBeCloseTo(Math.exp((0.5 * Math.LN2 - 0.1) / 0.5), 12);
    expect([...policy.subarray(4)]).toEqual([0, 0]);
    expect(sweeps).toBeLessThan(5);
  });

  test.each([0.05, 0.5, 3])('no policy of a grid has a higher soft value, alpha %p', (alpha) => {
    const mdp = randomMdp(1, { states: 3, actions: 2, gamma: 0.7 });
    const { values } = softValueIteration(mdp, { alpha });
    const best = new Float64Array(3).fill(-Infinity);
    for (let i = 0; i <= 24; i++) {
      for (let k = 0; k <= 24; k++) {
        const policy = Float64Array.of(i / 24, 1 - i / 24, k / 24, 1 - k / 24, 0.5, 0.5);
        softValuesOf(mdp, policy, alpha).forEach((value, s) => {
          best[s] = Math.max(best[s], value);
        });
      }
    }
    for (const s of [0, 1]) {
      expect(best[s]).toBeLessThanOrEqual(values[s] + 1e-9);
      // Half a cell of the grid away at most, where the objective is flat.
      expect(best[s]).toBeGreaterThan(values[s] - 0.02 * (1 + alpha));
    }
  });

  test('its policy has the values it states, and Q, V and the policy belong together', () => {
    const alpha = 0.4;
    const mdp = randomMdp(2);
    const { values, actionValues, policy } = softValueIteration(mdp, { alpha });
    softValuesOf(mdp, policy, alpha).forEach((value, s) => {
      expect(value).toBeCloseTo(values[s], 9);
    });
    for (let s = 0; s < mdp.states - 1; s++) {
      for (let a = 0; a < mdp.actions; a++) {
        const at = s * mdp.actions + a;
        expect(alpha * Math.log(policy[at])).toBeCloseTo(actionValues[at] - values[s], 9);
      }
    }
    expect(values[mdp.states - 1]).toBe(0);
  });

  test.each([1e-2, 1e-5])('values are within the tolerance asked for, %p', (tolerance) => {
    const mdp = randomMdp(3, { gamma: 0.97 });
    const truth = softValueIteration(mdp, { alpha: 0.4, tolerance: 1e-12 });
    const rough = softValueIteration(mdp, { alpha: 0.4, tolerance });
    rough.values.forEach((value, s) => {
      expect(Math.abs(value - truth.values[s])).toBeLessThanOrEqual(tolerance);
    });
    expect(rough.sweeps).toBeLessThan(truth.sweeps);
  });

  test('a sweep brings the values closer by gamma', () => {
    const mdp = randomMdp(4, { gamma: 0.8 });
    const truth = softValueIteration(mdp, { alpha: 0.7, tolerance: 1e-13 }).values;
    const errorAfter = (tolerance: number): { error: number; sweeps: number } => {
      const { values, sweeps } = softValueIteration(mdp, { alpha: 0.7, tolerance });
      return { error: Math.max(...values.map((value, s) => Math.abs(value - truth[s]))), sweeps };
    };
    const [early, late] = [errorAfter(1e-1), errorAfter(1e-6)];
    expect(late.sweeps).toBeGreaterThan(early.sweeps);
    expect(late.error).toBeLessThanOrEqual(early.error * 0.8 ** (late.sweeps - early.sweeps) * (1 + 1e-6));
  });

  test('as alpha goes to 0 it becomes value iteration, from above and by no more than the largest entropy', () => {
    const mdp = randomMdp(5);
    const hard = softValueIteration(mdp, { alpha: 0 });
    for (const alpha of [1e-1, 1e-2, 1e-4]) {
      const { values, policy } = softValueIteration(mdp, { alpha });
      values.forEach((value, s) => {
        expect(value).toBeGreaterThanOrEqual(hard.values[s] - 1e-9);
        expect(value).toBeLessThanOrEqual(hard.values[s] + (alpha * Math.log(mdp.actions)) / (1 - mdp.gamma) + 1e-9);
      });
      if (alpha === 1e-4) {
        policy.forEach((probability, at) => {
          expect(probability).toBeCloseTo(hard.policy[at], 12);
        });
      }
    }
    // Every deterministic policy, by brute force.
    let best = -Infinity;
    for (let code = 0; code < mdp.actions ** (mdp.states - 1); code++) {
      const policy = new Float64Array(mdp.states * mdp.actions);
      for (let s = 0; s < mdp.states - 1; s++) {
        policy[s * mdp.actions + (Math.floor(code / mdp.actions ** s) % mdp.actions)] = 1;
      }
      best = Math.max(best, softValuesOf(mdp, policy, 0)[0]);
    }
    expect(hard.values[0]).toBeCloseTo(best, 9);
  });

  test('equals share at alpha 0', () => {
    const mdp = {
      ...twoStates(0.5),
      rewards: Float64Array.of(1, 1, 0, 0),
      transitions: twoStates(0).transitions.fill(0.5),
    };
    expect([...softValueIteration(mdp, { alpha: 0 }).policy]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  test('large values over a small alpha do not overflow', () => {
    expect(softMaximum(Float64Array.of(5, 1e6, 1e6), 0, 3, 1e-3)).toBeCloseTo(1e6 + 1e-3 * Math.LN2, 9);
    expect(softMaximum(Float64Array.of(-1e6, -1e6), 0, 2, 1e-3)).toBeCloseTo(-1e6 + 1e-3 * Math.LN2, 9);
  });

  test.each([
    [{ ...twoStates(0.5), transitions: new Float64Array(8) }, 'State 0, action 0'],
    [{ ...twoStates(0.5), rewards: Float64Array.of(1, Number.NaN, 0, 0) }, 'State 0, action 1'],
    [{ ...twoStates(0.5), rewards: new Float64Array(3) }, 'rewards has 4 entries; got 3'],
    [twoStates(1.5), 'gamma 1.5'],
  ])('says what is wrong with a problem', (mdp, message) => {
    expect(() => softValueIteration(mdp, { alpha: 1 })).toThrow(message);
  });

  test('values that grow for ever are no endless loop', () => {
    expect(() => softValueIteration(twoStates(1), { alpha: 1, maxSweeps: 500 })).toThrow('lower gamma');
    expect(() => softValueIteration(twoStates(0.5), { alpha: -1 })).toThrow('at least 0; got -1');
  });
});
