import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readCsv } from '../../src/core/csv.ts';
import { UserError } from '../../src/core/errors.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { align, type MissingPolicy } from './price-data/alignment.ts';
import { isLongHeader, readLong } from './price-data/long-csv.ts';
import type { Prices } from './price-data/price-table.ts';
import { readWide } from './price-data/wide-csv.ts';

export type { MissingPolicy } from './price-data/alignment.ts';
export type { Prices } from './price-data/price-table.ts';

/** Path of the prices that ship with the package: 20 large US stocks, daily, 1990-01-02 to 2022-12-28. */
export const shippedPrices = packagePath('envs', 'portfolio', 'data', 'sp500-20.csv.gz');

const loaded = new Map<string, Prices>();

/**
 * Reads prices from `.csv` or `.csv.gz`, wide (one column an asset) or long (one line for each asset and day); see
 * `readWide` and `readLong`. A file is read once in a process for each policy, however many environments use it.
 *
 * @param file path, from the working directory; the shipped prices when absent
 * @throws UserError when the file cannot be read, is not such a table, or has gaps the policy does not deal with
 */
export function loadPrices(file: string = shippedPrices, policy: MissingPolicy = {}): Prices {
  const path = resolve(file);
  const { missing, fillLimit, allowJumps } = policy;
  const key = JSON.stringify([path, missing, fillLimit, allowJumps]);
  let prices = loaded.get(key);
  if (prices === undefined) {
    const bytes = readBytes(path);
    const rows = readCsv(textOf(bytes, path), file, "a header 'Date,AAA,BBB,...' and one line of prices a day");
    const table = isLongHeader(rows[0]) ? readLong(rows, file) : readWide(rows, file);
    prices = { ...align(table, policy, file), dataHash: createHash('sha256').update(bytes).digest('hex') };
    loaded.set(key, prices);
  }
  return prices;
}

function readBytes(path: string): Buffer {
  if (!/\.csv(\.gz)?$/i.test(path)) {
    throw new UserError(`Expected prices as .csv or .csv.gz, but got ${path}.`);
  }
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError(`There is no price file ${path}. Check the path: it is taken from the working directory.`);
    }
    throw cannotRead(path, error);
  }
}

function textOf(bytes: Buffer, path: string): string {
  try {
    return (path.toLowerCase().endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw cannotRead(path, error);
  }
}

const cannotRead = (path: string, error: unknown) =>
  new UserError(`Cannot read the price file ${path}: ${(error as Error).message}.`);
