import { describe, expect, test } from '@jest/globals';
import { createReplayBatch, ReplayBuffer } from '../../src/algorithms/replay.ts';
import { Random } from '../../src/core/random.ts';

const SHAPE = { observationSize: 2, actionSize: 1 };

/** Transition k: from (k, -k) by action 10 k to (k + 0.5, 0), paid k / 4, ended where k is a multiple of 3. */
function fill(buffer: ReplayBuffer, from: number, to: number): void {
  for (let k = from; k < to; k++) {
    const ended = k % 3 === 0 ? 1 : 0;
    buffer.add(Float32Array.of(9, k, -k), 1, Float32Array.of(10 * k), 0, k / 4, ended, Float32Array.of(k + 0.5, 0), 0);
  }
}

describe('replay buffer', () => {
  test('draws whole transitions, each of those held about equally often, none of those that were replaced', () => {
    const buffer = new ReplayBuffer(8, SHAPE);
    fill(buffer, 0, 13);
    expect([buffer.added, buffer.size]).toEqual([13, 8]);
    const batch = createReplayBatch(8000, SHAPE);
    buffer.sample(new Random(1), batch);
    const counts = new Map<number, number>();
    for (let row = 0; row < batch.size; row++) {
      const k = batch.observations[2 * row];
      counts.set(k, (counts.get(k) ?? 0) + 1);
      expect(batch.observations[2 * row + 1]).toBe(-k);
      expect(batch.actions[row]).toBe(10 * k);
      expect(batch.rewards[row]).toBe(k / 4);
      expect(batch.terminated[row]).toBe(k % 3 === 0 ? 1 : 0);
      expect(batch.nextObservations[2 * row]).toBe(k + 0.5);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    // Binomial with mean 1000 and standard deviation 30.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test.each([5, 13])('goes on from its state as if never stopped, after %p transitions', (stop) => {
    const whole = new ReplayBuffer(8, SHAPE);
    fill(whole, 0, 20);
    const first = new ReplayBuffer(8, SHAPE);
    fill(first, 0, stop);
    const second = new ReplayBuffer(8, SHAPE);
    second.setState(first.getPosition(), structuredClone(first.getTensors()));
    fill(second, stop, 20);
    expect(second.getPosition()).toEqual(whole.getPosition());
    expect(second.getTensors()).toEqual(whole.getTensors());
  });

  test('that cannot fit into memory says so', () => {
    expect(() => new ReplayBuffer(2 ** 34, { observationSize: 400, actionSize: 20 })).toThrow(
      /GiB.*algorithm.bufferSize/s,
    );
  });
});
