import { UserError } from '../../src/core/errors.ts';

/** A column of the vectorised infos: the numbers under a name, and which rows have one. */
interface Column {
  values: ArrayLike<number>;
  has: ArrayLike<number>;
}

/**
 * Copies the numbers that infos hold under some names into the rows of a signal matrix.
 *
 * @param infos vectorised, of `count` environments
 * @param into rows x names.length, from row `start` on; rows without a number get `missing`, or keep what
 *   they had when that is not given
 * @param wanted which rows to write, by their number in the infos
 */
export function readSignals(
  infos: Record<string, unknown>,
  names: readonly string[],
  into: Float64Array,
  start: number,
  wanted: Iterable<number>,
  missing?: number,
): void {
  const columns = names.map((name) => columnOf(infos, name));
  for (const row of wanted) {
    for (let j = 0; j < names.length; j++) {
      const column = columns[j];
      const value = column?.has[row] ? column.values[row] : missing;
      if (value !== undefined) into[(start + row) * names.length + j] = value;
    }
  }
}

function columnOf(infos: Record<string, unknown>, name: string): Column | undefined {
  const value = infos[name];
  if (value === undefined) return undefined;
  const mask = infos[`_${name}`];
  if (isColumn(value) && isColumn(mask)) return { values: value.data, has: mask.data };
  throw new UserError(`The info '${name}' is to be a signal, but it is not a number for each environment.`);
}

function isColumn(value: unknown): value is { shape: number[]; data: ArrayLike<number> } {
  const { shape, data } = (value ?? {}) as { shape?: number[]; data?: ArrayLike<number> };
  return shape?.length === 1 && data !== undefined;
}
