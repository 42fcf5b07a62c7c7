import { describe, expect, test } from '@jest/globals';
import {
  entropyOf,
  expectedSoftValue,
  expectedSoftValueGradient,
  logSoftmax,
  softTarget,
  softValue,
} from '../../src/objectives/soft-actor-critic.ts';

describe('soft values', () => {
  test('by hand: a target has a future unless the episode ended by its own rules', () => {
    // V(s') = 4 - 0.5 * (-2) = 5; 1 + 0.9 * 5 = 5.5
    expect(softTarget(1, 0.9, 0, softValue(4, -2, 0.5))).toBeCloseTo(5.5, 12);
    expect(softTarget(1, 0.9, 1, softValue(4, -2, 0.5))).toBe(1);
  });

  test('by hand: choices of 1/4 and 3/4', () => {
    const logProbs = new Float64Array(2);
    logSoftmax(Float32Array.of(9, 5, 5 + Math.log(3)), 1, 2, logProbs);
    expect(logProbs[0]).toBeCloseTo(Math.log(0.25), 6);
    const entropy = 0.25 * Math.log(4) + 0.75 * Math.log(4 / 3);
    expect(entropyOf(logProbs)).toBeCloseTo(entropy, 6);
    expect(expectedSoftValue(logProbs, Float64Array.of(8, 4), 0.3)).toBeCloseTo(0.25 * 8 + 0.75 * 4 + 0.3 * entropy, 6);
  });

  test('the mean of the values of single actions is that of all', () => {
    const logProbs = new Float64Array(3);
    logSoftmax(Float32Array.of(0.2, -1, 0.7), 0, 3, logProbs);
    const q = [1, -2, 0.5];
    let mean = 0;
    for (let i = 0; i < 3; i++) mean += Math.exp(logProbs[i]) * softValue(q[i], logProbs[i], 0.7);
    expect(expectedSoftValue(logProbs, Float64Array.from(q), 0.7)).toBeCloseTo(mean, 12);
  });

  test('the derivative to the logits agrees with finite differences, and is 0 at the Boltzmann policy', () => {
    const q = Float64Array.of(1.5, -0.5, 0.25, 2);
    const alpha = 0.4;
    const logProbs = new Float64Array(4);
    const softValueAt = (logits: Float32Array): number => {
      logSoftmax(logits, 0, 4, logProbs);
      return expectedSoftValue(logProbs, q, alpha);
    };
    const gradients = new Float32Array(5);
    const logits = Float32Array.of(0.5, 1, -0.75, 0.25);
    expectedSoftValueGradient(logProbs, q, alpha, softValueAt(logits), -2, gradients, 1);
    const step = 2 ** -9;
    for (let i = 0; i < 4; i++) {
      const moved = (by: number) => softValueAt(logits.map((x, k) => (k === i ? x + by : x)));
      expect(gradients[1 + i]).toBeCloseTo((-2 * (moved(step) - moved(-step))) / (2 * step), 4);
    }

    // No policy has a higher soft value than pi ~ exp(Q / alpha), whose value is alpha log sum exp(Q / alpha).
    const best = Float32Array.from(q, (x) => x / alpha);
    const value = softValueAt(best);
    expect(value).toBeCloseTo(alpha * Math.log(q.reduce((sum, x) => sum + Math.exp(x / alpha), 0)), 6);
    expectedSoftValueGradient(logProbs, q, alpha, value, 1, gradients, 0);
    for (let i = 0; i < 4; i++) expect(gradients[i]).toBeCloseTo(0, 6);
  });

  test('huge logits neither overflow nor give NaN', () => {
    const logProbs = new Float64Array(2);
    logSoftmax(Float32Array.of(1e30, -1e30), 0, 2, logProbs);
    expect(logProbs[0]).toBe(0);
    expect(entropyOf(logProbs)).toBeCloseTo(0, 12);
    expect(expectedSoftValue(logProbs, Float64Array.of(2, 1), 1)).toBeCloseTo(2, 12);
  });
});
