import type { Table } from '../src/report/types.ts';

/** The one object of `--json`, on the last line. Numbers that are none become null. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Lines in which the columns of the rows stand below each other. */
export function alignColumns(rows: readonly (readonly string[])[], alignRight: readonly boolean[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (alignRight[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

/** A table for the terminal: the first column names the rows, the others hold their figures. */
export function formatTable({ columns, rows, caption }: Table): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)));
  const lines = alignColumns(
    [columns, ...cells],
    columns.map((_, i) => i > 0),
  );
  return [...lines, ...(caption ? [caption] : [])].join('\n');
}

/** With about four significant digits, and separators in whole numbers: 12,345, 3.142, 0.0003. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (Number.isInteger(value) || Math.abs(value) >= 10_000) {
    return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  }
  return Number(value.toPrecision(4)).toString();
}

/** 45 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
