import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { corridor } from '../../src/lab/problems/corridor.ts';
import { littleMaze } from '../../src/lab/problems/little-maze.ts';
import { policyTable, TABULAR_POLICY, TabularEnv, tabularEnvs } from '../../src/lab/problems/tabular-env.ts';
import { startValue, uniformPolicy, valuesOf } from '../../src/lab/problems/tabular-mdp.ts';
import { Policy } from '../../src/policy/policy.ts';

describe('a tabular process as an environment', () => {
  test('goes where the process goes, as often as it should, and pays what it pays', () => {
    const mdp = littleMaze(0.9);
    const env = new TabularEnv(mdp, 0.5);
    const random = new Random(1);
    const observation = new Float32Array(mdp.states);
    const counts = new Float64Array(mdp.transitions.length);
    const paid = new Float64Array(mdp.rewards.length);
    env.reset(2, observation);
    expect([...observation]).toEqual([...mdp.start]);
    for (let step = 0; step < 40_000; step++) {
      const state = observation.indexOf(1);
      const at = state * mdp.actions + random.integers(0, mdp.actions);
      env.step(Float32Array.of(at % mdp.actions), observation);
      const next = observation.indexOf(1);
      if (env.terminated !== (mdp.terminal[next] === 1)) throw new Error(`step ${step}: terminated in state ${next}`);
      counts[at * mdp.states + next]++;
      paid[at] += env.reward;
      if (env.terminated) env.reset(undefined, observation);
    }
    for (let at = 0; at < 6; at++) {
      const row = counts.subarray(at * mdp.states, (at + 1) * mdp.states);
      const visits = row.reduce((sum, count) => sum + count, 0);
      expect(Math.abs(paid[at] / visits - mdp.rewards[at])).toBeLessThan((5 * 0.5) / Math.sqrt(visits));
      row.forEach((count, next) => {
        const probability = mdp.transitions[at * mdp.states + next];
        const spread = Math.sqrt((probability * (1 - probability)) / visits);
        expect(Math.abs(count / visits - probability)).toBeLessThanOrEqual(5 * spread);
      });
    }
  });

  test('goes on from its state to the same steps', () => {
    const mdp = littleMaze(0.9);
    const [one, other] = [new TabularEnv(mdp, 1), new TabularEnv(mdp, 1)];
    const [seen, seenByOther] = [new Float32Array(4), new Float32Array(4)];
    one.reset(5, seen);
    one.step(Float32Array.of(0), seen);
    other.setState(JSON.parse(JSON.stringify(one.getState())));
    for (let step = 0; step < 20; step++) {
      one.step(Float32Array.of(step % 2), seen);
      other.step(Float32Array.of(step % 2), seenByOther);
      expect([...seenByOther, other.reward]).toEqual([...seen, one.reward]);
      if (!one.terminated) continue;
      one.reset(undefined, seen);
      other.reset(undefined, seenByOther);
    }
  });

  test('the table of a policy is the softmax of its weights', () => {
    const mdp = littleMaze(0.9);
    const { observationSpace, actionSpace } = tabularEnvs(mdp, { numEnvs: 1, seed: 0 });
    const random = new Random(0);
    const config = TABULAR_POLICY;
    const policy = new Policy(createCpuEngine(), { config, observationSpace, actionSpace, maxRows: 1, random });
    const weights = Float32Array.of(0, Math.log(3), 1, 1, Math.log(4), 0, 0, 0);
    const tensors = policy.model.getTensors();
    policy.model.setTensors({ ...tensors, 'actor.0.weight': { shape: [4, 2], data: weights } });
    const expected = [0.25, 0.75, 0.5, 0.5, 0.8, 0.2, 0.5, 0.5];
    policyTable(policy, mdp).forEach((probability, at) => {
      expect(probability).toBeCloseTo(expected[at], 6);
    });
  });
});

describe('corridor', () => {
  test('uniform values by hand: without slipping or discount the chance of each end is the distance to the other', () => {
    const mdp = corridor({ rooms: 6, start: 2, left: 10, right: 100, slip: 0, gamma: 1 });
    expect(startValue(mdp, valuesOf(mdp, uniformPolicy(mdp)))).toBeCloseTo((3 / 5) * 10 + (2 / 5) * 100, 10);
    expect([...mdp.terminal]).toEqual([1, 0, 0, 0, 0, 1]);
  });

  test('who slips goes the other way', () => {
    const mdp = corridor({ rooms: 3, start: 1, left: 1, right: 5, slip: 0.25, gamma: 1 });
    const alwaysRight = Float64Array.of(0, 1, 0, 1, 0, 1);
    expect(startValue(mdp, valuesOf(mdp, alwaysRight))).toBeCloseTo(0.75 * 5 + 0.25 * 1, 12);
  });
});
