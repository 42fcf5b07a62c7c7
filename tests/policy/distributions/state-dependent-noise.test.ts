import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../src/core/random.ts';
import { Gaussian } from '../../../src/policy/distributions/gaussian.ts';
import { isReparameterised } from '../../../src/policy/distributions/reparameterised.ts';
import { SquashedGaussian } from '../../../src/policy/distributions/squashed-gaussian.ts';
import { StateDependentNoise } from '../../../src/policy/distributions/state-dependent-noise.ts';

const FEATURES = 3;
/** The parameters are stored in single precision, so the step must be large and exactly representable. */
const STEP = 2 ** -8;

/** Two components; means, then features. */
const parameters = Float32Array.of(0.5, -0.25, 1, -0.5, 0.75);
const freshLogSigma = () => ({
  values: Float32Array.of(-0.5, -1, 0.25, -0.75, -2, 0),
  gradients: new Float32Array(2 * FEATURES),
});

const kinds = {
  plain: () => new Gaussian([-Infinity, -Infinity], [Infinity, Infinity], 'network'),
  squashed: () => new SquashedGaussian([-2, 0], [2, 1]),
};

test('variance, log-probability and entropy, by hand', () => {
  // Features 1 and 2; sigma 1/2 and 1/4: variance 1/4 + 1/4, and the floor of 1e-6.
  const logSigma = { values: Float32Array.of(Math.log(0.5), Math.log(0.25)), gradients: new Float32Array(2) };
  const noise = new StateDependentNoise(new Gaussian([-9], [9], 'network'), 2, logSigma);
  expect(noise.parameterSize).toBe(3);
  noise.evaluate(Float32Array.of(3, 1, 2), 0, Float32Array.of(4), 0);
  const variance = 0.5 + 1e-6;
  expect(noise.logProb).toBeCloseTo(-1 / (2 * variance) - 0.5 * Math.log(2 * Math.PI * variance), 5);
  expect(noise.entropy).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E * variance), 5);
  // d log p / d variance = (1 / variance - 1) / (2 variance) = 1 here; d variance / d log sigma_k = 2 phi_k^2 sigma_k^2 = 1/2.
  const gradients = Float32Array.of(9, 9, 9);
  noise.backward(1, 0, gradients, 0);
  expect(gradients[0]).toBeCloseTo(1 / variance, 4);
  expect(Array.from(gradients.subarray(1))).toEqual([0, 0]);
  for (const gradient of logSigma.gradients) expect(gradient).toBeCloseTo(0.5, 4);
  // Held noise of 1 for one feature and -2 for the other: 3 + 1 x 0.5 x 1 - 2 x 0.25 x 2.
  const action = new Float32Array(1);
  noise.sampleHeld(Float32Array.of(3, 1, 2), 0, Float32Array.of(1, -2), 0, action, 0);
  expect(action[0]).toBeCloseTo(2.5, 5);
});

describe.each(Object.entries(kinds))('%s', (_, inner) => {
  test('derivatives of log-probability and entropy agree with finite differences', () => {
    const logSigma = freshLogSigma();
    const noise = new StateDependentNoise(inner(), FEATURES, logSigma);
    const row = parameters.slice();
    const action = Float32Array.of(0.9, -0.6);
    for (const [dLogProb, dEntropy] of [
      [1, 0],
      [0, 1],
      [-0.7, 0.3],
    ]) {
      const loss = () => {
        noise.evaluate(row, 0, action, 0);
        return dLogProb * noise.logProb + dEntropy * noise.entropy;
      };
      const gradients = new Float32Array(row.length);
      logSigma.gradients.fill(0);
      loss();
      noise.backward(dLogProb, dEntropy, gradients, 0);
      for (const i of [0, 1]) expect(gradients[i]).toBeCloseTo(slope(row, i, loss), 3);
      // Features count as given.
      expect(Array.from(gradients.subarray(2))).toEqual([0, 0, 0]);
      logSigma.values.forEach((_, ki) => {
        expect(logSigma.gradients[ki]).toBeCloseTo(slope(logSigma.values, ki, loss), 3);
      });
    }
  });

  test('derivatives along the path of an action agree with finite differences', () => {
    const logSigma = freshLogSigma();
    const noise = new StateDependentNoise(inner(), FEATURES, logSigma);
    expect(isReparameterised(noise)).toBe(true);
    const row = parameters.slice();
    const drawn = Float32Array.of(0.8, -1.1);
    const [dAction, dLogProb] = [Float32Array.of(0.4, -1.5), 0.6];
    const action = new Float32Array(2);
    const environmentAction = new Float32Array(2);
    const loss = () => {
      noise.transform(row, 0, drawn, 0, action, 0);
      noise.toEnvironment(action, 0, environmentAction, 0);
      return dAction[0] * environmentAction[0] + dAction[1] * environmentAction[1] + dLogProb * noise.logProb;
    };
    const gradients = new Float32Array(row.length);
    loss();
    noise.backwardPath(dAction, 0, dLogProb, gradients, 0);
    for (const i of [0, 1]) expect(gradients[i]).toBeCloseTo(slope(row, i, loss), 3);
    logSigma.values.forEach((_, ki) => {
      expect(logSigma.gradients[ki]).toBeCloseTo(slope(logSigma.values, ki, loss), 3);
    });
  });

  test('samples have the density that is told: the mean of -log p is the entropy', () => {
    const noise = new StateDependentNoise(inner(), FEATURES, freshLogSigma());
    const random = new Random(11);
    const held = new Float32Array(noise.heldNoiseSize);
    const action = new Float32Array(2);
    const draws = 20_000;
    for (const draw of [
      () => noise.sample(parameters, 0, random, action, 0),
      () => {
        for (let k = 0; k < held.length; k++) held[k] = random.normal();
        noise.sampleHeld(parameters, 0, held, 0, action, 0);
      },
    ]) {
      let sum = 0;
      for (let k = 0; k < draws; k++) {
        draw();
        noise.evaluate(parameters, 0, action, 0);
        sum -= noise.logProb;
      }
      expect(Math.abs(sum / draws - noise.entropy)).toBeLessThan(0.03);
    }
  });
});

test('held noise is a linear function of the features, with exactly the variance and covariance that follow', () => {
  const logSigma = freshLogSigma();
  const noise = new StateDependentNoise(kinds.plain(), FEATURES, logSigma);
  const here = parameters;
  const there = Float32Array.of(0.5, -0.25, -1, 2, 0.25);
  const random = new Random(5);
  const held = new Float32Array(noise.heldNoiseSize);
  const [a, b] = [new Float32Array(2), new Float32Array(2)];
  const draws = 60_000;
  const moments = [0, 1].map(() => ({ here: 0, there: 0, both: 0, sum: 0 }));
  for (let n = 0; n < draws; n++) {
    for (let k = 0; k < held.length; k++) held[k] = random.normal();
    noise.sampleHeld(here, 0, held, 0, a, 0);
    noise.sampleHeld(there, 0, held, 0, b, 0);
    moments.forEach((moment, i) => {
      const [x, y] = [a[i] - here[i], b[i] - there[i]];
      moment.sum += x / draws;
      moment.here += x ** 2 / draws;
      moment.there += y ** 2 / draws;
      moment.both += (x * y) / draws;
    });
  }
  moments.forEach((moment, i) => {
    const sum = (phi: Float32Array, psi: Float32Array) => {
      let total = 0;
      for (let k = 0; k < FEATURES; k++) total += phi[2 + k] * psi[2 + k] * Math.exp(2 * logSigma.values[2 * k + i]);
      return total;
    };
    const scale = Math.sqrt(sum(here, here) * sum(there, there));
    // Standard errors are sqrt(2 / draws) = 0.6 % of the variances.
    expect(Math.abs(moment.sum)).toBeLessThan(0.02 * Math.sqrt(sum(here, here)));
    expect(Math.abs(moment.here / sum(here, here) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment.there / sum(there, there) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment.both - sum(here, there))).toBeLessThan(0.02 * scale);
  });
});

test('sigma stays in its range', () => {
  const logSigma = { values: Float32Array.of(5, -30), gradients: new Float32Array(2) };
  new StateDependentNoise(new Gaussian([-1], [1], 'network'), 2, logSigma).project();
  expect(Array.from(logSigma.values)).toEqual([2, -10]);
});

function slope(values: Float32Array, i: number, loss: () => number): number {
  const original = values[i];
  values[i] = original + STEP;
  const above = loss();
  values[i] = original - STEP;
  const below = loss();
  values[i] = original;
  return (above - below) / (2 * STEP);
}
