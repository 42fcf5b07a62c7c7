import { readFileSync } from 'node:fs';
import { parseDecimal, quoteCell, readCsv } from '../../../src/core/csv.ts';
import { UserError } from '../../../src/core/errors.ts';
import type { Library } from '../library/library.ts';
import { rdkit, withMolecules } from '../rdkit.ts';
import { choiceKey } from './summary.ts';

/** What was measured of a library's products. */
export interface Measurements {
  /** Each product once; where it was measured more often, the mean. */
  measured: readonly { choice: Int32Array; value: number }[];
  /** What is odd, in words: lines left out, products measured more often. */
  notes: readonly string[];
}

/**
 * Reads measurements: CSV with a column for each slot of the library, named after it, that holds SMILES or names of reagents, and
 * one for the value. Lines of reagents that the library does not have are left out, and counted. An empty value is not measured.
 *
 * @param column of the values; by default the only one that is no slot
 * @throws UserError for columns there are not, cells that are no numbers, and where no line can be used
 */
export function readMeasurements(path: string, library: Library, column?: string): Measurements {
  const slots = library.slots.map(({ name }) => name);
  const expected = `a header '${slots.join(',')},value' and one line a product`;
  const [header, ...rows] = readCsv(readFileSync(path, 'utf8'), path, expected);
  const places = slots.map((slot) => header.indexOf(slot));
  const missing = slots.find((_, slot) => places[slot] < 0);
  if (missing !== undefined) {
    throw new UserError(
      `${path}: expected a column '${missing}' with reagents of that slot, but found ${header.join(', ')}.`,
    );
  }
  const valueAt = valueColumn(path, header, slots, column);
  const reagents = library.slots.map(({ reagents: all }) => {
    const index = new Map<string, number>();
    all.forEach(({ smiles, name }, i) => {
      index.set(name, i);
      index.set(smiles, i);
    });
    return index;
  });

  const found = new Map<string, { choice: Int32Array; values: number[] }>();
  const unknown = new Set<string>();
  let left = 0;
  rows.forEach((cells, row) => {
    const where = `${path}, line ${row + 2}`;
    if (cells.length !== header.length) {
      throw new UserError(`${where}: expected ${header.length} cells as in the header, but there are ${cells.length}.`);
    }
    if (cells[valueAt] === '') return;
    const value = parseDecimal(cells[valueAt]);
    if (!Number.isFinite(value)) {
      throw new UserError(
        `${where}: expected a number in '${header[valueAt]}', but found ${quoteCell(cells[valueAt])}.`,
      );
    }
    const choice = places.map((place, slot) => {
      const cell = cells[place];
      const at = reagents[slot].get(cell) ?? reagents[slot].get(canonical(cell));
      if (at === undefined) unknown.add(`${slots[slot]} ${cell}`);
      return at;
    });
    if (choice.includes(undefined)) {
      left++;
      return;
    }
    const one = { choice: Int32Array.from(choice as number[]), values: [] as number[] };
    const key = choiceKey(one.choice);
    found.set(key, found.get(key) ?? one);
    found.get(key)!.values.push(value);
  });
  if (found.size === 0) {
    throw new UserError(
      `${path}: no line tells of a product of '${library.name}'. Its reagents look like ` +
        `${library.slots.map(({ reagents: all }) => all[0].name).join(' and ')}; ${[...unknown].slice(0, 3).join(', ') || 'no value'} came.`,
    );
  }
  const often = [...found.values()].filter(({ values }) => values.length > 1).length;
  return {
    measured: [...found.values()].map(({ choice, values }) => ({
      choice,
      value: values.reduce((sum, value) => sum + value, 0) / values.length,
    })),
    notes: [
      ...(left > 0
        ? [
            `${left} lines left out: the library does not have ${[...unknown].slice(0, 3).join(', ')}${unknown.size > 3 ? ` and ${unknown.size - 3} more` : ''}.`,
          ]
        : []),
      ...(often > 0 ? [`${often} products were measured more than once: their means count.`] : []),
    ],
  };
}

function valueColumn(path: string, header: readonly string[], slots: readonly string[], column?: string): number {
  const others = header.filter((name) => !slots.includes(name) && !/^(smiles|inchikey|belief .*)$/.test(name));
  const name = column ?? (others.length === 1 ? others[0] : others.find((other) => other === 'value'));
  const at = name === undefined ? -1 : header.indexOf(name);
  if (at >= 0) return at;
  throw new UserError(
    `${path}: expected ${column === undefined ? 'one column of values beside the slots' : `a column '${column}'`}, but found ` +
      `${others.join(', ') || 'none'}. Name it with --value.`,
  );
}

function canonical(smiles: string): string {
  return withMolecules((own) => (smiles === '' ? undefined : own(rdkit().get_mol(smiles))?.get_smiles())) ?? '';
}
