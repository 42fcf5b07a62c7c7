import type { SignalMap } from './signal.ts';

/** Of the noise: least squares that leave nothing would make the likelihood infinite. */
const leastVariance = 1e-12;

/**
 * Fluorescence: each error is followed by a transient that decays with `kernel` seconds,
 *
 *     y_t = offset + gain s_t + noise,    s_t = exp(-bin / kernel) s_(t-1) + delta_t,
 *
 * with normal noise. Offset, gain (not below zero) and noise are those of least squares.
 */
export function photometry(binSeconds: number): SignalMap {
  return {
    id: 'photometry',
    searched: [{ name: 'kernel', low: binSeconds / 4, high: 5, logarithmic: true }],
    solved: ['offset', 'gain', 'noise'],

    prepare(signal, used) {
      const bins = signal.length;
      const transients = new Float64Array(bins);
      let count = 0;
      let sumY = 0;
      for (let bin = 0; bin < bins; bin++) {
        if (!used[bin]) continue;
        count++;
        sumY += signal[bin];
      }
      const meanY = sumY / count;
      let yy = 0;
      for (let bin = 0; bin < bins; bin++) if (used[bin]) yy += (signal[bin] - meanY) ** 2;

      return (errors, [kernel]) => {
        const meanX = drive(transients, errors, decayOf(kernel), used) / count;
        let xx = 0;
        let xy = 0;
        for (let bin = 0; bin < bins; bin++) {
          if (!used[bin]) continue;
          const x = transients[bin] - meanX;
          xx += x * x;
          xy += x * (signal[bin] - meanY);
        }
        const gain = xx > 0 ? Math.max(xy / xx, 0) : 0;
        const offset = meanY - gain * meanX;
        const squares = Math.max(yy - 2 * gain * xy + gain * gain * xx, 0);
        const variance = Math.max(squares / count, leastVariance);
        return {
          solved: [offset, gain, Math.sqrt(variance)],
          logLikelihood: -0.5 * (count * Math.log(2 * Math.PI * variance) + squares / variance),
        };
      };
    },

    expected(errors, [kernel], [offset, gain]) {
      const transients = new Float64Array(errors.length);
      drive(transients, errors, decayOf(kernel));
      return transients.map((x) => offset + gain * x);
    },

    logLikelihood(signal, expected, { 2: noise }, used) {
      const constant = -0.5 * Math.log(2 * Math.PI * noise * noise);
      let sum = 0;
      for (let bin = 0; bin < used.length; bin++) {
        if (used[bin]) sum += constant - (signal[bin] - expected[bin]) ** 2 / (2 * noise * noise);
      }
      return sum;
    },
  };

  function decayOf(kernel: number): number {
    return Math.exp(-binSeconds / kernel);
  }
}

/** Writes the transients that errors set off. @returns their sum over the bins that are used */
function drive(transients: Float64Array, errors: Float64Array, decay: number, used?: Uint8Array): number {
  let state = 0;
  let sum = 0;
  for (let bin = 0; bin < errors.length; bin++) {
    state = decay * state + errors[bin];
    transients[bin] = state;
    if (used?.[bin]) sum += state;
  }
  return sum;
}
