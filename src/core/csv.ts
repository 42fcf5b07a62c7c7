import { UserError } from './errors.ts';

/**
 * The lines of a CSV file, each as its cells; empty lines at the end left out.
 *
 * @param expected what the file should hold, for the message about an empty one
 * @throws UserError for quotes that do not match, and for a file with other separators than commas
 */
export function readCsv(text: string, source: string, expected: string): string[][] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (lines.length === 0) {
    throw new UserError(`${source} is empty. Expected ${expected}.`);
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

/** A number as people write it, NaN for anything else. */
export function parseDecimal(cell: string): number {
  return decimal.test(cell) ? Number(cell) : Number.NaN;
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

/** The beginning of a text, for messages. */
export const clip = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}...` : text);

/** A cell as messages show it. */
export const quoteCell = (cell: string) => (cell === '' ? 'nothing' : `'${clip(cell)}'`);
