import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for price files, and what removes it. Files get fresh names, for the loader reads each path once. */
export function priceFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'upslope-prices-'));
  let files = 0;
  return {
    write(content: string | Uint8Array, extension = '.csv'): string {
      const path = join(folder, `prices-${files++}${extension}`);
      writeFileSync(path, content);
      return path;
    },
    path: (name: string) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Rows of prices as CSV, on consecutive calendar days from 2020-01-01. */
export function priceCsv(rows: readonly (readonly number[])[]): string {
  const header = ['Date', ...rows[0].map((_, i) => `S${i}`)].join(',');
  const lines = rows.map((row, day) => [isoDay(day), ...row].join(','));
  return `${[header, ...lines].join('\n')}\n`;
}

export const isoDay = (day: number) => new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);

/** A number in [0, 1) that depends on nothing but its index: the fractional part of multiples of the golden ratio. */
export const scattered = (index: number) => (index * 0.6180339887498949) % 1;

/** `days` rows of `assets` prices that wander by up to 3 % a day. */
export function wanderingPrices(days: number, assets: number): number[][] {
  const rows = [Array.from({ length: assets }, (_, i) => 20 + 7 * i)];
  while (rows.length < days) {
    const last = rows[rows.length - 1];
    rows.push(last.map((price, i) => price * (1 + 0.06 * (scattered(31 * rows.length + 17 * i + 1) - 0.5))));
  }
  return rows;
}

/** Writes a point of the simplex that depends on `index` only. */
export function scatteredWeights(index: number, action: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < action.length; i++) {
    action[i] = scattered(13 * index + 5 * i + 1) ** 3;
    sum += action[i];
  }
  for (let i = 0; i < action.length; i++) action[i] /= sum;
}
