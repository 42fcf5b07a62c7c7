import { UserError } from '../../src/core/errors.ts';
import { importOptional, once } from '../../src/core/optional-package.ts';

/** An object in WebAssembly memory: nothing frees it but `delete`. */
export interface Disposable {
  delete(): void;
}

export interface Mol extends Disposable {
  get_smiles(): string;
  get_inchi(): string;
  get_molblock(): string;
  get_json(): string;
  get_descriptors(): string;
  get_morgan_fp_as_uint8array(settings: string): Uint8Array;
  get_substruct_match(query: Mol): string;
  get_substruct_matches(query: Mol): string;
  get_svg_with_highlights(settings: string): string;
  get_num_atoms(heavyOnly?: boolean): number;
  generate_aligned_coords(template: Mol, settings: string): string;
  has_coords(): number;
  set_new_coords(): boolean;
}

export interface MolList extends Disposable {
  append(mol: Mol): number;
  at(index: number): Mol | null;
  next(): Mol | null;
  size(): number;
}

interface MolLists extends Disposable {
  get(index: number): MolList;
  size(): number;
}

export interface Reaction extends Disposable {
  run_reactants(reactants: MolList, most: number): MolLists;
}

/** What is used of `@rdkit/rdkit`, in our own words: whoever has not installed it must be able to compile against us. */
export interface Rdkit {
  readonly MolList: new () => MolList;
  version(): string;
  /** `null` for what is no molecule. */
  get_mol(text: string, settings?: string): Mol | null;
  get_qmol(smarts: string): Mol | null;
  get_rxn(smarts: string): Reaction | null;
  get_inchikey_for_inchi(inchi: string): string;
  molzip(a: Mol, b: Mol): Mol | null;
  disable_logging(): void;
}

const loadOnce = once(importRdkit);
let loaded: Rdkit | undefined;

/**
 * Loads the chemistry, once in a process.
 *
 * @throws UserError where the package is not installed
 */
export async function loadRdkit(): Promise<void> {
  loaded = await loadOnce();
}

async function importRdkit(): Promise<Rdkit> {
  const module = await importOptional('The chemistry of molecules', '@rdkit/rdkit', '2026');
  const library = await (module as { default(): Promise<Rdkit> }).default();
  // What cannot be parsed is told by us, once.
  library.disable_logging();
  return library;
}

/** @throws UserError before `loadRdkit` has been awaited */
export function rdkit(): Rdkit {
  if (loaded) return loaded;
  throw new UserError('The chemistry is not loaded yet. Environments that need it are made after `await loadEnv(id)`.');
}

/** Takes charge of an object: it is deleted when the work is done. `null` passes through. */
export type Own = <T extends Disposable | null>(object: T) => T;

/** Does some work with objects in WebAssembly memory, and deletes those it has handed to `own`, even when it throws. */
export function withMolecules<T>(work: (own: Own) => T): T {
  const owned: Disposable[] = [];
  try {
    return work((object) => {
      if (object !== null) owned.push(object);
      return object;
    });
  } finally {
    for (const object of owned.reverse()) object.delete();
  }
}
