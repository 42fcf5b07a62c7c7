import { parseDecimal, quoteCell } from '../../../src/core/csv.ts';
import { UserError } from '../../../src/core/errors.ts';

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
  throw new UserError(`${where}: expected a day as YYYY-MM-DD, but found ${quoteCell(cell)}.`);
}

/** @returns NaN for an empty cell @throws UserError for anything else that is not positive */
export function readPrice(cell: string, where: string): number {
  if (cell === '') return Number.NaN;
  const price = parseDecimal(cell);
  if (price > 0 && Number.isFinite(price)) return price;
  throw new UserError(`${where}: expected a positive price, but found ${quoteCell(cell)}.`);
}

/** @returns NaN for an empty cell @throws UserError for anything else that is negative or no number */
export function readVolume(cell: string, where: string): number {
  if (cell === '') return Number.NaN;
  const volume = parseDecimal(cell);
  if (volume >= 0 && Number.isFinite(volume)) return volume;
  throw new UserError(`${where}: expected a number of pieces, 0 or more, but found ${quoteCell(cell)}.`);
}
