import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { readCsv } from '../../../src/core/csv.ts';
import { UserError } from '../../../src/core/errors.ts';
import { checkKeys } from '../../../src/core/nearest.ts';
import { packagePath } from '../../../src/core/package-path.ts';

const slotSchema = z.strictObject({
  name: z.string().min(1),
  /** SMILES, each with a name behind a blank if it has one; or a file of such lines, or CSV with the columns smiles and name. */
  reagents: z.array(z.string().trim().min(1)).min(1).optional(),
  file: z.string().min(1).optional(),
  /** Takes each so-manieth reagent only. */
  every: z.int().min(1).default(1),
});

const librarySchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(''),
  /** One template a slot, in their order: `A.B>>C`. */
  reaction: z.string().min(1).optional(),
  /** SMILES with [*:1], [*:2], ..., one for each slot, whose reagents have one open place, `*`. */
  scaffold: z.string().min(1).optional(),
  slots: z.array(slotSchema).min(1).max(6),
});

export interface Reagent {
  smiles: string;
  /** The SMILES where it has no other. */
  name: string;
}

/** What a library's file says, its reagents read but not looked at. */
export interface LibraryFile {
  name: string;
  description: string;
  reaction: string | undefined;
  scaffold: string | undefined;
  slots: { name: string; reagents: Reagent[] }[];
  /** Where it was read from. */
  source: string;
}

/** Libraries that ship with the package. */
export const shippedLibraries = ['amides', 'acylated-amino-amides'] as const;

/**
 * Reads a library: one that ships, by name, or a YAML file, see `README.md`.
 *
 * @throws UserError for a file there is not, or that does not fit
 */
export function readLibraryFile(name: string): LibraryFile {
  const shipped = (shippedLibraries as readonly string[]).includes(name);
  const path = shipped ? packagePath('envs', 'molecule', 'data', `${name}.yaml`) : resolve(name);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError(
      `There is no library '${name}': expected the path of a YAML file, or one of ${shippedLibraries.join(', ')}.`,
    );
  }
  const content: unknown = parseYaml(readFileSync(path, 'utf8'), path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UserError(`${path}: expected a mapping with name, reaction or scaffold, and slots.`);
  }
  checkKeys(`key in ${path}`, content, Object.keys(librarySchema.shape));
  const result = librarySchema.safeParse(content);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new UserError(`${path}: '${issue.path.join('.')}' does not fit: ${issue.message}.`);
  }
  const { slots, reaction, scaffold, ...rest } = result.data;
  if ((reaction === undefined) === (scaffold === undefined)) {
    throw new UserError(`${path}: expected either a reaction or a scaffold, and not both.`);
  }
  return {
    ...rest,
    reaction,
    scaffold,
    source: path,
    slots: slots.map(({ name: slot, reagents, file, every }) => {
      if ((reagents === undefined) === (file === undefined)) {
        throw new UserError(`${path}: slot '${slot}' needs either reagents or a file, and not both.`);
      }
      const all = reagents ? reagents.map(reagentOf) : readReagents(resolve(dirname(path), file!));
      return { name: slot, reagents: all.filter((_, index) => index % every === 0) };
    }),
  };
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UserError(`${path} is not YAML: ${(error as Error).message}`);
  }
}

function readReagents(path: string): Reagent[] {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}: expected reagents, one SMILES a line.`);
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.csv')) {
    const [header, ...rows] = readCsv(text, path, 'a header with smiles and name, and one line a reagent');
    const [smiles, name] = ['smiles', 'name'].map((wanted) =>
      header.findIndex((column) => column.toLowerCase() === wanted),
    );
    if (smiles < 0) throw new UserError(`${path}: expected a column 'smiles', but found ${header.join(', ')}.`);
    return rows.map((row) => ({ smiles: row[smiles] ?? '', name: row[name] || row[smiles] }));
  }
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new UserError(`${path} is empty. Expected reagents, one SMILES a line.`);
  return lines.map(reagentOf);
}

function reagentOf(line: string): Reagent {
  const [, smiles, name] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line)!;
  return { smiles, name: name || smiles };
}
