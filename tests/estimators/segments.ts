import type { Segments } from '../../src/estimators/gae.ts';

/** A batch from one row a step and environment, time-major. */
export function segments(
  numEnvs: number,
  rows: { r: number; v: number; next: number; term?: boolean; trunc?: boolean }[],
): Segments {
  return {
    numEnvs,
    steps: rows.length / numEnvs,
    rewards: Float64Array.from(rows, (row) => row.r),
    values: Float64Array.from(rows, (row) => row.v),
    nextValues: Float64Array.from(rows, (row) => row.next),
    terminated: Uint8Array.from(rows, (row) => (row.term ? 1 : 0)),
    truncated: Uint8Array.from(rows, (row) => (row.trunc ? 1 : 0)),
  };
}
