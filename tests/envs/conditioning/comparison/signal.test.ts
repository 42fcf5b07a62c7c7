import { describe, expect, test } from '@jest/globals';
import { photometry, type SignalMap, spikes } from '../../../../envs/conditioning/index.ts';
import { Random } from '../../../../src/core/random.ts';

/** A signal held against one series of errors. */
function solve(map: SignalMap, signal: Float64Array, errors: Float64Array, searched: number[], used: Uint8Array) {
  const { solved, logLikelihood } = map.prepare(signal, used)(errors, searched);
  return { solved, logLikelihood, expected: map.expected(errors, searched, solved) };
}

test.each([
  ['photometry', photometry(0.2), [0.6]],
  ['spikes', spikes(0.2), []],
] as const)(
  '%s: what is likeliest is as likely as it says, whatever was held against the signal before',
  (_, map, searched) => {
    const random = new Random(8);
    const series = () => Float64Array.from({ length: 500 }, () => (random.double() < 0.6 ? 0 : random.normal()));
    const errors = series();
    const signal = errors.map((error) => Math.floor(3 + random.normal() + (error > 0 ? 2 : 0.5) * error)).map(Math.abs);
    const used = errors.map(() => (random.double() < 0.8 ? 1 : 0));
    const counted = Uint8Array.from(used);
    const solver = map.prepare(signal, counted);
    const first = solver(errors, searched);
    const expected = map.expected(errors, searched, first.solved);
    expect(first.logLikelihood).toBeCloseTo(map.logLikelihood(signal, expected, first.solved, counted), 9);
    expect(solver(series(), searched)).not.toEqual(first);
    expect(solver(errors, searched)).toEqual(first);
  },
);

describe('photometry', () => {
  test('by hand: a transient that halves each bin, bins that do not count included', () => {
    const kernel = 0.2 / Math.LN2;
    const errors = Float64Array.of(0, 4, 0, 2, 0);
    // Driven by them: 0, 4, 2, 3, 1.5. The signal is 1 + 2 x that, where it counts.
    const signal = Float64Array.of(1, 9, Number.NaN, 7, 4);
    const { solved, expected } = solve(photometry(0.2), signal, errors, [kernel], Uint8Array.of(1, 1, 0, 1, 1));
    expect(solved[0]).toBeCloseTo(1, 12);
    expect(solved[1]).toBeCloseTo(2, 12);
    expect(Array.from(expected)).toEqual([1, 9, 5, 7, 4].map((value) => expect.closeTo(value, 9)));
  });

  test('a gain that would be below zero is none: the mean, and the deviation about it', () => {
    const { solved, expected } = solve(
      photometry(1),
      Float64Array.of(3, 2, 1),
      Float64Array.of(0, 1, 2),
      [0.01],
      Uint8Array.of(1, 1, 1),
    );
    expect(solved).toEqual([2, 0, expect.closeTo(Math.sqrt(2 / 3), 12)]);
    expect(Array.from(expected)).toEqual([2, 2, 2]);
  });

  test('no other numbers are likelier', () => {
    const random = new Random(2);
    const errors = Float64Array.from({ length: 300 }, () => random.normal());
    const signal = errors.map((error) => 0.5 + 0.7 * error + random.normal());
    const used = new Uint8Array(300).fill(1);
    const { solved, logLikelihood } = solve(photometry(1), signal, errors, [0.01], used);
    const total = ([offset, gain, noise]: readonly number[]) =>
      signal.reduce(
        (sum, y, i) =>
          sum - 0.5 * Math.log(2 * Math.PI * noise ** 2) - (y - offset - gain * errors[i]) ** 2 / (2 * noise ** 2),
        0,
      );
    const own = total(solved);
    expect(logLikelihood).toBeCloseTo(own, 6);
    for (let i = 0; i < 3; i++) {
      for (const step of [-0.01, 0.01]) expect(total(solved.map((c, k) => (k === i ? c + step : c)))).toBeLessThan(own);
    }
  });
});

describe('spikes', () => {
  test('likelihoods are those of Poisson', () => {
    const map = spikes(0.5);
    const signal = Float64Array.of(0, 3, 1, 4);
    const fit = solve(map, signal, new Float64Array(4), [], new Uint8Array(4).fill(1));
    // Without errors the rate is the mean: 2 a bin, 4 a second, but for what holds coefficients where nothing is told.
    expect(Array.from(fit.expected)).toEqual(new Array(4).fill(expect.closeTo(2, 4)));
    expect(fit.solved[0]).toBeCloseTo(Math.log(Math.expm1(4)), 4);
    const of = (bin: number) =>
      map.logLikelihood(signal, fit.expected, fit.solved, new Uint8Array(4).fill(1, bin, bin + 1));
    expect(of(0)).toBeCloseTo(-2, 4);
    expect(of(1)).toBeCloseTo(3 * Math.log(2) - 2 - Math.log(6), 4);
    expect(of(3)).toBeCloseTo(4 * Math.log(2) - 2 - Math.log(24), 4);
  });

  test('bins that do not count do not change what is found', () => {
    const errors = Float64Array.of(0, 1, 0, 1, 0, -1, 1);
    const all = solve(
      spikes(0.5),
      Float64Array.of(1, 4, 2, 5, 1, 0, 3),
      errors,
      [],
      Uint8Array.of(1, 1, 1, 1, 1, 1, 0),
    );
    const holed = Float64Array.of(1, 4, 2, 5, 1, 0, Number.NaN);
    const other = solve(spikes(0.5), holed, errors, [], Uint8Array.of(1, 1, 1, 1, 1, 1, 0));
    expect(other.solved).toEqual(all.solved);
    expect(all.solved.every(Number.isFinite)).toBe(true);
  });

  test('whatever the cell: the likelihood is level where a gain is free, and falls where it is held at zero', () => {
    const binSeconds = 0.2;
    let held = 0;
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed);
      const scale = 10 ** random.uniform(-2, 1);
      const [baseline, up, down] = [random.uniform(0, 20), random.uniform(-8, 8), random.uniform(-8, 8)];
      const errors = Float64Array.from({ length: 200 }, () => (random.double() < 0.5 ? scale * random.normal() : 0));
      const counts = errors.map((error) => {
        const mean = binSeconds * Math.log1p(Math.exp(baseline + ((error > 0 ? up : down) * error) / scale));
        let count = -1;
        for (let time = 0; time <= mean; time += random.exponential()) count++;
        return count;
      });
      const { solved } = solve(spikes(binSeconds), counts, errors, [], new Uint8Array(200).fill(1));
      const total = (at: readonly number[]) =>
        errors.reduce((sum, error, bin) => {
          const rate = binSeconds * Math.log1p(Math.exp(at[0] + (error > 0 ? at[1] : at[2]) * error));
          return sum + counts[bin] * Math.log(rate) - rate;
        }, 0);
      solved.forEach((coefficient, i) => {
        // In units in which errors are about one.
        const step = 1e-4 / (i === 0 ? 1 : scale);
        const moved = (by: number) => total(solved.map((c, k) => (k === i ? c + by : c)));
        if (i > 0 && coefficient === 0) {
          held++;
          expect((moved(step) - moved(0)) / 1e-4).toBeLessThan(0.02);
        } else expect(Math.abs(moved(step) - moved(-step)) / 2e-4).toBeLessThan(0.02);
      });
    }
    expect(held).toBeGreaterThan(20);
  });
});
