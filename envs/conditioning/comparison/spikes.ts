import type { SignalMap } from './signal.ts';

/** Newton steps at the most; the likelihood is concave and a few do. */
const newtonSteps = 25;
/** Of the log-likelihood: the search ends where a step would bring less. */
const leastGain = 1e-7;
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

    prepare(signal, used) {
      const counts: Counts = {
        ...{ binSeconds, quietBins: 0, quietSpikes: 0, moved: 0 },
        ...{ x: new Float64Array(signal.length), y: new Float64Array(signal.length) },
      };
      const start = startOf(signal, used, binSeconds);
      let constant = 0;
      for (let bin = 0; bin < signal.length; bin++) {
        if (used[bin]) constant += signal[bin] * Math.log(binSeconds) - logFactorial(signal[bin]);
      }
      return (errors) => {
        const scale = Math.max(1e-9, rootMeanSquare(errors));
        gather(counts, signal, errors, scale, used);
        const { coefficients, logLikelihood } = mostLikely(counts, start);
        const [baseline, positive, negative] = coefficients;
        return {
          solved: [baseline, positive / scale, negative / scale],
          logLikelihood: logLikelihood + constant,
        };
      };
    },

    expected: (errors, _, [baseline, positive, negative]) =>
      errors.map((error) => softplus(baseline + (error > 0 ? positive : negative) * error) * binSeconds),

    logLikelihood(signal, expected, _, used) {
      let sum = 0;
      for (let bin = 0; bin < used.length; bin++) {
        if (used[bin]) sum += signal[bin] * Math.log(expected[bin]) - expected[bin] - logFactorial(signal[bin]);
      }
      return sum;
    },
  };
}

/** The bins that count. Those without an error, which are many, all have the same rate: their sums tell as much as they do. */
interface Counts {
  binSeconds: number;
  quietBins: number;
  quietSpikes: number;
  /** The others: how many, and from the start of the arrays the error, in root mean squares, and the spikes of each. */
  moved: number;
  x: Float64Array;
  y: Float64Array;
}

function gather(counts: Counts, signal: Float64Array, errors: Float64Array, scale: number, used: Uint8Array): void {
  counts.moved = 0;
  counts.quietBins = 0;
  counts.quietSpikes = 0;
  for (let bin = 0; bin < signal.length; bin++) {
    if (!used[bin]) continue;
    if (errors[bin] === 0) {
      counts.quietBins++;
      counts.quietSpikes += signal[bin];
    } else {
      counts.x[counts.moved] = errors[bin] / scale;
      counts.y[counts.moved++] = signal[bin];
    }
  }
}

/** The penalised log-likelihood at some coefficients, but for a constant, and how it changes with them. */
interface Slopes {
  value: number;
  /** By baseline, positive and negative gain. */
  gradient: [number, number, number];
  /** Fisher information, the expected curvature, never below zero: its first row, then the rest of its diagonal. */
  row: [number, number, number];
  diagonal: [number, number, number];
}

function mostLikely(counts: Counts, start: readonly number[]): { coefficients: number[]; logLikelihood: number } {
  let coefficients = start.slice();
  let here = slopesAt(counts, coefficients);
  for (let step = 0; step < newtonSteps; step++) {
    const { gradient, row, diagonal } = here;
    // Where a gain has come down to zero and would go on, it stays.
    for (let i = 1; i < 3; i++) {
      if (coefficients[i] > 0 || gradient[i] > 0) continue;
      gradient[i] = 0;
      row[i] = 0;
    }
    const move = solveArrow(row, diagonal, gradient);
    const promised = 0.5 * (gradient[0] * move[0] + gradient[1] * move[1] + gradient[2] * move[2]);
    if (!(promised > leastGain)) break;
    let there = here;
    let moved = coefficients;
    for (let share = 1; share > 1e-4; share /= 2) {
      moved = coefficients.map((c, i) => (i === 0 ? c + share * move[i] : Math.max(c + share * move[i], 0)));
      there = slopesAt(counts, moved);
      if (there.value >= here.value) break;
    }
    if (!(there.value >= here.value)) break;
    const gained = there.value - here.value;
    coefficients = moved;
    here = there;
    if (gained < leastGain) break;
  }
  return { coefficients, logLikelihood: here.value + penaltyOf(coefficients) };
}

function slopesAt(
  { binSeconds, quietBins, quietSpikes, moved, x, y }: Counts,
  [baseline, positive, negative]: readonly number[],
): Slopes {
  const quietRate = softplus(baseline);
  const quietSlope = logistic(baseline);
  let value = quietSpikes * Math.log(quietRate) - quietBins * quietRate * binSeconds;
  let byBaseline = (quietSpikes / quietRate - quietBins * binSeconds) * quietSlope;
  let byPositive = 0;
  let byNegative = 0;
  let baselines = (quietBins * binSeconds * quietSlope * quietSlope) / quietRate;
  let baselinePositive = 0;
  let baselineNegative = 0;
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < moved; i++) {
    const eta = baseline + (x[i] > 0 ? positive : negative) * x[i];
    const decay = eta > linearFrom ? 0 : Math.exp(-Math.abs(eta));
    const rate = softplus(eta, decay);
    const slope = logistic(eta, decay);
    value -= rate * binSeconds;
    if (y[i] > 0) value += y[i] * Math.log(rate);
    const residual = (y[i] / rate - binSeconds) * slope;
    const weight = (binSeconds * slope * slope) / rate;
    byBaseline += residual;
    baselines += weight;
    if (x[i] > 0) {
      byPositive += residual * x[i];
      baselinePositive += weight * x[i];
      positives += weight * x[i] * x[i];
    } else {
      byNegative += residual * x[i];
      baselineNegative += weight * x[i];
      negatives += weight * x[i] * x[i];
    }
  }
  return {
    value: value - penaltyOf([baseline, positive, negative]),
    gradient: [byBaseline - ridge * baseline, byPositive - ridge * positive, byNegative - ridge * negative],
    row: [baselines + ridge, baselinePositive, baselineNegative],
    diagonal: [baselines + ridge, positives + ridge, negatives + ridge],
  };
}

const penaltyOf = ([a, b, c]: readonly number[]) => 0.5 * ridge * (a * a + b * b + c * c);

/** From here on ln(1 + e^x) is x, to the last digit. */
const linearFrom = 40;

/** ln(1 + e^x), and never nothing: a rate of zero could not have given a spike. @param decay e^-|x| */
export function softplus(x: number, decay = Math.exp(-Math.abs(x))): number {
  return x > linearFrom ? x : Math.max(Math.max(x, 0) + Math.log1p(decay), 1e-9);
}

/** The derivative of softplus. */
function logistic(x: number, decay = Math.exp(-Math.abs(x))): number {
  return (x > 0 ? 1 : decay) / (1 + decay);
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
function solveArrow(
  [a, b, c]: Slopes['row'],
  [, d, e]: Slopes['diagonal'],
  right: Slopes['gradient'],
): [number, number, number] {
  const first = (right[0] - (b * right[1]) / d - (c * right[2]) / e) / (a - (b * b) / d - (c * c) / e);
  return [first, (right[1] - b * first) / d, (right[2] - c * first) / e];
}

function rootMeanSquare(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum / values.length);
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}
