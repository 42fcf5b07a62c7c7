import { clip } from '../../../src/core/csv.ts';
import { UserError } from '../../../src/core/errors.ts';
import { readDay, readPrice } from './cells.ts';
import { columnOf } from './long-csv.ts';
import type { PriceTable } from './price-table.ts';

/**
 * Reads a wide table of prices: a header, then one line a day, a date followed by one price for each asset.
 *
 * @param rows cells of the lines
 * @param source name of the file, for messages
 * @throws UserError naming line and column, for anything but positive prices or nothing, on rising dates
 */
export function readWide([header, ...rows]: string[][], source: string): PriceTable {
  const assets = readHeader(header, source);
  if (rows.length === 0) throw new UserError(`${source} has a header and no prices: expected one line a day.`);
  const dates: string[] = [];
  const close = new Float64Array(rows.length * assets.length);
  rows.forEach((cells, index) => {
    const where = `${source}, line ${index + 2}`;
    if (cells.length !== assets.length + 1) {
      throw new UserError(
        `${where}: expected ${assets.length + 1} cells (a date and ${assets.length} prices) as in ` +
          `the header, but there are ${cells.length}.`,
      );
    }
    dates.push(nextDay(cells[0], dates[dates.length - 1], `${where}, date column`));
    assets.forEach((asset, i) => {
      close[index * assets.length + i] = readPrice(cells[i + 1], `${where}, column ${asset}`);
    });
  });
  return { dates, assets, close, lines: rows.map((_, index) => index + 2) };
}

function readHeader(cells: string[], source: string): string[] {
  const assets = cells.slice(1);
  if (assets.length < 2) {
    throw new UserError(
      `${source}, line 1: expected a date column and at least two assets, separated by commas, but found ` +
        `${assets.length} asset${assets.length === 1 ? '' : 's'} in '${clip(cells.join(','))}'. A table of one line for ` +
        'each asset and day needs the columns date, symbol and close.',
    );
  }
  const fields = assets.filter((asset) => ['open', 'high', 'low', 'volume'].includes(columnOf(asset) ?? ''));
  if (fields.length > 1) {
    throw new UserError(
      `${source}, line 1: ${fields.join(', ')} are no assets but what is known of one. Put a column 'symbol' in front, and ` +
        'the lines of all assets below each other.',
    );
  }
  const seen = new Set<string>();
  assets.forEach((asset, index) => {
    if (asset === '')
      throw new UserError(`${source}, line 1, column ${index + 2}: the asset has no name. Give it one.`);
    if (seen.has(asset)) {
      throw new UserError(`${source}, line 1: the column '${asset}' stands twice. Keep one or rename one.`);
    }
    seen.add(asset);
  });
  return assets;
}

function nextDay(cell: string, previous: string | undefined, where: string): string {
  const day = readDay(cell, where);
  if (day === previous) throw new UserError(`${where}: ${day} stands twice. Keep one line a day.`);
  if (previous !== undefined && day < previous) {
    throw new UserError(`${where}: ${day} comes after ${previous}. Sort the lines by date, oldest first.`);
  }
  return day;
}
