import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../src/core/random.ts';
import { Box } from '../../../src/core/spaces/box.ts';
import { createDistribution } from '../../../src/policy/distributions/index.ts';
import { SQUASHED_LOG_STD_RANGE, SquashedGaussian } from '../../../src/policy/distributions/squashed-gaussian.ts';

const LOW = [-1, -0.5, 2];
const HIGH = [1, 3, 10];
const PARAMETERS = [0.4, -1.2, 2.5, -0.75, 0.25, 0.5];

/** Parameters and actions are of single precision, so the step must be large and exactly representable. */
const STEP = 2 ** -9;

function slopeIn(array: Float32Array, i: number, f: () => number): number {
  const original = array[i];
  array[i] = original + STEP;
  const above = f();
  array[i] = original - STEP;
  const below = f();
  array[i] = original;
  return (above - below) / (2 * STEP);
}

/** Phi(b) - Phi(a) by Simpson's rule. */
function normalMass(a: number, b: number): number {
  const pieces = 200;
  const h = (b - a) / pieces;
  let sum = 0;
  for (let k = 0; k <= pieces; k++) {
    const x = a + k * h;
    const weight = k === 0 || k === pieces ? 1 : k % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-0.5 * x * x);
  }
  return (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

describe('squashed gaussian', () => {
  test('its density is the slope of its distribution function, out to where tanh is 1 in single precision', () => {
    const distribution = new SquashedGaussian([-1], [1]);
    for (const [mean, logStd] of [
      [0, 0],
      [0.75, -1],
      [-2, 0.5],
      [9, 0.25],
      [-12, -0.5],
    ]) {
      const parameters = Float32Array.of(mean, logStd);
      const std = Math.exp(logStd);
      for (const deviation of [-2, -0.5, 0, 1.25]) {
        const action = Float32Array.of(mean + deviation * std);
        const u = action[0];
        // By the distance t from the nearer end, as y = 1 - t could not be told from 1: u = atanh y = log(2 / t - 1) / 2.
        const t = 2 / (1 + Math.exp(2 * Math.abs(u)));
        const deviationAt = (distance: number) => ((u < 0 ? -0.5 : 0.5) * Math.log(2 / distance - 1) - mean) / std;
        const h = 1e-3 * t;
        const density = Math.abs(normalMass(deviationAt(t - h), deviationAt(t + h))) / (2 * h);
        distribution.evaluate(parameters, 0, action, 0);
        expect(distribution.logProb).toBeCloseTo(Math.log(density), 5);
      }
    }
  });

  test('by hand: the standard normal at 0 has density 1 / sqrt(2 pi), where tanh has slope 1', () => {
    const distribution = new SquashedGaussian([-3], [5]);
    distribution.evaluate(Float32Array.of(0, 0), 0, Float32Array.of(0), 0);
    expect(distribution.logProb).toBeCloseTo(-0.5 * Math.log(2 * Math.PI), 12);
    // And at u = 1 tanh has slope 1 - 0.76159416^2 = 0.41997434.
    distribution.evaluate(Float32Array.of(0, 0), 0, Float32Array.of(1), 0);
    expect(distribution.logProb).toBeCloseTo(-0.5 - 0.5 * Math.log(2 * Math.PI) - Math.log(0.41997434), 7);
  });

  test('derivatives of log-probability and entropy agree with finite differences', () => {
    const distribution = new SquashedGaussian(LOW, HIGH);
    const row = Float32Array.from(PARAMETERS);
    const action = Float32Array.of(0.5, -2, 1.5);
    const gradients = new Float32Array(6);
    for (const [dLogProb, dEntropy] of [
      [1, 0],
      [0, 1],
      [-0.7, 0.3],
    ]) {
      const loss = (): number => {
        distribution.evaluate(row, 0, action, 0);
        return dLogProb * distribution.logProb + dEntropy * distribution.entropy;
      };
      loss();
      distribution.backward(dLogProb, dEntropy, gradients, 0);
      for (let i = 0; i < 6; i++) expect(gradients[i]).toBeCloseTo(slopeIn(row, i, loss), 4);
    }
  });

  test('derivatives along the path, of the action the environment gets and of its log-probability', () => {
    const distribution = new SquashedGaussian(LOW, HIGH);
    const row = Float32Array.from(PARAMETERS);
    const noise = Float32Array.of(-0.8, 1.1, 0.3);
    const stored = new Float32Array(3);
    const given = new Float32Array(3);
    const dAction = Float32Array.of(0.9, -1.7, 0.4);
    const gradients = new Float32Array(6);
    for (const dLogProb of [0, 1, -0.6]) {
      const loss = (): number => {
        distribution.transform(row, 0, noise, 0, stored, 0);
        distribution.toEnvironment(stored, 0, given, 0);
        return dLogProb * distribution.logProb + dAction.reduce((sum, d, i) => sum + d * given[i], 0);
      };
      loss();
      distribution.backwardPath(dAction, 0, dLogProb, gradients, 0);
      for (let i = 0; i < 6; i++) expect(gradients[i]).toBeCloseTo(slopeIn(row, i, loss), 3);
    }
  });

  test('its information: 1 / std^2 for means, 2 for log standard deviations, 0 where those stand at their bound', () => {
    const distribution = new SquashedGaussian(LOW, HIGH);
    distribution.evaluate(Float32Array.of(0, 0, 0, Math.log(2), 0, 9), 0, new Float32Array(3), 0);
    const product = new Float64Array(6);
    distribution.information(Float64Array.of(1, 2, 0, 3, 4, 5), product);
    [0.25, 2, 0, 6, 8, 0].forEach((expected, i) => {
      expect(product[i]).toBeCloseTo(expected, 6);
    });
  });

  test('what transform tells of an action is what evaluate tells of it', () => {
    const distribution = new SquashedGaussian(LOW, HIGH);
    const row = Float32Array.from(PARAMETERS);
    const action = new Float32Array(3);
    distribution.transform(row, 0, Float32Array.of(0.5, -1.5, 2), 0, action, 0);
    const { logProb } = distribution;
    distribution.evaluate(row, 0, action, 0);
    expect(distribution.logProb).toBeCloseTo(logProb, 5);
  });

  test('the mean of -log p over its samples is its entropy', () => {
    const distribution = new SquashedGaussian(LOW, HIGH);
    const row = Float32Array.from(PARAMETERS);
    const action = new Float32Array(3);
    const random = new Random(11);
    const draws = 40_000;
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < draws; k++) {
      distribution.sample(row, 0, random, action, 0);
      distribution.evaluate(row, 0, action, 0);
      sum -= distribution.logProb;
      squares += distribution.logProb ** 2;
    }
    const mean = sum / draws;
    const standardError = Math.sqrt((squares / draws - mean * mean) / draws);
    expect(Math.abs(mean - distribution.entropy)).toBeLessThan(5 * standardError);
  });

  test('far out it has the density of a normal one times 1 / slope', () => {
    const distribution = new SquashedGaussian([-1], [1]);
    for (const u of [-40, -15, 15, 40]) {
      distribution.evaluate(Float32Array.of(u, -3), 0, Float32Array.of(u), 0);
      // log(1 - tanh(u)^2) = log 4 - 2 |u| up to exp(-2 |u|)
      expect(distribution.logProb).toBeCloseTo(3 - 0.5 * Math.log(2 * Math.PI) - Math.log(4) + 2 * Math.abs(u), 9);
    }
  });

  test('actions keep to the bounds, whatever the network says, and a log standard deviation at its bound stands still', () => {
    const low = Float32Array.of(-0.1, 0.3);
    const high = Float32Array.of(0.7, 0.9);
    const distribution = new SquashedGaussian(low, high);
    const given = new Float32Array(2);
    for (const u of [-1e30, -20, -0.1, 3, 20, 1e30]) {
      distribution.toEnvironment(Float32Array.of(u, -u), 0, given, 0);
      for (let i = 0; i < 2; i++) {
        expect(given[i]).toBeGreaterThanOrEqual(low[i]);
        expect(given[i]).toBeLessThanOrEqual(high[i]);
      }
    }
    const gradients = new Float32Array(4);
    const row = Float32Array.of(0, 0, SQUASHED_LOG_STD_RANGE.high + 1, SQUASHED_LOG_STD_RANGE.low - 1);
    distribution.transform(row, 0, Float32Array.of(1, 1), 0, new Float32Array(2), 0);
    distribution.backwardPath(Float32Array.of(1, 1), 0, 1, gradients, 0);
    expect(gradients[2]).toBeCloseTo(0, 12);
    expect(gradients[3]).toBeCloseTo(0, 12);
    expect(Number.isFinite(distribution.logProb)).toBe(true);
  });

  test('needs finite bounds', () => {
    expect(() => createDistribution('squashed-gaussian', new Box(-1, Infinity, [2]), 'network')).toThrow(
      /squashed-gaussian.*finite bounds/s,
    );
  });
});
