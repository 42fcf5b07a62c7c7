import { describe, expect, test } from '@jest/globals';
import {
  type CellResponses,
  distributionalEvidence,
  expectile,
  rewardResponses,
  type SpikeChannel,
} from '../../../../envs/index.ts';
import { Random } from '../../../../src/core/random.ts';

const sizes = [0.5, 1, 2, 4, 8];
const cellsRecorded = 30;
const trialsOfSize = 20;

/** Cells of optimisms from 0.1 to 0.9. @param expected reward @param slopes above it and below it */
function cells(
  expected: (tau: number) => number,
  slopes: (tau: number) => [number, number],
  noise: number,
): CellResponses[] {
  const random = new Random(3);
  return Array.from({ length: cellsRecorded }, (_, i) => {
    const tau = 0.1 + (0.8 * i) / (cellsRecorded - 1);
    const [up, down] = slopes(tau);
    return {
      name: `cell ${i}`,
      rewards: sizes,
      responses: sizes.map((size) =>
        Array.from({ length: trialsOfSize }, () => {
          const delta = size - expected(tau);
          return (delta > 0 ? up : down) * delta + noise * random.normal();
        }),
      ),
    };
  });
}

describe('whether cells tell a distribution', () => {
  test('those of different optimism do', () => {
    const { reliability, tauAgainstReversal } = distributionalEvidence(
      cells(
        (tau) => expectile(sizes, tau),
        (tau) => [4 * tau, 4 * (1 - tau)],
        1.5,
      ),
    )!;
    for (const { r, p } of [reliability, tauAgainstReversal]) {
      expect(r).toBeGreaterThan(0.5);
      expect(p).toBeLessThan(0.05);
    }
  });

  test.each([0.1, 4])('those that all tell the mean, with noise of %d of their own, do not', (noise) => {
    const { reliability, tauAgainstReversal } = distributionalEvidence(
      cells(
        () => expectile(sizes, 0.5),
        () => [2, 2],
        noise,
      ),
    )!;
    for (const { r, p } of [reliability, tauAgainstReversal]) {
      expect(Math.abs(r)).toBeLessThan(0.5);
      expect(p).toBeGreaterThan(0.05);
    }
  });
});

describe('responses to rewards', () => {
  const reward = (time: number, magnitude: number) => ({ time, event: 'reward', magnitude });
  const spikes = (name: string, ...times: number[]): SpikeChannel => ({
    kind: 'spikes',
    name,
    times: Float64Array.from(times),
  });
  const events = [10, 20, 30, 40, 50, 60].map((time, i) => reward(time, [1, 2, 5][i % 3]));
  const channels = [
    spikes('a', 0, 9.5, 10, 10.5, 10.7, 20.1, 29.1, 29.9, 70),
    spikes('b', 0, 70),
    spikes('c', 0, 70),
    spikes('never fired'),
  ];

  test('are the spikes/s after the reward less those before', () => {
    const [a, ...others] = rewardResponses({ source: 'x', channels }, events)!;
    expect(others.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(a.rewards).toEqual([1, 2, 5]);
    expect(a.responses.map((trials) => Array.from(trials))).toEqual([
      [2 / 0.6 - 1, 0],
      [1 / 0.6, 0],
      [-2, 0],
    ]);
  });

  test('are of rewards whose windows the recording covers, by what they are worth', () => {
    const more = [reward(0.5, 1), ...events, reward(69.5, 1), reward(69.9, 7)];
    const [a] = rewardResponses({ source: 'x', channels }, more, { utility: Math.sqrt })!;
    expect(a.rewards).toEqual([1, Math.SQRT2, Math.sqrt(5)]);
    expect(a.responses[0]).toHaveLength(2);
  });

  test('want three neurons and three sizes', () => {
    expect(rewardResponses({ source: 'x', channels: channels.slice(1) }, events)).toBeUndefined();
    expect(rewardResponses({ source: 'x', channels }, events.slice(0, 5))).toBeUndefined();
  });
});
