import { readFileSync } from 'node:fs';
import { UserError } from '../core/errors.ts';

/** Numbers of a run by column, one for each update; NaN where a cell is empty. */
export interface ProgressTable {
  columns: string[];
  values: Record<string, number[]>;
}

/**
 * Reads a progress.csv. A last line that a crash tore off is left out.
 *
 * @throws UserError when the file is missing, has no `steps` column, or holds something other than numbers.
 */
export function readProgress(path: string): ProgressTable {
  const [header, ...lines] = readText(path).split('\n');
  const columns = header.trimEnd().split(',');
  if (!columns.includes('steps')) {
    throw new UserError(`expected ${path} to begin with a line of column names, "steps" among them, got "${header}"`);
  }
  const values: Record<string, number[]> = Object.fromEntries(columns.map((name) => [name, []]));
  // What follows the last line break is empty, or torn.
  lines.slice(0, -1).forEach((line, i) => {
    const cells = line.trimEnd().split(',');
    if (cells.length !== columns.length) {
      throw new UserError(`expected ${columns.length} cells in line ${i + 2} of ${path}, got ${cells.length}`);
    }
    cells.forEach((cell, c) => {
      const value = cell === '' ? Number.NaN : Number(cell);
      if (cell !== '' && Number.isNaN(value)) {
        throw new UserError(`expected a number under "${columns[c]}" in line ${i + 2} of ${path}, got "${cell}"`);
      }
      values[columns[c]].push(value);
    });
  });
  return { columns, values };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(`cannot read ${path}: ${(cause as Error).message}; expected the progress.csv of a run`, {
      cause,
    });
  }
}

/** A quantity over environment steps, known at every point. */
export interface Curve {
  steps: number[];
  values: number[];
}

/** Rows in which a column is known; none when the table lacks it. */
export function knownRows({ values }: ProgressTable, column: string): number[] {
  const all = values[column] ?? [];
  return all.map((_, row) => row).filter((row) => Number.isFinite(all[row]) && Number.isFinite(values.steps[row]));
}

/** The known points of a column. */
export function curveOf(table: ProgressTable, column: string): Curve {
  const rows = knownRows(table, column);
  return {
    steps: rows.map((row) => table.values.steps[row]),
    values: rows.map((row) => table.values[column][row]),
  };
}

/** Mean, smallest and largest of several runs. */
export interface Spread {
  steps: number[];
  mean: number[];
  low: number[];
  high: number[];
}

/**
 * Curves of several runs brought to common steps by linear interpolation, over the stretch that all of them cover,
 * so that no run joins or leaves half-way. Curves without points are left out.
 */
export function spreadOf(curves: readonly Curve[]): Spread {
  const runs = curves.filter(({ steps }) => steps.length > 0);
  if (runs.length === 0) return { steps: [], mean: [], low: [], high: [] };
  const start = Math.max(...runs.map(({ steps }) => steps[0]));
  const end = Math.min(...runs.map(({ steps }) => steps[steps.length - 1]));
  const densest = runs.reduce((best, run) => (run.steps.length > best.steps.length ? run : best));
  const inside = densest.steps.filter((step) => step > start && step < end);
  const steps = start < end ? [start, ...inside, end] : start === end ? [start] : [];
  const rows = runs.map((run) => interpolated(run, steps));
  const across = (pick: (values: number[]) => number): number[] => steps.map((_, i) => pick(rows.map((row) => row[i])));
  return {
    steps,
    mean: across((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: across((values) => Math.min(...values)),
    high: across((values) => Math.max(...values)),
  };
}

/** `at` ascends and lies within the curve. */
function interpolated({ steps, values }: Curve, at: readonly number[]): number[] {
  let left = 0;
  return at.map((step) => {
    while (left + 2 < steps.length && steps[left + 1] <= step) left++;
    if (steps.length === 1) return values[0];
    const part = (step - steps[left]) / (steps[left + 1] - steps[left]);
    return values[left] + part * (values[left + 1] - values[left]);
  });
}
