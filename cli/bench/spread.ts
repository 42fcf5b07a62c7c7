import { quantile } from '../../src/estimators/statistics.ts';

/** Measurements of one thing over several rounds. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), least: Math.min(...values), most: Math.max(...values) };
}

/** Round by round, so that other load on the machine, which comes and goes, falls on both. */
export function ratiosOf(mine: readonly number[], theirs: readonly number[]): number[] {
  return mine.map((value, round) => value / theirs[round]);
}

/** Measures each in turn, A B A B ..., and gives what each came to, round by round. */
export async function inTurns(rounds: number, measurements: readonly (() => Promise<number>)[]): Promise<number[][]> {
  const values: number[][] = measurements.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [k, measure] of measurements.entries()) values[k].push(await measure());
  }
  return values;
}
