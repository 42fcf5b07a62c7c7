import { describe, expect, test } from '@jest/globals';
import { isReparameterised } from '../../../src/policy/distributions/reparameterised.ts';
import { SoftmaxGaussian } from '../../../src/policy/distributions/softmax-gaussian.ts';

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

const noise = Float32Array.of(-0.8, 1.1, 0.3);
const dAction = Float32Array.of(0.9, -1.7, 0.4, 2.5);

describe('softmax-gaussian', () => {
  test('is reparameterised', () => {
    expect(isReparameterised(new SoftmaxGaussian(3, 'network'))).toBe(true);
  });

  test.each(['network', 'free'])('derivatives along the path, log standard deviations %s', (source) => {
    const logStd = { values: Float32Array.of(-0.5, 0.25, -1), gradients: new Float32Array(3) };
    const distribution = new SoftmaxGaussian(4, source === 'network' ? 'network' : logStd);
    const row = Float32Array.of(0.4, -1.2, 0.75, ...(source === 'network' ? logStd.values : []));
    const stored = new Float32Array(3);
    const weights = new Float32Array(4);
    const gradients = new Float32Array(row.length);
    for (const dLogProb of [0, 1, -0.6]) {
      const loss = (): number => {
        distribution.transform(row, 0, noise, 0, stored, 0);
        distribution.toEnvironment(stored, 0, weights, 0);
        return dLogProb * distribution.logProb + dAction.reduce((sum, d, i) => sum + d * weights[i], 0);
      };
      loss();
      logStd.gradients.fill(0);
      distribution.backwardPath(dAction, 0, dLogProb, gradients, 0);
      for (let i = 0; i < row.length; i++) expect(gradients[i]).toBeCloseTo(slopeIn(row, i, loss), 3);
      if (source === 'network') continue;
      for (let i = 0; i < 3; i++) expect(logStd.gradients[i]).toBeCloseTo(slopeIn(logStd.values, i, loss), 3);
    }
  });

  test('by hand: two equal parts, of which one is worth 1 more, gain a quarter by its logit', () => {
    const distribution = new SoftmaxGaussian(2, 'network');
    const gradients = new Float32Array(2);
    distribution.transform(Float32Array.of(0, 0), 0, Float32Array.of(0), 0, new Float32Array(1), 0);
    distribution.backwardPath(Float32Array.of(3, 4), 0, 0, gradients, 0);
    expect(Array.from(gradients)).toEqual([0.25, 0]);
  });

  test('what transform tells of an action is what evaluate tells of it', () => {
    const distribution = new SoftmaxGaussian(4, 'network');
    const row = Float32Array.of(0.4, -1.2, 0.75, -0.5, 0.25, -1);
    const action = new Float32Array(3);
    distribution.transform(row, 0, noise, 0, action, 0);
    const { logProb, entropy } = distribution;
    distribution.evaluate(row, 0, action, 0);
    expect(distribution.logProb).toBeCloseTo(logProb, 5);
    expect(distribution.entropy).toBeCloseTo(entropy, 10);
  });
});
