import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isSpace, type Space } from './space.ts';

/** A fixed number of values, each from its own space. */
export class Tuple<T extends readonly unknown[] = readonly unknown[]> implements Space<T> {
  readonly type = 'tuple';
  readonly spaces: { readonly [K in keyof T]: Space<T[K]> };
  readonly flatSize: number;

  /** @throws UserError when an entry is no space */
  constructor(spaces: { readonly [K in keyof T]: Space<T[K]> }) {
    spaces.forEach((space, i) => {
      if (!isSpace(space)) throw new UserError(`Tuple wants a list of spaces; entry ${i} is ${String(space)}.`);
    });
    this.spaces = spaces;
    this.flatSize = this.#list.reduce((sum, space) => sum + space.flatSize, 0);
  }

  get #list(): readonly Space[] {
    return this.spaces as readonly Space[];
  }

  contains(value: unknown): value is T {
    return (
      Array.isArray(value) &&
      value.length === this.spaces.length &&
      this.#list.every((space, i) => space.contains(value[i]))
    );
  }

  /** One draw from each space, in order. Gymnasium gives each space a generator of its own. */
  sample(random: Random): T {
    return this.#list.map((space) => space.sample(random)) as unknown as T;
  }

  flatten(value: T, row: Float32Array | Float64Array, at = 0): void {
    let offset = at;
    this.#list.forEach((space, i) => {
      space.flatten(value[i], row, offset);
      offset += space.flatSize;
    });
  }

  unflatten(row: Float32Array | Float64Array, at = 0): T {
    let offset = at;
    return this.#list.map((space) => {
      const value = space.unflatten(row, offset);
      offset += space.flatSize;
      return value;
    }) as unknown as T;
  }

  toString(): string {
    return `Tuple(${this.#list.join(', ')})`;
  }
}
