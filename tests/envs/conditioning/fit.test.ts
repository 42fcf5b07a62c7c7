import { describe, expect, test } from '@jest/globals';
import { alignBins, columnMeans, groupRows } from '../../../envs/conditioning/aligned.ts';
import { hiddenTaskOf } from '../../../envs/conditioning/comparison/hidden-task.ts';
import {
  errorModel,
  errorModels,
  fitModel,
  photometry,
  recover,
  recoveryDefaults,
  spikes,
  syntheticSignal,
  tellingSession,
} from '../../../envs/conditioning/index.ts';
import { Random } from '../../../src/core/random.ts';

const quick = { starts: 2, evaluations: 120, folds: 0, seed: 0 };
const session = tellingSession(100, new Random(1));

test('the hidden task of a table of events, by hand', () => {
  const at = (time: number, event: string) => ({ time, event, magnitude: 1 });
  const events = [
    at(0, 'a'),
    at(1, 'reward'),
    at(10, 'a'),
    at(12, 'reward'),
    at(20, 'b'),
    at(30, 'a'),
    at(39, 'reward'),
  ];
  const { cues } = hiddenTaskOf(events, 0.5, 50, 4);
  // The last reward comes too late to be put down to its cue. 2 and 4 bins of 100 lie between cues and rewards.
  expect(cues).toEqual([
    {
      name: 'a',
      delays: [
        { seconds: 1, probability: 0.5 },
        { seconds: 2, probability: 0.5 },
      ],
      rewardProbability: 2 / 3,
      hazard: 3 / 94,
    },
    { name: 'b', delays: [], rewardProbability: 0, hazard: 1 / 94 },
  ]);
});

describe('signals', () => {
  test('photometry: least squares by hand', () => {
    // With a kernel that is over within a bin, the signal is offset + gain x error.
    const errors = Float64Array.of(0, 1, 2, 3, 9);
    const signal = Float64Array.of(1, 3, 4, 8, Number.NaN);
    const map = photometry(1);
    const { solved, logLikelihood } = map.prepare(signal, Uint8Array.of(1, 1, 1, 1, 0))(errors, [0.01]);
    const [offset, gain, noise] = solved;
    // Slope 11 / 5, intercept 4 - 3.3; squares left: 26 - 5 x 2.2^2 = 1.8.
    expect([gain, offset]).toEqual([expect.closeTo(2.2, 9), expect.closeTo(0.7, 9)]);
    expect(noise).toBeCloseTo(Math.sqrt(1.8 / 4), 9);
    expect(logLikelihood).toBeCloseTo(4 * -0.5 * Math.log(2 * Math.PI * 0.45) - 1.8 / 0.9, 9);
    // The first bin, 0.3 above what is expected there, by itself.
    const expected = map.expected(errors, [0.01], solved);
    const first = Uint8Array.of(1, 0, 0, 0, 0);
    expect(map.logLikelihood(signal, expected, solved, first)).toBeCloseTo(
      -0.5 * Math.log(2 * Math.PI * 0.45) - 0.3 ** 2 / 0.9,
      9,
    );
  });

  test('spikes: no other coefficients are more likely', () => {
    const random = new Random(3);
    const errors = Float64Array.from({ length: 4000 }, () => (random.double() < 0.3 ? random.normal() : 0));
    const map = spikes(0.2);
    const rate = (x: number) => Math.log1p(Math.exp(4 + (x > 0 ? 6 : 2) * x));
    const counts = errors.map((x) => {
      let count = -1;
      for (let time = 0; time <= 0.2 * rate(x); time += random.exponential()) count++;
      return count;
    });
    const used = new Uint8Array(4000).fill(1);
    const { solved } = map.prepare(counts, used)(errors, []);
    // Standard errors are about 0.1.
    expect(solved[0]).toBeCloseTo(4, 0);
    expect(Math.abs(solved[1] - 6)).toBeLessThan(0.6);
    expect(Math.abs(solved[2] - 2)).toBeLessThan(0.6);
    const total = ([b, up, down]: readonly number[]) =>
      errors.reduce((sum, x, i) => {
        const r = 0.2 * Math.log1p(Math.exp(b + (x > 0 ? up : down) * x));
        return sum + counts[i] * Math.log(r) - r;
      }, 0);
    for (let i = 0; i < 3; i++) {
      for (const step of [-0.01, 0.01]) {
        expect(total(solved.map((c, k) => (k === i ? c + step : c)))).toBeLessThan(total(solved));
      }
    }
  });

  test('spikes: a gain does not go below zero, even if the cell falls silent at good news', () => {
    const errors = Float64Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : i % 4 === 2 ? -1 : 0));
    const counts = errors.map((x) => (x === 0 ? 2 : x > 0 ? 0 : 4));
    const { solved } = spikes(0.2).prepare(counts, new Uint8Array(400).fill(1))(errors, []);
    expect([solved[1], solved[2]]).toEqual([0, 0]);
    expect(Math.log1p(Math.exp(solved[0])) * 0.2).toBeCloseTo(2, 4);
  });
});

describe('fits', () => {
  test('find both rates of Rescorla-Wagner in a signal without noise', () => {
    const model = errorModel('rescorla-wagner');
    const { signal, parameters } = syntheticSignal(model, session, photometry(0.2), 1e-6, new Random(5));
    const fit = fitModel(model, session, signal, photometry(0.2), { ...quick, evaluations: 400 });
    for (const [name, value] of Object.entries(parameters)) expect(fit.parameters[name] / value).toBeCloseTo(1, 2);
    expect(fit.parameters.kernel).toBeCloseTo(0.6, 2);
  });

  test('AIC and BIC are what they are defined as; missing bins do not count', () => {
    const model = errorModel('td');
    const { signal } = syntheticSignal(model, session, photometry(0.2), 1, new Random(6));
    const holed = signal.map((value, bin) => (bin % 3 === 0 ? Number.NaN : value));
    const fit = fitModel(model, session, holed, photometry(0.2), quick);
    expect([fit.free, fit.bins]).toEqual([7, holed.filter((value) => !Number.isNaN(value)).length]);
    expect(fit.aic).toBeCloseTo(14 - 2 * fit.logLikelihood, 9);
    expect(fit.bic).toBeCloseTo(7 * Math.log(fit.bins) - 2 * fit.logLikelihood, 9);
  });

  test('what is held out is best told by the model that made it', () => {
    const model = errorModel('belief-state');
    const { signal } = syntheticSignal(model, session, photometry(0.2), 1, new Random(7));
    const [own, other] = [model, errorModel('rescorla-wagner')].map(
      (one) => fitModel(one, session, signal, photometry(0.2), { ...quick, folds: 3 }).crossValidated,
    );
    expect(own).toBeGreaterThan(other);
  });
});

test('models are found again: the one that made a recording has the least BIC, and its rates are those drawn', () => {
  const models = ['rescorla-wagner', 'td', 'belief-state', 'anccr'].map(errorModel);
  const { confusion, correlations } = recover(models, photometry, {
    ...recoveryDefaults,
    datasets: 6,
    noise: 0.5,
    trials: 100,
  });
  const right = confusion.reduce((sum, row, i) => sum + row[i], 0) / models.length;
  expect(right).toBeGreaterThanOrEqual(0.8);
  for (const { alpha, alphaPositive } of correlations) expect(alpha ?? alphaPositive).toBeGreaterThan(0.8);
}, 240_000);

test('every model gives one error a bin, and the same again', () => {
  for (const model of errorModels) {
    const middle = model.parameters.map(({ low, high }) => Math.sqrt(Math.max(low, 0.01) * high));
    const errorsOf = model.prepare(session);
    const once = errorsOf(middle);
    expect(once).toHaveLength(session.binned.bins);
    expect(once.every(Number.isFinite)).toBe(true);
    // Nothing is left of other parameters that were tried in between.
    const copy = once.slice();
    errorsOf(model.parameters.map(({ low, high }) => 0.9 * high + 0.1 * low));
    expect(once).toEqual(copy);
    expect(errorsOf(middle)).toEqual(once);
    expect(model.prepare(session)(middle)).toEqual(once);
  }
});

test('series are cut about events, averaged and grouped', () => {
  const rows = alignBins([0, 1, 2, 3, 4], [1, 3], 1, 2);
  expect(rows.map((row) => Array.from(row))).toEqual([
    [0, 1, 2],
    [2, 3, 4],
  ]);
  expect(Array.from(alignBins([5], [0], 1, 1)[0])).toEqual([Number.NaN, 5]);
  expect(Array.from(columnMeans([Float64Array.of(1, Number.NaN), Float64Array.of(3, 4)]))).toEqual([2, 4]);
  expect(
    groupRows(
      [1, 2, 3, 4, 5].map((x) => Float64Array.of(x)),
      3,
    ).map((row) => row[0]),
  ).toEqual([1.5, 3.5, 5]);
});
