import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { gae, type Segments } from '../../src/estimators/gae.ts';
import { type VtraceOptions, vtrace } from '../../src/estimators/vtrace.ts';
import { segments } from './segments.ts';

const UNIT_CLIPS: VtraceOptions = { gamma: 0.9, lambda: 1, rhoClip: 1, cClip: 1, pgRhoClip: 1 };

function outcome(batch: Segments, ratios: readonly number[], options: Partial<VtraceOptions> = {}) {
  const advantages = new Float64Array(batch.rewards.length);
  const targets = new Float64Array(batch.rewards.length);
  const logRatios = Float64Array.from(ratios, Math.log);
  vtrace(batch, logRatios, { ...UNIT_CLIPS, ...options }, advantages, targets);
  return { advantages: [...advantages], targets: [...targets] };
}

const TWO_STEPS = segments(1, [
  { r: 1, v: 0.5, next: 0.4 },
  { r: 2, v: 0.4, next: 1 },
]);

function randomBatch(seed: number): Segments {
  const random = new Random(seed);
  const [steps, numEnvs] = [12, 3];
  const rows = Array.from({ length: steps * numEnvs }, () => ({
    r: random.normal(),
    v: random.normal(),
    next: 0,
    term: random.double() < 0.15,
    trunc: random.double() < 0.15,
  }));
  rows.forEach((row, at) => {
    const following = rows[at + numEnvs];
    row.next = row.trunc || following === undefined ? random.normal() : following.v;
  });
  return segments(numEnvs, rows);
}

describe('vtrace', () => {
  test('two steps worked out by hand: ratios 2 and 1/2, clips at 1', () => {
    // delta_1 = 0.5 (2 + 0.9 * 1 - 0.4) = 1.25              v_1 = 0.4 + 1.25 = 1.65
    // delta_0 = 1 (1 + 0.9 * 0.4 - 0.5) = 0.86              v_0 = 0.5 + 0.86 + 0.9 * 1 * (1.65 - 0.4) = 2.485
    // advantage_1 = 0.5 (2 + 0.9 * 1 - 0.4) = 1.25          advantage_0 = 1 (1 + 0.9 * 1.65 - 0.5) = 1.985
    const { advantages, targets } = outcome(TWO_STEPS, [2, 0.5]);
    expect(targets[1]).toBeCloseTo(1.65, 12);
    expect(targets[0]).toBeCloseTo(2.485, 12);
    expect(advantages[1]).toBeCloseTo(1.25, 12);
    expect(advantages[0]).toBeCloseTo(1.985, 12);
  });

  test('each clip acts where it should: rho 1.5, c 1.2, policy gradient 1.8, lambda 0.5', () => {
    // delta_1 = 1.5 * 2.5 = 3.75                            v_1 = 4.15
    // delta_0 = 1.5 * 0.86 = 1.29                           v_0 = 0.5 + 1.29 + 0.9 * 0.5 * 1.2 * 3.75 = 3.815
    // advantage_1 = 1.8 * 2.5 = 4.5                         advantage_0 = 1.8 (1 + 0.9 * 4.15 - 0.5) = 7.623
    const options = { rhoClip: 1.5, cClip: 1.2, pgRhoClip: 1.8, lambda: 0.5 };
    const { advantages, targets } = outcome(TWO_STEPS, [2, 2], options);
    expect(targets[1]).toBeCloseTo(4.15, 12);
    expect(targets[0]).toBeCloseTo(3.815, 12);
    expect(advantages[1]).toBeCloseTo(4.5, 12);
    expect(advantages[0]).toBeCloseTo(7.623, 12);
  });

  test.each([0, 0.5, 1])('on-policy with unit clips the targets are the lambda-returns, lambda %p', (lambda) => {
    const batch = randomBatch(1);
    const ones = new Array<number>(batch.rewards.length).fill(1);
    const returns = new Float64Array(batch.rewards.length);
    gae(batch, 0.9, lambda, new Float64Array(batch.rewards.length), returns);
    outcome(batch, ones, { lambda }).targets.forEach((target, at) => {
      expect(target).toBeCloseTo(returns[at], 12);
    });
  });

  test('without corrections from later steps it is one-step TD, weighted', () => {
    const batch = randomBatch(2);
    const random = new Random(3);
    const ratios = Array.from(batch.rewards, () => Math.exp(random.normal()));
    outcome(batch, ratios, { cClip: 0 }).targets.forEach((target, at) => {
      const next = batch.terminated[at] ? 0 : batch.nextValues[at];
      const delta = batch.rewards[at] + 0.9 * next - batch.values[at];
      expect(target).toBeCloseTo(batch.values[at] + Math.min(1, ratios[at]) * delta, 12);
    });
  });

  test.each([
    // Ended by the task: v_0 = 1, nothing follows.
    { term: true, trunc: false, expected: 1 },
    // Cut short: v_0 = 1 + 0.9 * 10, from its own last state.
    { term: false, trunc: true, expected: 10 },
    { term: true, trunc: true, expected: 1 },
  ])('the next episode never leaks into the last: %o', ({ term, trunc, expected }) => {
    const batch = segments(1, [
      { r: 1, v: 0.5, next: 10, term, trunc },
      { r: 100, v: 0, next: 100 },
    ]);
    const { targets, advantages } = outcome(batch, [1, 1]);
    expect(targets[0]).toBeCloseTo(expected, 12);
    expect(advantages[0]).toBeCloseTo(expected - 0.5, 12);
  });
});
