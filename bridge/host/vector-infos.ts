import type { Info } from '../../src/core/env.ts';
import { fromTypedArray, NdArray, ObjectArray } from '../protocol/infos.ts';

interface Column {
  value: NdArray | ObjectArray | VectorInfos;
  has: Uint8Array;
}

/**
 * The infos of a batch, put together as Gymnasium's vector environments do: under a key of numbers an array with a row
 * for each environment, of objects by name the same again, of anything else a list with holes; beside each `_key`,
 * which environments have it.
 */
export class VectorInfos {
  readonly #numEnvs: number;
  readonly #columns = new Map<string, Column>();

  constructor(numEnvs: number) {
    this.#numEnvs = numEnvs;
  }

  get entries(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (const [key, { value, has }] of this.#columns) {
      entries.push([key, value instanceof VectorInfos ? value.entries : value]);
      entries.push([`_${key}`, new NdArray('bool', [this.#numEnvs], has)]);
    }
    return Object.fromEntries(entries);
  }

  add(index: number, info: Info): void {
    for (const [key, value] of Object.entries(info)) {
      if (value === undefined) continue;
      let column = this.#columns.get(key);
      if (column === undefined) {
        column = { value: this.#columnFor(value), has: new Uint8Array(this.#numEnvs) };
        this.#columns.set(key, column);
      }
      column.has[index] = 1;
      if (!put(column.value, index, value)) {
        // Of another kind than before: only a list holds both.
        column.value = this.#asObjects(column);
        put(column.value, index, value);
      }
    }
  }

  #columnFor(value: unknown): Column['value'] {
    const n = this.#numEnvs;
    if (typeof value === 'number') return new NdArray('float64', [n], new Float64Array(n));
    if (typeof value === 'boolean') return new NdArray('bool', [n], new Uint8Array(n));
    if (isInfo(value)) return new VectorInfos(n);
    const array = asArray(value);
    if (array === undefined) return new ObjectArray(new Array(n).fill(null));
    return new NdArray(array.dtype, [n, ...array.shape], new Array(n * array.data.length).fill(0));
  }

  #asObjects({ value, has }: Column): ObjectArray {
    const values = new Array(this.#numEnvs).fill(null);
    if (value instanceof NdArray && value.shape.length === 1) {
      for (let i = 0; i < values.length; i++) if (has[i]) values[i] = value.data[i];
    }
    return new ObjectArray(values);
  }
}

/** Whether the value could be put into the column. */
function put(column: Column['value'], index: number, value: unknown): boolean {
  if (column instanceof ObjectArray) {
    column.values[index] = value;
    return true;
  }
  if (column instanceof VectorInfos) {
    if (isInfo(value)) column.add(index, value);
    return isInfo(value);
  }
  const data = column.data as number[];
  if (column.shape.length === 1) {
    const fits = column.dtype === 'bool' ? typeof value === 'boolean' : typeof value === 'number';
    if (fits) data[index] = Number(value);
    return fits;
  }
  const array = asArray(value);
  const size = data.length / column.shape[0];
  if (array?.dtype !== column.dtype || array.data.length !== size) return false;
  for (let k = 0; k < size; k++) data[index * size + k] = array.data[k];
  return true;
}

function asArray(value: unknown): NdArray | undefined {
  if (value instanceof NdArray) return value;
  return typeof value === 'object' && value !== null ? fromTypedArray(value) : undefined;
}

function isInfo(value: unknown): value is Info {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
