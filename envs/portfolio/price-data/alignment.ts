import { UserError } from '../../../src/core/errors.ts';
import type { Prices, PriceTable } from './price-table.ts';

/** What to do about days on which an asset has no price. */
export interface MissingPolicy {
  /**
   * `refuse` to go on; `intersect`: keep only days on which all have one; `ffill`: carry the last price on, from the
   * first day on which all have one. Every way of filling invents returns: default `refuse`.
   */
  missing?: 'refuse' | 'intersect' | 'ffill';
  /** Most days in a row over which a price is carried on. Default 5. */
  fillLimit?: number;
  /** Take prices that rise tenfold, or fall to a tenth, in a day for true. Default false. */
  allowJumps?: boolean;
}

const defaultFillLimit = 5;
const largestJump = 10;

/**
 * Brings all assets to the same days.
 *
 * @param source name of the file, for messages
 * @throws UserError for a gap that the policy does not deal with, and for prices that jump
 */
export function align(table: PriceTable, policy: MissingPolicy, source: string): Prices {
  const { missing = 'refuse', fillLimit = defaultFillLimit, allowJumps = false } = policy;
  const aligned = { refuse: refuseGaps, intersect, ffill: fillForward }[missing](table, source, fillLimit);
  if (!allowJumps) refuseJumps(aligned, source);
  return aligned;
}

function refuseGaps({ dates, assets, close, open, high, low, volume, lines }: PriceTable, source: string): Prices {
  const gap = close.findIndex(Number.isNaN);
  if (gap >= 0) {
    const day = Math.floor(gap / assets.length);
    const asset = assets[gap % assets.length];
    const gaps = close.reduce((count, price) => count + Number(Number.isNaN(price)), 0);
    const where = lines ? `line ${lines[day]}, column ${asset}` : `${asset} on ${dates[day]}`;
    throw new UserError(
      `${source}, ${where}: the price is missing${gaps > 1 ? `, and ${gaps - 1} more are` : ''}. Drop the asset or the ` +
        "days, or say what to do: missing: 'intersect' keeps the days on which all have prices, missing: 'ffill' " +
        'carries the last price on.',
    );
  }
  return complete({ dates, assets, close, open, high, low, volume }, []);
}

function intersect(table: PriceTable, source: string): Prices {
  const { dates, assets, close } = table;
  const n = assets.length;
  const kept = dates.map((_, day) => day).filter((day) => !close.subarray(day * n, (day + 1) * n).some(Number.isNaN));
  if (kept.length < 2) {
    throw new UserError(
      `${source}: on ${kept.length} of ${dates.length} days all ${n} assets have a price. Drop some.`,
    );
  }
  const dropped = dates.length - kept.length;
  return complete(rowsOf(table, kept), dropped === 0 ? [] : [`${dropped} of ${dates.length} days left out for gaps`]);
}

function fillForward(table: PriceTable, source: string, fillLimit: number): Prices {
  const n = table.assets.length;
  const starts = table.assets.map((_, i) => table.dates.findIndex((_, day) => !Number.isNaN(table.close[day * n + i])));
  const never = starts.indexOf(-1);
  if (never >= 0) throw new UserError(`${source}: ${table.assets[never]} has no price on any day. Drop it.`);
  const start = Math.max(...starts);
  const days = table.dates.map((_, day) => day).slice(start);
  const filled = rowsOf(table, days);
  const { dates, assets, close, open, high, low, volume } = filled;
  let count = 0;
  for (let i = 0; i < n; i++) {
    let run = 0;
    for (let at = i; at < close.length; at += n) {
      if (!Number.isNaN(close[at])) {
        run = 0;
        continue;
      }
      if (++run > fillLimit) {
        throw new UserError(
          `${source}: ${assets[i]} has no price for more than ${fillLimit} day${fillLimit === 1 ? '' : 's'} in a row, up to ` +
            `${dates[Math.floor(at / n)]}. Drop it, or raise 'fillLimit'.`,
        );
      }
      close[at] = close[at - n];
      for (const column of [open, high, low]) if (column) column[at] = close[at];
      if (volume) volume[at] = 0;
      count++;
    }
  }
  return complete(filled, [
    ...(start === 0
      ? []
      : [`${start} day${start === 1 ? '' : 's'} before ${dates[0]} left out, on which not all assets have prices yet`]),
    ...(count === 0 ? [] : [`${count} of ${close.length} prices carried on from the day before`]),
  ]);
}

function rowsOf({ dates, assets, close, open, high, low, volume }: PriceTable, days: readonly number[]): PriceTable {
  const n = assets.length;
  const pick = (column: Float64Array | undefined) => {
    if (column === undefined) return undefined;
    const picked = new Float64Array(days.length * n);
    days.forEach((day, row) => {
      picked.set(column.subarray(day * n, (day + 1) * n), row * n);
    });
    return picked;
  };
  return {
    dates: days.map((day) => dates[day]),
    assets,
    close: pick(close)!,
    open: pick(open),
    high: pick(high),
    low: pick(low),
    volume: pick(volume),
  };
}

/** Prices of a table without gaps in its closes. Where another price is missing the close stands for it. */
function complete({ dates, assets, close, open, high, low, volume }: PriceTable, notes: string[]): Prices {
  const orClose = (column: Float64Array | undefined) =>
    column?.map((price, at) => (Number.isNaN(price) ? close[at] : price));
  return {
    dates,
    assets,
    prices: close,
    open: orClose(open),
    high: orClose(high),
    low: orClose(low),
    volumes: volume?.map((pieces) => (Number.isNaN(pieces) ? 0 : pieces)),
    notes,
  };
}

function refuseJumps({ dates, assets, prices }: Prices, source: string): void {
  const n = assets.length;
  for (let at = n; at < prices.length; at++) {
    const relative = prices[at] / prices[at - n];
    if (relative < largestJump && relative > 1 / largestJump) continue;
    const day = Math.floor(at / n);
    throw new UserError(
      `${source}: ${assets[at % n]} goes from ${prices[at - n]} to ${prices[at]} on ${dates[day]}. That looks like a split ` +
        'that the prices are not adjusted for, or like other units: use adjusted closes. If it is true, set allowJumps.',
    );
  }
}
