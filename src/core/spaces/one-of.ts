import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isSpace, type Space } from './space.ts';

/** Which space, and a value of it. */
export type OneOfValue = readonly [index: number, value: unknown];

/** A value of one of several spaces. */
export class OneOf implements Space<OneOfValue> {
  readonly type = 'one-of';
  readonly spaces: readonly Space[];
  readonly flatSize: number;

  /** @throws UserError when there are none, or an entry is no space */
  constructor(spaces: readonly Space[]) {
    if (spaces.length === 0) throw new UserError('OneOf wants at least one space; got none.');
    spaces.forEach((space, i) => {
      if (!isSpace(space)) throw new UserError(`OneOf wants a list of spaces; entry ${i} is ${String(space)}.`);
    });
    this.spaces = [...spaces];
    this.flatSize = 1 + Math.max(...spaces.map((space) => space.flatSize));
  }

  contains(value: unknown): value is OneOfValue {
    if (!Array.isArray(value) || value.length !== 2) return false;
    const [index, part] = value;
    return Number.isInteger(index) && this.spaces[index]?.contains(part) === true;
  }

  /** Each space equally likely. */
  sample(random: Random): OneOfValue {
    const index = random.integers(0, this.spaces.length);
    return [index, this.spaces[index].sample(random)];
  }

  /** The index, then the flattened value, its first number repeated up to the size of the largest. */
  flatten([index, value]: OneOfValue, row: Float32Array | Float64Array, at = 0): void {
    const space = this.spaces[index];
    const begin = at + 1;
    row[at] = index;
    space.flatten(value, row, begin);
    row.fill(space.flatSize > 0 ? row[begin] : 0, begin + space.flatSize, at + this.flatSize);
  }

  /** @throws UserError for an index without a space */
  unflatten(row: Float32Array | Float64Array, at = 0): OneOfValue {
    const index = row[at];
    const space = this.spaces[index];
    if (space === undefined) {
      throw new UserError(`Expected the index of one of ${this.spaces.length} spaces; got ${index}.`);
    }
    return [index, space.unflatten(row, at + 1)];
  }

  toString(): string {
    return `OneOf(${this.spaces.join(', ')})`;
  }
}
