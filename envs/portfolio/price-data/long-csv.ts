import { UserError } from '../../../src/core/errors.ts';
import { readDay, readPrice, readVolume } from './cells.ts';
import type { PriceTable } from './price-table.ts';

/** Column names, in small letters without blanks and underscores, and what they are taken for. */
const columnNames: Record<string, Column> = {
  date: 'date',
  day: 'date',
  symbol: 'symbol',
  ticker: 'symbol',
  asset: 'symbol',
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  adjclose: 'adjusted',
  adjustedclose: 'adjusted',
  volume: 'volume',
};

type Column = 'date' | 'symbol' | 'open' | 'high' | 'low' | 'close' | 'adjusted' | 'volume';

/** What a column of that name holds in a long table, if it is one of those. */
export const columnOf = (name: string): Column | undefined => columnNames[name.toLowerCase().replace(/[\s_]/g, '')];

/** Whether a header is that of a long table: it names symbols and closes. */
export function isLongHeader(header: readonly string[]): boolean {
  const columns = header.map(columnOf);
  return columns.includes('symbol') && (columns.includes('close') || columns.includes('adjusted'));
}

/**
 * Reads a long table: one line for each asset and day, in any order, with the columns date, symbol and close, and
 * if there are, open, high, low, adjusted close and volume. Adjusted closes take the place of closes, and the other prices
 * of the line are adjusted alike.
 *
 * @param rows cells of the lines
 * @param source name of the file, for messages
 * @throws UserError naming the line
 */
export function readLong([header, ...rows]: string[][], source: string): PriceTable {
  const columns = header.map(columnOf);
  const at = (column: Column) => columns.indexOf(column);
  if (at('date') < 0) throw new UserError(`${source}, line 1: expected a column 'date' beside ${header.join(', ')}.`);
  const doubled = columns.find((column, index) => column !== undefined && columns.indexOf(column) !== index);
  if (doubled) throw new UserError(`${source}, line 1: two columns are taken for the ${doubled}. Keep one of them.`);

  const dates = [...new Set(rows.map((cells, index) => dayOf(cells, index)))].sort();
  const assets = [...new Set(rows.map((cells) => cells[at('symbol')]))];
  const dayIndex = new Map(dates.map((date, index) => [date, index]));
  const assetIndex = new Map(assets.map((asset, index) => [asset, index]));
  if (assets.length < 2) {
    throw new UserError(`${source}: expected prices of at least two symbols, but found only ${assets.join()}.`);
  }

  const unknown = () => new Float64Array(dates.length * assets.length).fill(Number.NaN);
  const column = (name: Column) => (at(name) < 0 ? undefined : unknown());
  const close = unknown();
  const [open, high, low, volume] = [column('open'), column('high'), column('low'), column('volume')];
  const lineOf = new Int32Array(close.length);
  rows.forEach((cells, index) => {
    const where = whereOf(index);
    const place = dayIndex.get(cells[at('date')])! * assets.length + assetIndex.get(cells[at('symbol')])!;
    if (lineOf[place] > 0) {
      throw new UserError(
        `${where}: ${cells[at('symbol')]} on ${cells[at('date')]} stands in line ${lineOf[place]} already. Keep one.`,
      );
    }
    lineOf[place] = index + 2;
    const price = (name: Column) =>
      at(name) < 0 ? Number.NaN : readPrice(cells[at(name)], `${where}, column ${name}`);
    const plain = price('close');
    const adjusted = price('adjusted');
    const factor = Number.isNaN(adjusted) || Number.isNaN(plain) ? 1 : adjusted / plain;
    close[place] = Number.isNaN(adjusted) ? plain : adjusted;
    if (open) open[place] = factor * price('open');
    if (high) high[place] = factor * price('high');
    if (low) low[place] = factor * price('low');
    if (high && low && high[place] < low[place]) {
      throw new UserError(`${where}: the high, ${cells[at('high')]}, is below the low, ${cells[at('low')]}.`);
    }
    if (volume) volume[place] = readVolume(cells[at('volume')], `${where}, column volume`);
  });
  return { dates, assets, close, open, high, low, volume };

  function whereOf(index: number): string {
    return `${source}, line ${index + 2}`;
  }

  function dayOf(cells: string[], index: number): string {
    if (cells.length !== header.length) {
      throw new UserError(`${whereOf(index)}: expected ${header.length} cells as in the header, got ${cells.length}.`);
    }
    if (cells[at('symbol')] === '') throw new UserError(`${whereOf(index)}: the symbol is missing.`);
    return readDay(cells[at('date')], `${whereOf(index)}, date column`);
  }
}
