import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../../src/core/errors.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { type Prices, parsePrices } from './csv.ts';

export type { Prices } from './csv.ts';

/** Path of the prices that ship with the package: 20 large US stocks, daily, 1990-01-02 to 2022-12-28. */
export const shippedPrices = packagePath('envs', 'portfolio', 'data', 'sp500-20.csv.gz');

const loaded = new Map<string, Prices>();

/**
 * Reads a wide price table, `.csv` or `.csv.gz`: see `parsePrices` for the form. A file is read once in a process,
 * however many environments use it.
 *
 * @param file path, from the working directory; the shipped prices when absent
 * @throws UserError when the file cannot be read or is not such a table
 */
export function loadPrices(file: string = shippedPrices): Prices {
  const path = resolve(file);
  let prices = loaded.get(path);
  if (prices === undefined) {
    prices = parsePrices(readText(path), file);
    loaded.set(path, prices);
  }
  return prices;
}

function readText(path: string): string {
  if (!/\.csv(\.gz)?$/i.test(path)) {
    throw new UserError(`Expected prices as .csv or .csv.gz, but got ${path}.`);
  }
  try {
    const bytes = readFileSync(path);
    return (path.toLowerCase().endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError(`There is no price file ${path}. Check the path: it is taken from the working directory.`);
    }
    throw new UserError(`Cannot read the price file ${path}: ${(error as Error).message}.`);
  }
}
