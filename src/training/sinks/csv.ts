import { UserError } from '../../core/errors.ts';
import { openAppendFile } from './append-file.ts';
import type { MetricSink, SinkOptions } from './sink.ts';

export interface CsvSinkOptions extends SinkOptions {
  /** All columns, in order. A row may leave some out but not add any. */
  columns: readonly string[];
}

/**
 * A comma-separated file: a header, then one line a row. Numbers are in the shortest form that reads back to the same
 * double; NaN and absent values are empty cells.
 *
 * @throws UserError when a column name would need quoting or the file cannot be written.
 */
export function openCsvSink(path: string, { columns, resumeAt }: CsvSinkOptions): MetricSink {
  const unfit = columns.find((name) => /[",\r\n]/.test(name));
  if (unfit !== undefined) {
    throw new UserError(`expected column names without commas, quotes and line breaks, got ${JSON.stringify(unfit)}`);
  }
  const known = new Set(columns);
  const file = openAppendFile(path, resumeAt);
  if (file.position() === 0) file.write(`${columns.join(',')}\n`);
  return {
    write(row) {
      const stranger = Object.keys(row).find((name) => !known.has(name));
      if (stranger !== undefined) throw new Error(`${path} has no column "${stranger}"`);
      file.write(`${columns.map((name) => formatNumber(row[name])).join(',')}\n`);
    },
    flush: file.flush,
    close: file.close,
    position: file.position,
  };
}

function formatNumber(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  // String() loses the sign of negative zero.
  return Object.is(value, -0) ? '-0' : String(value);
}
