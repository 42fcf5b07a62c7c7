import { UserError } from '../../../src/core/errors.ts';
import { suggestion } from './recording.ts';

/** MATLAB's names of the classes of numbers. */
export type NumericClass =
  | 'double'
  | 'single'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64';

/** What a MATLAB variable holds. Arrays are in MATLAB's order: the first index runs fastest. */
export type MatValue =
  | {
      kind: 'numeric';
      class: NumericClass;
      shape: readonly number[];
      values: Float64Array;
      /** Of complex numbers. */
      imaginary?: Float64Array;
    }
  | { kind: 'logical'; shape: readonly number[]; values: Uint8Array }
  /** One text a row. */
  | { kind: 'char'; shape: readonly number[]; rows: readonly string[] }
  | { kind: 'cell'; shape: readonly number[]; cells: readonly MatValue[] }
  /** Each field holds one value for each element; objects of a class are structs with its name. */
  | { kind: 'struct'; shape: readonly number[]; fields: ReadonlyMap<string, readonly MatValue[]>; className?: string }
  | {
      kind: 'sparse';
      shape: readonly number[];
      /** Row of each value, from 0. */
      rows: Int32Array;
      /** Where each column begins among the values, and where the last one ends. */
      columnStarts: Int32Array;
      values: Float64Array;
      imaginary?: Float64Array;
    }
  /** Tables, strings in double quotes, dates, functions: MATLAB does not tell how it writes them. */
  | { kind: 'unsupported'; class: string };

/** A value in few words: `40 x 7 x 60 double`. */
export function describeMat(value: MatValue): string {
  if (value.kind === 'unsupported') return value.class;
  return `${value.shape.join(' x ')} ${value.kind === 'numeric' ? value.class : value.kind}`;
}

/**
 * A variable, or with `session.photometry.signal` a field within.
 *
 * @param source name of the file, for messages
 * @throws UserError naming what there is
 */
export function matVariable(variables: ReadonlyMap<string, MatValue>, path: string, source: string): MatValue {
  const [name, ...fields] = path.split('.');
  const variable = variables.get(name);
  if (variable === undefined) {
    throw new UserError(`${source} has no variable '${name}'. ${suggestion(name, [...variables.keys()])}`);
  }
  let value: MatValue = variable;
  let at = name;
  for (const field of fields) {
    if (value.kind !== 'struct' || value.shape.some((size) => size !== 1)) {
      throw new UserError(
        `${source}: '${at}' is ${describeMat(value)}. Expected a single struct with a field '${field}'.`,
      );
    }
    const inner: MatValue | undefined = value.fields.get(field)?.[0];
    if (inner === undefined) {
      throw new UserError(`${source}: '${at}' has no field '${field}'. ${suggestion(field, [...value.fields.keys()])}`);
    }
    value = inner;
    at += `.${field}`;
  }
  return value;
}

/**
 * The numbers of a variable: real ones, or logical ones as 0 and 1.
 *
 * @param where file and variable, for messages
 * @throws UserError for anything else
 */
export function matNumbers(value: MatValue, where: string): { shape: readonly number[]; values: Float64Array } {
  if (value.kind === 'logical') return { shape: value.shape, values: Float64Array.from(value.values) };
  if (value.kind === 'numeric' && value.imaginary === undefined) return value;
  const complex = value.kind === 'numeric' ? 'complex ' : '';
  throw new UserError(`${where}: expected an array of real numbers, but found ${complex}${describeMat(value)}.`);
}
