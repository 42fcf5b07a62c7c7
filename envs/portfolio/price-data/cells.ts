import { UserError } from '../../../src/core/errors.ts';

/**
 * The lines of a CSV file, each as its cells; empty lines at the end left out.
 *
 * @throws UserError for quotes that do not match, and for a file with other separators than commas
 */
export function readCells(text: string, source: string): string[][] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (lines.length === 0) {
    throw new UserError(`${source} is empty. Expected a header 'Date,AAA,BBB,...' and one line of prices a day.`);
  }
  const [header] = lines;
  const other = [';', '\t'].find((separator) => header.includes(separator));
  if (other !== undefined && !header.includes(',')) {
    throw new UserError(
      `${source}, line 1: expected cells separated by commas, but found ${other === ';' ? 'semicolons' : 'tabs'} in ` +
        `'${clip(header)}'. Save it with commas between cells and points in numbers, as English spreadsheets do.`,
    );
  }
  return lines.map((line, index) => splitLine(line, `${source}, line ${index + 1}`));
}

/** True for a day that exists, written `YYYY-MM-DD`. */
export function isIsoDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  // Date.parse lets 2021-02-30 through as 2 March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** @throws UserError for anything but a day written `YYYY-MM-DD` */
export function readDay(cell: string, where: string): string {
  if (isIsoDate(cell)) return cell;
  throw new UserError(`${where}: expected a day as YYYY-MM-DD, but found ${quote(cell)}.`);
}

/** @returns NaN for an empty cell @throws UserError for anything else that is not positive */
export function readPrice(cell: string, where: string): number {
  if (cell === '') return Number.NaN;
  const price = decimal.test(cell) ? Number(cell) : Number.NaN;
  if (price > 0 && Number.isFinite(price)) return price;
  throw new UserError(`${where}: expected a positive price, but found ${quote(cell)}.`);
}

/** @returns NaN for an empty cell @throws UserError for anything else that is negative or no number */
export function readVolume(cell: string, where: string): number {
  if (cell === '') return Number.NaN;
  const volume = decimal.test(cell) ? Number(cell) : Number.NaN;
  if (volume >= 0 && Number.isFinite(volume)) return volume;
  throw new UserError(`${where}: expected a number of pieces, 0 or more, but found ${quote(cell)}.`);
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

export const clip = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}...` : text);
const quote = (cell: string) => (cell === '' ? 'nothing' : `'${clip(cell)}'`);
