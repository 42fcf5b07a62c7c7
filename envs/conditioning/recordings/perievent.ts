import { UserError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { quantile } from '../../../src/estimators/statistics.ts';
import type { AlignedTrials } from './alignment.ts';

/** Averages over trials, one number a bin; NaN where no trial has a value. */
export interface PerieventAverage {
  /** Middles of the bins, s from the event. */
  times: Float64Array;
  mean: Float64Array;
  /** Standard error, sd / sqrt(n) with the divisor n - 1 in sd; NaN of a single trial. */
  sem: Float64Array;
  /** Ends of the 95 % interval of the mean, for each bin by itself. */
  low: Float64Array;
  high: Float64Array;
  /** Trials with a value. */
  counts: Int32Array;
}

export interface PerieventOptions {
  /** Bootstrap resamples. Default 1000. */
  resamples?: number;
  seed?: number;
}

/**
 * The mean over trials with its standard error and percentile intervals, from resamples of whole trials.
 *
 * @throws UserError without resamples
 * @see Efron (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7(1)
 */
export function perievent(
  aligned: AlignedTrials,
  { resamples = 1000, seed = 0 }: PerieventOptions = {},
): PerieventAverage {
  if (!(Number.isInteger(resamples) && resamples >= 1)) {
    throw new UserError(`Expected a whole number of resamples, 1 or more, but got ${resamples}.`);
  }
  const { trials, bins, values, times } = aligned;
  const mean = new Float64Array(bins);
  const counts = new Int32Array(bins);
  const present = presentIn(values);
  weightedMeans(present, new Int32Array(trials).fill(1), mean, counts);

  const sem = mean.map((average, bin) => {
    let squares = 0;
    for (let at = bin; at < values.length; at += bins) {
      if (!Number.isNaN(values[at])) squares += (values[at] - average) ** 2;
    }
    const n = counts[bin];
    return n < 2 ? Number.NaN : Math.sqrt(squares / (n - 1) / n);
  });

  const random = new Random(seed);
  const means = new Float64Array(resamples * bins);
  const drawn = new Int32Array(trials);
  const drawnCounts = new Int32Array(bins);
  for (let k = 0; k < resamples; k++) {
    drawn.fill(0);
    for (let i = 0; i < trials; i++) drawn[Math.floor(trials * random.double())]++;
    weightedMeans(present, drawn, means.subarray(k * bins, (k + 1) * bins), drawnCounts);
  }
  const [low, high] = [0.025, 0.975].map((q) =>
    mean.map((_, bin) => {
      const ofBin = Float64Array.from({ length: resamples }, (_, k) => means[k * bins + bin]);
      return quantile(ofBin.filter(isNumber), q);
    }),
  );
  return { times, mean, sem, low, high, counts };
}

const isNumber = (value: number) => !Number.isNaN(value);

/** trials x bins: values with 0 where there is none, and 1 where there is one. */
interface Present {
  values: Float64Array;
  known: Uint8Array;
}

const presentIn = (values: Float64Array): Present => ({
  values: values.map((value) => (isNumber(value) ? value : 0)),
  known: Uint8Array.from(values, (value) => (isNumber(value) ? 1 : 0)),
});

/** @param weights how often each trial counts @param means written: one a bin @param counts written: trials with a value */
function weightedMeans({ values, known }: Present, weights: Int32Array, means: Float64Array, counts: Int32Array): void {
  const bins = means.length;
  means.fill(0);
  counts.fill(0);
  for (let trial = 0; trial < weights.length; trial++) {
    const weight = weights[trial];
    if (weight === 0) continue;
    const start = trial * bins;
    for (let bin = 0; bin < bins; bin++) {
      means[bin] += weight * values[start + bin];
      counts[bin] += weight * known[start + bin];
    }
  }
  // No values make 0 / 0, which is NaN.
  for (let bin = 0; bin < bins; bin++) means[bin] /= counts[bin];
}

/** The trials of a kind, such as those after one of the cues. */
export function selectTrials(aligned: AlignedTrials, isWanted: (trial: number) => boolean): AlignedTrials {
  const { bins, values, outside, missing } = aligned;
  const wanted = Array.from({ length: aligned.trials }, (_, trial) => trial).filter(isWanted);
  const selected = new Float64Array(wanted.length * bins);
  wanted.forEach((trial, row) => {
    selected.set(values.subarray(trial * bins, (trial + 1) * bins), row * bins);
  });
  const ofWanted = (counts: Int32Array) => Int32Array.from(wanted, (trial) => counts[trial]);
  return {
    ...aligned,
    trials: wanted.length,
    values: selected,
    outside: ofWanted(outside),
    missing: ofWanted(missing),
  };
}
