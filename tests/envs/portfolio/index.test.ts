import { expect, test } from '@jest/globals';
import '../../../envs/portfolio/index.ts';
import { make, makeRows } from '../../../src/core/registry.ts';

test('upslope/Portfolio-v0 is made by its id, as rows and in the form of Gymnasium', () => {
  const rows = makeRows('upslope/Portfolio-v0', { split: 'test' });
  expect(rows.actionSpace.toString()).toBe('Box(0, 1, [21], float32)');
  expect(rows.observationSpace.toString()).toBe('Box(-Infinity, Infinity, [21, 5], float32)');

  const env = make('upslope/Portfolio-v0', { split: 'test' });
  const { observation } = env.reset({ seed: 1 });
  expect(env.observationSpace.contains(observation)).toBe(true);
  const allInApple = new Float32Array(21).fill(1, 1, 2);
  const { info, reward, terminated, truncated } = env.step(allInApple);
  expect(info.turnover).toBe(1);
  expect(reward).toBe(100 * Number(info.logReturn));
  expect([terminated, truncated]).toEqual([false, false]);
});
