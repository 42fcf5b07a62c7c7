import { describe, expect, test } from '@jest/globals';
import type { Shaping } from '../../scenarios/schema.ts';
import { shapeRewards } from '../../scenarios/shaping.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';

const states = 7;
const gamma = 0.9;

/**
 * A corridor of states 0 to 6, walked left (0) or right (1). Both ends are terminal: 6 pays 1, 0 pays 0.3.
 *
 * A seed of 2 s + a starts in state s.
 */
function corridor(): RowEnv {
  const signals = new Float64Array(1);
  const env = {
    observationSpace: new Box(0, states, [1]),
    actionSpace: new Discrete(2),
    observationSize: 1,
    actionSize: 1,
    signalNames: ['place'],
    signals,
    reward: 0,
    terminated: false,
    truncated: false,
    reset(seed: number | undefined) {
      signals[0] = Math.floor((seed ?? 6) / 2);
    },
    step(action: Float32Array) {
      signals[0] += action[0] === 1 ? 1 : -1;
      const end = signals[0] === states - 1 ? 1 : signals[0] === 0 ? 0.3 : undefined;
      Object.assign(env, { reward: end ?? 0, terminated: end !== undefined });
    },
  };
  return env;
}

/** The optimal action values, states x 2, found by value iteration on the rewards that a trainer would be given. */
function optimalValues(shaping: Shaping): number[][] {
  const envs = shapeRewards(new SyncVectorEnv(corridor, 2 * states, { autoreset: 'disabled' }), shaping, gamma);
  envs.reset({ seed: 0 });
  envs.step(Float32Array.from({ length: 2 * states }, (_, i) => i % 2));
  const inner = Array.from({ length: states - 2 }, (_, i) => i + 1);
  const values = Array.from({ length: states }, () => [0, 0]);
  for (let sweep = 0; sweep < 400; sweep++) {
    for (const state of inner) {
      for (const action of [0, 1]) {
        const row = 2 * state + action;
        const next = state + (action === 1 ? 1 : -1);
        const future = envs.terminated[row] ? 0 : Math.max(...values[next]);
        values[state][action] = envs.rewards[row] + gamma * future;
      }
    }
  }
  return values.slice(1, -1);
}

const best = (values: number[][]) => values.map(([left, right]) => (left > right ? 'left' : 'right'));
const term = (parts: object): Shaping =>
  ({ reward: 1, terms: [{ name: 'term', weight: 1, ...parts }] }) as unknown as Shaping;

describe('shaping by a potential', () => {
  const plain = optimalValues({ reward: 1, terms: [] });

  test('the corridor itself is as worked out by hand', () => {
    // Straight to the far end from state s: 0.9^(5 - s); to the near one: 0.3 * 0.9^(s - 1).
    expect(best(plain)).toEqual(['right', 'right', 'right', 'right', 'right']);
    expect(plain[0][1]).toBeCloseTo(0.9 ** 4, 12);
    expect(plain[0][0]).toBeCloseTo(0.3, 12);
    // From state 2 to the left, then on the best way: back to the right, which costs two steps.
    expect(plain[1][0]).toBeCloseTo(0.9 * 0.9 ** 4, 12);
  });

  test.each([
    ['3 * place', (place: number) => 3 * place],
    ['-5 * place', (place: number) => -5 * place],
    ['4 * sin(2 * place)', (place: number) => 4 * Math.sin(2 * place)],
    ['-abs(place - 1)', (place: number) => -Math.abs(place - 1)],
  ])('keeps the optimal policy: %s', (potential, phi) => {
    const shaped = optimalValues(term({ potential }));
    expect(best(shaped)).toEqual(best(plain));
    // Ng, Harada and Russell (1999), corollary 2: Q'(s, a) = Q(s, a) - phi(s).
    plain.forEach((values, i) => {
      values.forEach((value, action) => {
        expect(shaped[i][action]).toBeCloseTo(value - phi(i + 1), 10);
      });
    });
  });

  test('a reward for the same quantity as it is does not', () => {
    expect(best(optimalValues(term({ expression: '-abs(place - 1)' })))).not.toEqual(best(plain));
  });
});
