import { escapeHtml } from './escape.ts';
import type { Table } from './types.ts';

/** The table as HTML. The first column names the rows; columns of numbers are aligned right. */
export function renderTable({ columns, rows, caption, emphasis = rows.length > 1 ? [0] : [] }: Table): string {
  const numeric = columns.map(
    (_, i) => i > 0 && rows.some((row) => looksNumeric(row[i])) && rows.every((row) => looksNumeric(row[i])),
  );
  const formats = columns.map((_, i) => columnFormat(rows.map((row) => row[i])));
  const attributes = (i: number): string => (numeric[i] ? ' class="number"' : '');
  const header = columns.map((name, i) => `<th scope="col"${attributes(i)}>${escapeHtml(name)}</th>`);
  const body = rows.map((row, index) => {
    const cells = columns.map((_, i) => {
      const text = escapeHtml(formatCell(row[i] ?? '', formats[i]));
      return i === 0 ? `<th scope="row">${text}</th>` : `<td${attributes(i)}>${text}</td>`;
    });
    return `<tr${emphasis.includes(index) ? ' class="stress"' : ''}>${cells.join('')}</tr>`;
  });
  return [
    '<div class="table" tabindex="0"><table>',
    ...(caption ? [`<caption>${escapeHtml(caption)}</caption>`] : []),
    `<thead><tr>${header.join('')}</tr></thead>`,
    '<tbody>',
    ...body,
    '</tbody>',
    '</table></div>',
  ].join('\n');
}

const NUMERIC = /^[-+\u2212]?([\d.,]+(e[-+]?\d+)?\s?(%|\u00b0|[a-z]{1,3})?|\u221e)$/i;

function looksNumeric(cell: string | number | undefined): boolean {
  return typeof cell !== 'string' || cell === '' || /^[-\u2013\u2014]$/.test(cell) || NUMERIC.test(cell.trim());
}

/** As many decimals as show three digits of the column's smallest number, four at most; thousands apart from 10,000. */
function columnFormat(cells: readonly (string | number | undefined)[]): Intl.NumberFormat {
  const numbers = cells.filter((cell) => typeof cell === 'number' && Number.isFinite(cell)) as number[];
  const needs = numbers.map((value) => {
    return Number.isInteger(value) ? 0 : Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  });
  return new Intl.NumberFormat('en-US', {
    maximumFractionDigits: Math.max(0, ...needs),
    minimumFractionDigits: Math.max(0, ...needs),
    useGrouping: numbers.some((value) => Math.abs(value) >= 1e4),
  });
}

function formatCell(cell: string | number, format: Intl.NumberFormat): string {
  if (typeof cell === 'string') return cell;
  if (Number.isNaN(cell)) return '\u2013';
  const size = Math.abs(cell);
  if (size === Infinity) return cell > 0 ? '\u221e' : '\u2212\u221e';
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return cell.toExponential(2);
  return Number.isInteger(cell) ? format.format(cell).replace(/\.0+$/, '') : format.format(cell);
}
