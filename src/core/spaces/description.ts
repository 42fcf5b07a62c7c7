import { UserError } from '../errors.ts';
import { Box, type BoxType, boxTypes, bytesPerNumber, isBoxType } from './box.ts';
import { Dict } from './dict.ts';
import { Discrete } from './discrete.ts';
import { Graph } from './graph.ts';
import { MultiBinary } from './multi-binary.ts';
import { MultiDiscrete } from './multi-discrete.ts';
import { OneOf } from './one-of.ts';
import { Sequence } from './sequence.ts';
import { sizeOf } from './shape.ts';
import type { Space } from './space.ts';
import { Text } from './text.ts';
import { Tuple } from './tuple.ts';

/** A bound that survives JSON, which has no infinity. */
export type DescribedBound = number | 'inf' | '-inf';

/** A space as plain data, for files and for the wire. */
export type SpaceDescription =
  | {
      type: 'box';
      /** One for all elements, or one for each. */
      low: DescribedBound | DescribedBound[];
      high: DescribedBound | DescribedBound[];
      shape: number[];
      dtype: BoxType;
    }
  | { type: 'discrete'; n: number; start: number }
  | { type: 'multi-discrete'; nvec: number[]; start: number[]; shape?: number[] }
  | { type: 'multi-binary'; n: number; shape?: number[] }
  | { type: 'text'; minLength: number; maxLength: number; characters: string }
  | { type: 'dict'; spaces: [name: string, space: SpaceDescription][] }
  | { type: 'tuple'; spaces: SpaceDescription[] }
  | { type: 'sequence'; space: SpaceDescription; stack: boolean }
  | { type: 'graph'; node: SpaceDescription; edge: SpaceDescription | null }
  | { type: 'one-of'; spaces: SpaceDescription[] };

/** `spaceFrom(describeSpace(space))` equals the space, through JSON too. */
export function describeSpace(space: Space): SpaceDescription {
  switch (space.type) {
    case 'box': {
      const { low, high, boundedBelow, boundedAbove, shape, dtype } = space as Box<BoxType>;
      return {
        type: 'box',
        low: describeBound(low, boundedBelow, '-inf'),
        high: describeBound(high, boundedAbove, 'inf'),
        shape: [...shape],
        dtype,
      };
    }
    case 'discrete': {
      const { n, start } = space as Discrete;
      return { type: 'discrete', n, start };
    }
    case 'multi-discrete': {
      const { nvec, start, shape } = space as MultiDiscrete;
      return { type: 'multi-discrete', nvec: Array.from(nvec), start: Array.from(start), ...describeShape(shape) };
    }
    case 'multi-binary': {
      const { n, shape } = space as MultiBinary;
      return { type: 'multi-binary', n, ...describeShape(shape) };
    }
    case 'text': {
      const { minLength, maxLength, characters } = space as Text;
      return { type: 'text', minLength, maxLength, characters };
    }
    case 'dict':
      return { type: 'dict', spaces: (space as Dict).entries.map(([name, part]) => [name, describeSpace(part)]) };
    case 'tuple':
      return { type: 'tuple', spaces: (space as Tuple).spaces.map(describeSpace) };
    case 'sequence': {
      const { space: element, stack } = space as Sequence;
      return { type: 'sequence', space: describeSpace(element), stack };
    }
    case 'graph': {
      const { node, edge } = space as Graph;
      return { type: 'graph', node: describeSpace(node), edge: edge && describeSpace(edge) };
    }
    case 'one-of':
      return { type: 'one-of', spaces: (space as OneOf).spaces.map(describeSpace) };
  }
}

function describeBound(bound: ArrayLike<number>, bounded: Uint8Array, open: 'inf' | '-inf') {
  const each = Array.from(bound, (value, i): DescribedBound => (bounded[i] ? value : open));
  return each.length > 0 && each.every((value) => value === each[0]) ? each[0] : each;
}

function describeShape(shape: readonly number[]): { shape?: number[] } {
  return shape.length === 1 ? {} : { shape: [...shape] };
}

/** Spaces within one another. */
const MOST_LEVELS = 32;
/** Bytes of a value, all its boxes together: what a message of the bridge can hold. */
const MOST_BYTES = 2 ** 26;

/**
 * The space that plain data describe, wherever they come from.
 *
 * @throws UserError when they describe none, or one so large that its mere bounds would fill the memory
 */
export function spaceFrom(description: unknown): Space {
  return new Reader().read(description, 1);
}

type Fields = Readonly<Record<string, unknown>>;

class Reader {
  #bytes = 0;

  read(description: unknown, level: number): Space {
    if (level > MOST_LEVELS)
      throw new UserError(`Spaces lie at most ${MOST_LEVELS} deep within one another; got more.`);
    if (!isFields(description)) refuse('the description of a space', description);
    const part = (value: unknown): Space => this.read(value, level + 1);
    const fields = description;
    switch (fields.type) {
      case 'box':
        return this.#box(fields);
      case 'discrete':
        checkType(fields.dtype);
        return new Discrete(readNumber(fields, 'n'), readNumber(fields, 'start', 0));
      case 'multi-discrete': {
        checkType(fields.dtype);
        const start = fields.start === undefined ? undefined : readNumbers(fields, 'start');
        return new MultiDiscrete(readNumbers(fields, 'nvec'), start, readShape(fields));
      }
      case 'multi-binary': {
        const n = readNumber(fields, 'n');
        this.#count(n);
        return new MultiBinary(n, readShape(fields));
      }
      case 'text': {
        const { characters } = fields;
        if (typeof characters !== 'string') refuse('the characters of a text', fields);
        return new Text(readNumber(fields, 'maxLength'), { minLength: readNumber(fields, 'minLength'), characters });
      }
      case 'dict':
        return new Dict(readList(fields, 'spaces').map((entry) => readEntry(entry, part)));
      case 'tuple':
        return new Tuple(readList(fields, 'spaces').map(part));
      case 'sequence':
        return new Sequence(part(fields.space), fields.stack === true);
      case 'graph':
        return new Graph(
          part(fields.node),
          fields.edge === null || fields.edge === undefined ? null : part(fields.edge),
        );
      case 'one-of':
        return new OneOf(readList(fields, 'spaces').map(part));
      default:
        return refuse('the description of a space', description);
    }
  }

  #box(fields: Fields): Box<BoxType> {
    const { dtype, low, high } = fields;
    if (!isBoxType(dtype)) refuse(`a dtype of ${boxTypes.join(', ')}`, fields);
    const shape = readNumbers(fields, 'shape');
    this.#count(sizeOf(shape) * bytesPerNumber(dtype));
    return new Box(readBound(low, fields), readBound(high, fields), shape, dtype);
  }

  /** Before anything of this size is made. A size that makes no sense is left for the space to refuse. */
  #count(bytes: number): void {
    if (bytes > 0) this.#bytes += bytes;
    if (this.#bytes > MOST_BYTES) {
      throw new UserError(`Expected a space whose values take at most ${MOST_BYTES} bytes; got one of ${this.#bytes}.`);
    }
  }
}

function readBound(bound: unknown, fields: Fields): number | number[] {
  const one = (value: unknown): number => {
    if (typeof value === 'number') return value;
    if (value === 'inf') return Number.POSITIVE_INFINITY;
    if (value === '-inf') return Number.NEGATIVE_INFINITY;
    return refuse("bounds that are numbers, 'inf' or '-inf'", fields);
  };
  return Array.isArray(bound) ? bound.map(one) : one(bound);
}

function readEntry(entry: unknown, part: (description: unknown) => Space): [string, Space] {
  if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string') refuse('[name, space]', entry);
  return [entry[0], part(entry[1])];
}

function readNumber(fields: Fields, key: string, otherwise?: number): number {
  const value = fields[key] ?? otherwise;
  return typeof value === 'number' ? value : refuse(`a number as ${key}`, fields);
}

function readNumbers(fields: Fields, key: string): number[] {
  const list = readList(fields, key);
  return list.every((value) => typeof value === 'number') ? list : refuse(`numbers in ${key}`, fields);
}

function readShape(fields: Fields): number[] | undefined {
  return fields.shape === undefined ? undefined : readNumbers(fields, 'shape');
}

function readList(fields: Fields, key: string): unknown[] {
  const list = fields[key];
  return Array.isArray(list) ? list : refuse(`a list of ${key}`, fields);
}

/** Choices are numbers here, and 64 bits on the wire, whatever Gymnasium holds them in. */
function checkType(dtype: unknown): void {
  if (dtype !== undefined && !isBoxType(dtype)) refuse(`a dtype of ${boxTypes.join(', ')}`, dtype);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(expected: string, got: unknown): never {
  throw new UserError(`Expected ${expected}; got ${JSON.stringify(got)?.slice(0, 200)}.`);
}
