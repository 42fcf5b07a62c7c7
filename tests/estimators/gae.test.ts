import { describe, expect, test } from '@jest/globals';
import { gae, type Segments } from '../../src/estimators/gae.ts';
import { segments } from './segments.ts';

function advantagesOf(batch: Segments, gamma: number, lambda: number): { advantages: number[]; returns: number[] } {
  const advantages = new Float64Array(batch.rewards.length);
  const returns = new Float64Array(batch.rewards.length);
  gae(batch, gamma, lambda, advantages, returns);
  return { advantages: [...advantages], returns: [...returns] };
}

describe('gae', () => {
  test('two steps that go on, worked out by hand', () => {
    // gamma = 0.9, lambda = 0.8, gamma lambda = 0.72
    // delta_1 = 2 + 0.9 * 1.0 - 0.4 = 2.5           advantage_1 = 2.5
    // delta_0 = 1 + 0.9 * 0.4 - 0.5 = 0.86          advantage_0 = 0.86 + 0.72 * 2.5 = 2.66
    const { advantages, returns } = advantagesOf(
      segments(1, [
        { r: 1, v: 0.5, next: 0.4 },
        { r: 2, v: 0.4, next: 1 },
      ]),
      0.9,
      0.8,
    );
    expect(advantages[0]).toBeCloseTo(2.66, 12);
    expect(advantages[1]).toBeCloseTo(2.5, 12);
    expect(returns[0]).toBeCloseTo(3.16, 12);
    expect(returns[1]).toBeCloseTo(2.9, 12);
  });

  test.each([
    // Ended by the task: no bootstrap. delta_0 = 1 - 0.5 = 0.5
    { term: true, trunc: false, expected: 0.5 },
    // Cut short: bootstraps from its last state. delta_0 = 1 + 0.9 * 10 - 0.5 = 9.5
    { term: false, trunc: true, expected: 9.5 },
    // Both at once: the task ended, so nothing is bootstrapped.
    { term: true, trunc: true, expected: 0.5 },
  ])('the next episode never leaks into the last: %o', ({ term, trunc, expected }) => {
    const { advantages } = advantagesOf(
      segments(1, [
        { r: 1, v: 0.5, next: 10, term, trunc },
        { r: 100, v: 0, next: 100 },
      ]),
      0.9,
      0.8,
    );
    expect(advantages[0]).toBeCloseTo(expected, 12);
  });

  test('a reward of one for ever is worth 1 / (1 - gamma), however often episodes are cut short', () => {
    const gamma = 0.9;
    const worth = 1 / (1 - gamma);
    const rows = Array.from({ length: 40 }, (_, t) => ({ r: 1, v: 0, next: worth, trunc: t % 7 === 6 }));
    for (const value of advantagesOf(
      segments(
        1,
        rows.map((row, t) => ({ ...row, next: row.trunc || t === 39 ? worth : 0 })),
      ),
      gamma,
      1,
    ).returns) {
      expect(value).toBeCloseTo(worth, 10);
    }
  });

  test('lambda 0 is the one-step error, lambda 1 the Monte Carlo return less the value', () => {
    const rows = [
      { r: 1, v: 0.3, next: 0.2 },
      { r: -2, v: 0.2, next: 0.7 },
      { r: 3, v: 0.7, next: 0, term: true },
    ];
    const oneStep = advantagesOf(segments(1, rows), 0.5, 0).advantages;
    expect(oneStep[0]).toBeCloseTo(1 + 0.5 * 0.2 - 0.3, 12);
    expect(oneStep[1]).toBeCloseTo(-2 + 0.5 * 0.7 - 0.2, 12);
    const monteCarlo = advantagesOf(segments(1, rows), 0.5, 1).returns;
    expect(monteCarlo[0]).toBeCloseTo(1 - 2 * 0.5 + 3 * 0.25, 12);
  });

  test('environments of a batch do not mix', () => {
    const a = [
      { r: 1, v: 0.5, next: 0.4 },
      { r: 2, v: 0.4, next: 1 },
    ];
    const b = [
      { r: -3, v: 2, next: 5, term: true },
      { r: 7, v: 1, next: 2 },
    ];
    const together = advantagesOf(segments(2, [a[0], b[0], a[1], b[1]]), 0.9, 0.8).advantages;
    const alone = [a, b].map((rows) => advantagesOf(segments(1, rows), 0.9, 0.8).advantages);
    expect(together).toEqual([alone[0][0], alone[1][0], alone[0][1], alone[1][1]]);
  });
});
