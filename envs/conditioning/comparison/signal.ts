/** How an error shows in what is recorded. Signals are one number a bin; NaN where nothing is known. */
export interface SignalMap {
  id: 'photometry' | 'spikes';
  /** Numbers of its own that are fitted: by search, and beside it in closed form or by Newton's method. */
  searched: readonly { name: string; low: number; high: number; logarithmic?: boolean }[];
  solved: readonly string[];
  /**
   * The numbers that make the signal most likely, given the errors.
   *
   * @param used 1 for the bins that count
   */
  solve(signal: Float64Array, errors: Float64Array, searched: ArrayLike<number>, used: Uint8Array): SignalFit;
}

export interface SignalFit {
  solved: number[];
  /** What is expected in each bin. */
  expected: Float64Array;
  /** Log-likelihood of a bin of the signal. */
  logLikelihood(bin: number): number;
}

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
    solve(signal, errors, [kernel]: number[], used) {
      const decay = Math.exp(-binSeconds / kernel);
      const driven = new Float64Array(errors.length);
      let state = 0;
      let count = 0;
      let meanX = 0;
      let meanY = 0;
      for (let bin = 0; bin < driven.length; bin++) {
        state = decay * state + errors[bin];
        driven[bin] = state;
        if (!used[bin]) continue;
        count++;
        meanX += (state - meanX) / count;
        meanY += (signal[bin] - meanY) / count;
      }
      let xx = 0;
      let xy = 0;
      let yy = 0;
      for (let bin = 0; bin < driven.length; bin++) {
        if (!used[bin]) continue;
        const x = driven[bin] - meanX;
        const y = signal[bin] - meanY;
        xx += x * x;
        xy += x * y;
        yy += y * y;
      }
      const gain = xx > 0 ? Math.max(xy / xx, 0) : 0;
      const offset = meanY - gain * meanX;
      const variance = Math.max((yy - 2 * gain * xy + gain * gain * xx) / count, 1e-12);
      const expected = driven.map((x) => offset + gain * x);
      const constant = -0.5 * Math.log(2 * Math.PI * variance);
      return {
        solved: [offset, gain, Math.sqrt(variance)],
        expected,
        logLikelihood: (bin) => constant - (signal[bin] - expected[bin]) ** 2 / (2 * variance),
      };
    },
  };
}

/** Newton steps at the most; the likelihood is concave and a few do. */
const newtonSteps = 25;
/** Of the coefficients: holds those that the signal says nothing of. */
const ridge = 1e-6;

/**
 * Spikes: counts are Poisson with a rate that is rectified softly,
 *
 *     rate_t = ln(1 + exp(baseline + gainPositive max(delta_t, 0) + gainNegative min(delta_t, 0))),
 *
 * in spikes a second, gains not below zero. The likelihood is concave in the three (Paninski 2004), which are found by Newton's method.
 */
export function spikes(binSeconds: number): SignalMap {
  return {
    id: 'spikes',
    searched: [],
    solved: ['baseline', 'gainPositive', 'gainNegative'],
    solve(signal, errors, _, used) {
      const scale = Math.max(1e-9, rootMeanSquare(errors));
      const coefficients = startOf(signal, used, binSeconds);
      const linear = (bin: number) => {
        const x = errors[bin] / scale;
        return coefficients[0] + (x > 0 ? coefficients[1] : coefficients[2]) * x;
      };
      const total = () => {
        let sum = -0.5 * ridge * coefficients.reduce((squares, c) => squares + c * c, 0);
        for (let bin = 0; bin < signal.length; bin++) {
          if (!used[bin]) continue;
          const rate = softplus(linear(bin)) * binSeconds;
          sum += signal[bin] * Math.log(rate) - rate;
        }
        return sum;
      };
      let best = total();
      for (let step = 0; step < newtonSteps; step++) {
        const gradient = coefficients.map((c) => -ridge * c);
        const information = new Float64Array(9);
        for (let i = 0; i < 9; i += 4) information[i] = ridge;
        for (let bin = 0; bin < signal.length; bin++) {
          if (!used[bin]) continue;
          const x = errors[bin] / scale;
          const eta = linear(bin);
          const rate = softplus(eta);
          const slope = 1 / (1 + Math.exp(-eta));
          const residual = (signal[bin] / rate - binSeconds) * slope;
          // Fisher information: the expected curvature, never below zero.
          const weight = (binSeconds * slope * slope) / rate;
          const i = x > 0 ? 1 : 2;
          gradient[0] += residual;
          information[0] += weight;
          if (x === 0) continue;
          gradient[i] += residual * x;
          information[i] += weight * x;
          information[4 * i] += weight * x * x;
        }
        // Where a gain has come down to zero and would go on, it stays.
        for (let i = 1; i < 3; i++) {
          if (coefficients[i] > 0 || gradient[i] > 0) continue;
          gradient[i] = 0;
          information[i] = 0;
        }
        const move = solveArrow(information, gradient);
        const from = coefficients.slice();
        let share = 1;
        let reached = Number.NEGATIVE_INFINITY;
        for (; share > 1e-4; share /= 2) {
          coefficients[0] = from[0] + share * move[0];
          for (let i = 1; i < 3; i++) coefficients[i] = Math.max(from[i] + share * move[i], 0);
          reached = total();
          if (reached >= best) break;
        }
        if (!(reached > best + 1e-9)) {
          if (!(reached >= best)) coefficients.splice(0, 3, ...from);
          break;
        }
        best = reached;
      }
      const expected = errors.map((_, bin) => softplus(linear(bin)) * binSeconds);
      return {
        solved: [coefficients[0], coefficients[1] / scale, coefficients[2] / scale],
        expected,
        logLikelihood: (bin) => signal[bin] * Math.log(expected[bin]) - expected[bin] - logFactorial(signal[bin]),
      };
    },
  };
}

/** ln(1 + e^x), and never nothing: a rate of zero could not have given a spike. */
export function softplus(x: number): number {
  return Math.max(x > 30 ? x : Math.log1p(Math.exp(x)), 1e-9);
}

function startOf(signal: Float64Array, used: Uint8Array, binSeconds: number): number[] {
  let count = 0;
  let sum = 0;
  for (let bin = 0; bin < signal.length; bin++) {
    if (!used[bin]) continue;
    count++;
    sum += signal[bin];
  }
  const rate = Math.max(sum / count / binSeconds, 1e-3);
  return [rate > 30 ? rate : Math.log(Math.expm1(rate)), 0, 0];
}

/** Solves a symmetric 3 x 3 system whose second and third unknown meet in the first only. */
function solveArrow(matrix: Float64Array, right: readonly number[]): [number, number, number] {
  const [a, b, c] = [matrix[0], matrix[1], matrix[2]];
  const [d, e] = [matrix[4], matrix[8]];
  const first = (right[0] - (b * right[1]) / d - (c * right[2]) / e) / (a - (b * b) / d - (c * c) / e);
  return [first, (right[1] - b * first) / d, (right[2] - c * first) / e];
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}
