import { describe, expect, test } from '@jest/globals';
import { approximateKl } from '../../src/objectives/kl.ts';
import { ppoClipGradient, ppoClipLoss } from '../../src/objectives/ppo-clip.ts';
import { clippedValue, clippedValueGradient, valueLoss } from '../../src/objectives/value.ts';

const STEP = 1e-6;

function slope(f: (x: number) => number, x: number): number {
  return (f(x + STEP) - f(x - STEP)) / (2 * STEP);
}

describe('PPO-clip', () => {
  test.each([-2, -0.3, 0.4, 1.7])('the derivative to the log-probability, advantage %p', (advantage) => {
    // Points off the two kinks at ratio 0.8 and 1.2.
    for (const ratio of [0.2, 0.7, 0.79, 0.81, 1, 1.19, 1.21, 3]) {
      const loss = (logProb: number): number => ppoClipLoss(Math.exp(logProb), advantage, 0.2);
      expect(ppoClipGradient(ratio, advantage, 0.2)).toBeCloseTo(slope(loss, Math.log(ratio)), 6);
    }
  });

  test('nothing is gained beyond the clip, but a bad move is always undone', () => {
    expect(ppoClipGradient(1.3, 1, 0.2)).toBe(0);
    expect(ppoClipGradient(0.7, -1, 0.2)).toBe(0);
    expect(ppoClipGradient(1.3, -1, 0.2)).toBeCloseTo(1.3, 12);
    expect(ppoClipGradient(0.7, 1, 0.2)).toBeCloseTo(-0.7, 12);
  });

  test('is the pessimistic of the two surrogates', () => {
    expect(ppoClipLoss(1.5, 2, 0.2)).toBeCloseTo(-2.4, 12);
    expect(ppoClipLoss(1.5, -2, 0.2)).toBeCloseTo(3, 12);
    expect(ppoClipLoss(0.5, -2, 0.2)).toBeCloseTo(1.6, 12);
  });
});

describe('value loss', () => {
  test.each([Infinity, 0.5])('the derivative to the value, clip range %p', (clipRange) => {
    for (const value of [-1, 0.6, 1.2, 1.45, 1.9]) {
      const loss = (v: number): number => valueLoss(clippedValue(v, 1, clipRange), 2);
      expect(clippedValueGradient(value, 1, 2, clipRange)).toBeCloseTo(slope(loss, value), 6);
    }
  });
});

describe('approximate KL', () => {
  test('its mean over samples of the old policy is the KL divergence', () => {
    // KL(old || new) of two Bernoullis, by enumeration.
    const [p, q] = [0.3, 0.45];
    const exact = p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
    const sample = (ratio: number): number => approximateKl(ratio, Math.log(ratio));
    const estimate = p * sample(q / p) + (1 - p) * sample((1 - q) / (1 - p));
    expect(estimate).toBeCloseTo(exact, 12);
  });

  test('is never negative and 0 for equal policies', () => {
    expect(approximateKl(1, 0)).toBe(0);
    for (const logRatio of [-3, -1e-9, 1e-9, 0.1, 2]) {
      expect(approximateKl(Math.exp(logRatio), logRatio)).toBeGreaterThanOrEqual(0);
    }
  });
});
