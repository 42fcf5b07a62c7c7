import { describe, expect, test } from '@jest/globals';
import {
  errorModel,
  errorModels,
  fitModel,
  photometry,
  spikes,
  syntheticSignal,
  tellingSession,
} from '../../../../envs/conditioning/index.ts';
import { Random } from '../../../../src/core/random.ts';

const session = tellingSession(100, new Random(1));
const rescorlaWagner = errorModel('rescorla-wagner');

describe('synthetic recordings', () => {
  test('are the same for the same seed, and others for others', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      const drawn = tellingSession(30, random);
      return [drawn, syntheticSignal(errorModel('anccr'), drawn, photometry(0.2), 1, random)];
    };
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });

  test('without noise: taking the transients out again leaves the errors', () => {
    for (const model of errorModels) {
      const { signal, parameters } = syntheticSignal(model, session, photometry(0.2), 0, new Random(2));
      const errors = model.prepare(session)(Object.values(parameters));
      const decay = Math.exp(-0.2 / 0.6);
      errors.forEach((error, bin) => {
        expect(Math.abs(signal[bin] - 1 - (bin > 0 ? decay * (signal[bin - 1] - 1) : 0) - error)).toBeLessThan(1e-9);
      });
    }
  });

  test('noise is as strong as told, in deviations of the signal', () => {
    const [clean, noisy] = [0, 2].map(
      (noise) => syntheticSignal(rescorlaWagner, session, photometry(0.2), noise, new Random(3)).signal,
    );
    const deviation = (values: Float64Array) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    };
    // Over some 6000 bins the standard error is 0.02.
    expect(Math.abs(deviation(noisy.map((value, bin) => value - clean[bin])) / deviation(clean) - 2)).toBeLessThan(0.1);
  });

  test('spikes: 5 a second where nothing surprises', () => {
    const { signal, parameters } = syntheticSignal(rescorlaWagner, session, spikes(0.2), 1, new Random(4));
    const errors = rescorlaWagner.prepare(session)(Object.values(parameters));
    const quiet = signal.filter((_, bin) => errors[bin] === 0);
    const mean = quiet.reduce((sum, count) => sum + count, 0) / quiet.length;
    const variance = quiet.reduce((sum, count) => sum + (count - mean) ** 2, 0) / quiet.length;
    expect(quiet.length).toBeGreaterThan(3000);
    // Poisson: mean and variance are the same, 0.2 ln(1 + e^5). Standard errors are 0.02 and 0.03.
    expect(Math.abs(mean - 0.2 * Math.log1p(Math.exp(5)))).toBeLessThan(0.07);
    expect(Math.abs(variance - mean)).toBeLessThan(0.12);
    expect(signal.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
  });

  test('spikes of neurons that answer alike add up', () => {
    const [one, many] = [1, 20].map(
      (neurons) => syntheticSignal(rescorlaWagner, session, spikes(0.2), 1, new Random(4), neurons).signal,
    );
    const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);
    expect(Math.abs(total(many) / total(one) / 20 - 1)).toBeLessThan(0.05);
  });

  test('parameters that tell nothing elsewhere are drawn from where they tell, all of it', () => {
    const model = errorModel('distributional');
    const drawn = Array.from(
      { length: 200 },
      (_, seed) => syntheticSignal(model, session, photometry(0.2), 1, new Random(seed)).parameters,
    );
    for (const { alpha, tau } of drawn) {
      expect(alpha).toBeGreaterThanOrEqual(0.03);
      expect(alpha).toBeLessThanOrEqual(0.2);
      expect(Math.abs(tau - 0.5)).toBeGreaterThanOrEqual(0.15);
      expect(Math.abs(tau - 0.5)).toBeLessThanOrEqual(0.3);
    }
    // Half of them on either side of one half: the standard error is 7.
    const above = drawn.filter(({ tau }) => tau > 0.5).length;
    expect(Math.abs(above - 100)).toBeLessThan(30);
  });

  test('other parameters are drawn from the middle of their bounds', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { parameters } = syntheticSignal(rescorlaWagner, session, photometry(0.2), 1, new Random(seed));
      for (const { name, low, high } of rescorlaWagner.parameters) {
        const place = Math.log(parameters[name] / low) / Math.log(high / low);
        expect(Math.abs(place - 0.5)).toBeLessThanOrEqual(0.3);
      }
    }
  });
});

test('parameters that explain noise alone fit better, and do not tell better what is held out', () => {
  // Rescorla-Wagner, and with it five numbers for what has nothing to do with the signal.
  const random = new Random(11);
  const noise = Array.from({ length: 5 }, () =>
    Float64Array.from({ length: session.binned.bins }, () => random.normal()),
  );
  const more = {
    ...rescorlaWagner,
    id: 'more',
    parameters: [...rescorlaWagner.parameters, ...noise.map((_, k) => ({ name: `noise ${k}`, low: -0.5, high: 0.5 }))],
    prepare:
      (own: typeof session) =>
      ([up, down, ...shares]: readonly number[]) =>
        rescorlaWagner
          .prepare(own)([up, down])
          .map((error, bin) => noise.reduce((sum, series, k) => sum + shares[k] * series[bin], error)),
  };
  let ahead = 0;
  for (let seed = 0; seed < 3; seed++) {
    const { signal } = syntheticSignal(rescorlaWagner, session, photometry(0.2), 1, new Random(20 + seed));
    const settings = { starts: 1, evaluations: 500, folds: 3, seed: 0 };
    const [simple, rich] = [rescorlaWagner, more].map((one) =>
      fitModel(one, session, signal, photometry(0.2), settings),
    );
    expect(rich.free - simple.free).toBe(5);
    expect(rich.logLikelihood).toBeGreaterThan(simple.logLikelihood);
    expect(rich.bic).toBeGreaterThan(simple.bic);
    ahead += simple.crossValidated - rich.crossValidated;
  }
  expect(ahead).toBeGreaterThan(0);
});

test('the likelihood is that of the bins that are known, about what is expected there', () => {
  const { signal } = syntheticSignal(rescorlaWagner, session, photometry(0.2), 1, new Random(6));
  const holed = signal.map((value, bin) => (bin % 5 === 0 ? Number.NaN : value));
  const fit = fitModel(rescorlaWagner, session, holed, photometry(0.2), {
    ...{ starts: 1, evaluations: 60, folds: 2, seed: 0 },
  });
  const residuals = holed.map((value, bin) => value - fit.expected[bin]).filter((value) => !Number.isNaN(value));
  const variance = residuals.reduce((sum, value) => sum + value * value, 0) / residuals.length;
  expect(fit.bins).toBe(residuals.length);
  expect(fit.parameters.noise).toBeCloseTo(Math.sqrt(variance), 9);
  // Of a normal with the variance of the residuals: -n / 2 (ln 2 pi s^2 + 1).
  expect(fit.logLikelihood).toBeCloseTo((-residuals.length / 2) * (Math.log(2 * Math.PI * variance) + 1), 6);
  // Each bin is held out once, and tells less than when it is fitted to.
  expect(fit.crossValidated).toBeLessThan(fit.logLikelihood);
  expect(fit.crossValidated).toBeGreaterThan(fit.logLikelihood - 30);
});
