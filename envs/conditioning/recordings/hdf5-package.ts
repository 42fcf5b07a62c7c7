import { importOptional, once } from '../../../src/core/optional-package.ts';

/** What is used of `h5wasm`, in our own words: whoever has not installed it must be able to compile against us. */
export interface H5Package {
  readonly ready: Promise<{ activate_throwing_error_handler(): number; deactivate_throwing_error_handler(): number }>;
  readonly File: new (path: string, mode: 'r') => H5File;
}

export interface H5Group {
  readonly type: 'Group';
  readonly attrs: Readonly<Record<string, { readonly value: unknown }>>;
  keys(): string[];
  /** From the root where the path begins with a slash. */
  get(path: string): H5Entity | null;
}

export interface H5Dataset {
  readonly type: 'Dataset';
  readonly attrs: Readonly<Record<string, { readonly value: unknown }>>;
  /** Null of a dataset without data. */
  readonly shape: number[] | null;
  readonly value: unknown;
}

export type H5Entity = H5Group | H5Dataset | { readonly type: 'BrokenSoftLink' | 'ExternalLink' | 'Datatype' };

export interface H5File extends H5Group {
  readonly file_id: bigint;
  close(): number;
}

/**
 * Loads the reader of HDF5, once in a process.
 *
 * @throws UserError where the package is not installed
 */
export const loadH5: () => Promise<H5Package> = once(importH5);

async function importH5(): Promise<H5Package> {
  const imported = await importOptional('Reading NWB and other HDF5 files', 'h5wasm', '0.10', 'h5wasm/node');
  return (imported as { default: H5Package }).default;
}
