/** How an error shows in what is recorded. Signals are one number a bin; NaN where nothing is known. */
export interface SignalMap {
  id: 'photometry' | 'spikes';
  /** Numbers of its own that are fitted: by search, and beside it in closed form or by Newton's method. */
  searched: readonly { name: string; low: number; high: number; logarithmic?: boolean }[];
  solved: readonly string[];
  /**
   * Does once for a signal what does not depend on errors: a fit holds hundreds of series of them against it.
   *
   * @param used 1 for the bins that count
   */
  prepare(signal: Float64Array, used: Uint8Array): SignalSolver;
  /** What is to be expected in each bin. */
  expected(errors: Float64Array, searched: readonly number[], solved: readonly number[]): Float64Array;
  /** Of the bins that are used, all together, about what is expected there. */
  logLikelihood(signal: Float64Array, expected: Float64Array, solved: readonly number[], used: Uint8Array): number;
}

/** The numbers that make the signal most likely, given the errors, and how likely they make it. */
export type SignalSolver = (errors: Float64Array, searched: readonly number[]) => SignalFit;

export interface SignalFit {
  solved: readonly number[];
  /** Of the bins that are used, all together. */
  logLikelihood: number;
}
