import { describe, expect, test } from '@jest/globals';
import { copyEnvs, createRollout, placeEnvs, type Rollout } from '../../src/algorithms/rollout.ts';

const shape = { steps: 2, observationSize: 2, actionSize: 1, maskSize: 3, keepTails: true };

/** Two environments for two steps, entry t * 2 + i; numbers tell where they are from. */
function two(name: number): Rollout {
  const rollout = createRollout({ ...shape, numEnvs: 2 });
  for (let at = 0; at < 4; at++) {
    rollout.observations.set([name + at, name + at + 0.5], 2 * at);
    rollout.actions[at] = name + at;
    rollout.logProbs[at] = -name - at;
    rollout.rewards[at] = 10 * (name + at);
    rollout.terminated[at] = at === 1 ? 1 : 0;
    rollout.truncated[at] = at === 2 ? 1 : 0;
    rollout.masks!.set([1, at === 3 ? 1 : 0, 1], 3 * at);
  }
  // The step that was cut short, and the last of the environment that goes on.
  rollout.tails!.count = 2;
  rollout.tails!.entries.set([2, 3]);
  rollout.tails!.observations.set([name + 0.1, name + 0.2, name + 0.3, name + 0.4]);
  return rollout;
}

describe('rollouts of two actors, of two environments each, in one of four', () => {
  const whole = createRollout({ ...shape, numEnvs: 4 });
  placeEnvs(two(100), whole, 0);
  placeEnvs(two(200), whole, 2);

  test('each step has the environments of the first and then those of the second', () => {
    expect([...whole.actions]).toEqual([100, 101, 200, 201, 102, 103, 202, 203]);
    expect([...whole.logProbs]).toEqual([-100, -101, -200, -201, -102, -103, -202, -203]);
    expect([...whole.rewards]).toEqual([1000, 1010, 2000, 2010, 1020, 1030, 2020, 2030]);
    expect([...whole.terminated]).toEqual([0, 1, 0, 1, 0, 0, 0, 0]);
    expect([...whole.truncated]).toEqual([0, 0, 0, 0, 1, 0, 1, 0]);
    expect([...whole.observations.subarray(4, 10)]).toEqual([200, 200.5, 201, 201.5, 102, 102.5]);
    // All that may be done at the last step of the second environment of either.
    const middle = [0, 0, 0, 0, 0, 1, 0, 1];
    expect([...whole.masks!]).toEqual(middle.flatMap((allowed) => [1, allowed, 1]));
  });

  test('tails follow each other, with the entries of their steps there', () => {
    expect(whole.tails!.count).toBe(4);
    // Entries 2 and 3 are environments 0 and 1 of step 1: 1 * 4 + 0 and + 1, and with two columns more 6 and 7.
    expect([...whole.tails!.entries.subarray(0, 4)]).toEqual([4, 5, 6, 7]);
    const rows = [100.1, 100.2, 100.3, 100.4, 200.1, 200.2, 200.3, 200.4];
    rows.forEach((value, i) => {
      expect(whole.tails!.observations[i]).toBeCloseTo(value, 4);
    });
  });

  test('and come out of it as they were', () => {
    const part = createRollout({ ...shape, numEnvs: 2 });
    copyEnvs(whole, 2, part);
    expect(part).toEqual(two(200));
  });
});
