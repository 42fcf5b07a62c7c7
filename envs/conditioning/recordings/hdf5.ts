import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../../src/core/errors.ts';
import { nearestNames } from '../../../src/core/nearest.ts';
import { type H5Dataset, type H5Entity, type H5File, type H5Group, loadH5 } from './hdf5-package.ts';
import { listed } from './recording.ts';

/** Numbers of a dataset. The last index runs fastest; MATLAB's arrays have their sizes the other way round than in MATLAB. */
export interface Hdf5Array {
  shape: readonly number[];
  values: Float64Array;
}

/** An HDF5 file that is open. Paths are from its root, with or without a slash before them. */
export class Hdf5File {
  readonly source: string;
  readonly #root: H5Group;

  constructor(root: H5Group, source: string) {
    this.#root = root;
    this.source = source;
  }

  isGroup = (path: string): boolean => this.#get(path)?.type === 'Group';

  isDataset = (path: string): boolean => this.#get(path)?.type === 'Dataset';

  /** Names within a group, none where there is no such group. */
  children(path: string): string[] {
    const entity = this.#get(path);
    return entity?.type === 'Group' ? entity.keys() : [];
  }

  /** Sizes of a dataset, none where there is no such dataset or it has no data. */
  shapeOf(path: string): readonly number[] | undefined {
    const entity = this.#get(path);
    return entity?.type === 'Dataset' ? (entity.shape ?? undefined) : undefined;
  }

  /** A number, text or list of them that is kept with a group or dataset. */
  attribute(path: string, name: string): unknown {
    const entity = this.#get(path);
    return entity?.type === 'Group' || entity?.type === 'Dataset' ? entity.attrs[name]?.value : undefined;
  }

  /** An attribute that is one number. */
  numberAttribute(path: string, name: string): number | undefined {
    const value = this.attribute(path, name);
    const number = ArrayBuffer.isView(value) ? (value as Float64Array)[0] : value;
    return typeof number === 'number' || typeof number === 'bigint' ? Number(number) : undefined;
  }

  /** An attribute that is text. */
  textAttribute(path: string, name: string): string | undefined {
    const value = this.attribute(path, name);
    return typeof value === 'string' ? value : undefined;
  }

  /** All datasets with their sizes, in the order of the file. */
  datasets(): { path: string; shape: readonly number[] }[] {
    const found: { path: string; shape: readonly number[] }[] = [];
    const visit = (group: string) => {
      for (const name of this.children(group)) {
        const path = `${group}/${name}`;
        const shape = this.shapeOf(path);
        if (shape) found.push({ path: path.slice(1), shape });
        // Groups that MATLAB keeps for its own use begin with a hash.
        else if (!name.startsWith('#')) visit(path);
      }
    };
    visit('');
    return found;
  }

  /** The datasets and their sizes in words, for messages. */
  describe(): string {
    return (
      listed(this.datasets().map(({ path, shape }) => `${path} (${shape.join(' x ') || 'one value'})`)) || 'nothing'
    );
  }

  /** @throws UserError naming what there is, and for datasets that hold no numbers */
  numbers(path: string): Hdf5Array {
    const { value, shape } = this.#dataset(path);
    const values = numbersOf(value);
    if (values) return { shape: shape ?? [], values };
    throw new UserError(`${this.source}: expected numbers in '${path}', but found ${kindOf(value)}.`);
  }

  /** @throws UserError naming what there is, and for datasets that hold no text */
  texts(path: string): string[] {
    const { value } = this.#dataset(path);
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
    throw new UserError(`${this.source}: expected text in '${path}', but found ${kindOf(value)}.`);
  }

  /** Whether a dataset holds text. */
  holdsText(path: string): boolean {
    const { value } = this.#dataset(path);
    return typeof value === 'string' || (Array.isArray(value) && typeof value[0] === 'string');
  }

  #get(path: string): H5Entity | null {
    return this.#root.get(path.startsWith('/') ? path : `/${path}`);
  }

  #dataset(path: string): { value: unknown; shape: readonly number[] | null } {
    const entity = this.#get(path);
    if (entity?.type !== 'Dataset') {
      const paths = this.datasets().map((dataset) => dataset.path);
      const [nearest] = nearestNames(path, paths, 1);
      const question = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
      throw new UserError(`${this.source} has no dataset '${path}'.${question} Found: ${this.describe()}.`);
    }
    try {
      return { value: (entity as H5Dataset).value, shape: entity.shape };
    } catch (cause) {
      throw new UserError(`${this.source}: cannot read '${path}' (${reasonOf(cause)}).`, { cause });
    }
  }
}

/**
 * Opens an HDF5 file for as long as something is read from it.
 *
 * @throws UserError when it is not there, is damaged, or the package that reads it is not installed
 */
export async function withHdf5<T>(path: string, read: (file: Hdf5File) => T): Promise<T> {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new UserError(`Cannot read the file ${path}: ${(cause as Error).message}.`, { cause });
  }
  const h5 = await loadH5();
  const library = await h5.ready;
  // Without it the library prints what is wrong, goes on, and hands out whatever its memory held.
  library.activate_throwing_error_handler();
  let file: H5File | undefined;
  try {
    file = opened(() => new h5.File(resolve(path), 'r'), path);
    return read(new Hdf5File(file, path));
  } finally {
    file?.close();
    library.deactivate_throwing_error_handler();
  }
}

function opened(open: () => H5File, path: string): H5File {
  try {
    const file = open();
    if (file.file_id >= 0n) return file;
  } catch (cause) {
    throw new UserError(`Cannot open ${path} as HDF5 (${reasonOf(cause)}). If it is cut short, copy it anew.`, {
      cause,
    });
  }
  throw new UserError(`Cannot open ${path} as HDF5.`);
}

/** The innermost of the reasons that the library gives. */
function reasonOf(error: unknown): string {
  const lines = String((error as Error).message ?? error).split('\n');
  const [, reason] = lines.findLast((line) => /^\s*#\d+:/.test(line))?.match(/\(\): (.*)$/) ?? [];
  return reason ?? lines[0];
}

/**
 * Numbers of one dataset of any HDF5 file, a MATLAB file of version 7.3 among them: `session/photometry`.
 *
 * @throws UserError naming the datasets there are
 */
export const readHdf5Dataset = (path: string, dataset: string): Promise<Hdf5Array> =>
  withHdf5(path, (file) => file.numbers(dataset));

/** All datasets of an HDF5 file with their sizes. */
export const listHdf5Datasets = (path: string) => withHdf5(path, (file) => file.datasets());

function numbersOf(value: unknown): Float64Array | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Float64Array.of(Number(value));
  if (!ArrayBuffer.isView(value)) return undefined;
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float64Array.from(value, Number);
  return Float64Array.from(value as unknown as ArrayLike<number>);
}

const kindOf = (value: unknown) =>
  value === null || value === undefined
    ? 'nothing'
    : typeof value === 'string' || (Array.isArray(value) && typeof value[0] === 'string')
      ? 'text'
      : 'references, tables or the like';
