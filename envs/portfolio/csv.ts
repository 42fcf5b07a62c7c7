import { UserError } from '../../src/core/errors.ts';

/** Closing prices of several assets on the same days. */
export interface Prices {
  /** Trading days, ISO `YYYY-MM-DD`, rising. */
  readonly dates: readonly string[];
  readonly assets: readonly string[];
  /** days x assets, row by row; all positive. */
  readonly prices: Float64Array;
}

/**
 * Reads a wide table of prices: a header, then one line a day, a date followed by one price for each asset.
 *
 * @param source name of the file, for messages
 * @throws UserError naming line and column, for anything but positive prices on rising dates: gaps are not filled,
 *   because every way of filling them invents returns.
 */
export function parsePrices(text: string, source: string): Prices {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (lines.length === 0) {
    throw new UserError(`${source} is empty. Expected a header 'Date,AAA,BBB,...' and one line of prices a day.`);
  }
  const assets = parseHeader(lines[0], source);
  const dates: string[] = [];
  const prices = new Float64Array((lines.length - 1) * assets.length);
  for (let line = 1; line < lines.length; line++) {
    const cells = splitLine(lines[line], `${source}, line ${line + 1}`);
    if (cells.length !== assets.length + 1) {
      throw new UserError(
        `${source}, line ${line + 1}: expected ${assets.length + 1} cells (a date and ${assets.length} prices) as in ` +
          `the header, but there are ${cells.length}.`,
      );
    }
    dates.push(parseDate(cells[0], dates[dates.length - 1], `${source}, line ${line + 1}, date column`));
    for (let i = 0; i < assets.length; i++) {
      prices[(line - 1) * assets.length + i] = parsePrice(cells[i + 1], source, line + 1, assets[i]);
    }
  }
  return { dates, assets, prices };
}

/** True for a day that exists, written `YYYY-MM-DD`. */
export function isIsoDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // Date.parse lets 2021-02-30 through as 2 March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function parseHeader(line: string, source: string): string[] {
  const assets = splitLine(line, `${source}, line 1`).slice(1);
  if (assets.length < 2) {
    throw new UserError(
      `${source}, line 1: expected a date column and at least two assets, separated by commas, but found ` +
        `${assets.length} asset${assets.length === 1 ? '' : 's'} in '${clip(line)}'.`,
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

function parseDate(cell: string, previous: string | undefined, where: string): string {
  if (!isIsoDate(cell)) {
    throw new UserError(`${where}: expected a day as YYYY-MM-DD, but found ${quote(cell)}.`);
  }
  if (previous !== undefined && cell === previous) {
    throw new UserError(`${where}: ${cell} stands twice. Keep one line a day.`);
  }
  if (previous !== undefined && cell < previous) {
    throw new UserError(`${where}: ${cell} comes after ${previous}. Sort the lines by date, oldest first.`);
  }
  return cell;
}

function parsePrice(cell: string, source: string, line: number, asset: string): number {
  const price = decimal.test(cell) ? Number(cell) : Number.NaN;
  if (price > 0 && Number.isFinite(price)) return price;
  const where = `${source}, line ${line}, column ${asset}`;
  if (cell === '') {
    throw new UserError(
      `${where}: the price is missing. Every asset needs a price on every day: drop the asset or the lines with gaps.`,
    );
  }
  throw new UserError(`${where}: expected a positive price, but found ${quote(cell)}.`);
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** The cells of one line. Quoted cells may hold commas and doubled quotes, but not line breaks. */
function splitLine(line: string, where: string): string[] {
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  const cells: string[] = [];
  // A quoted or a plain cell, up to the next comma or the end.
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) throw new UserError(`${where}: the quotes in '${clip(line)}' do not match.`);
    cells.push((match[1]?.replaceAll('""', '"') ?? match[2]).trim());
    if (match[3] === '') return cells;
  }
}

const clip = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}...` : text);
const quote = (cell: string) => (cell === '' ? 'nothing' : `'${clip(cell)}'`);
