import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isSpace, type Space } from './space.ts';

/** Spaces by name. */
type Parts<T> = { readonly [K in keyof T]: Space<T[K]> };

/**
 * Values by name, each from its own space.
 *
 * The names of an object are sorted, as Gymnasium sorts the keys of a plain dictionary: flattened rows then agree
 * between the two whatever the order of writing. A list of names and spaces keeps its order.
 */
export class Dict<T extends Record<string, unknown> = Record<string, unknown>> implements Space<T> {
  readonly type = 'dict';
  readonly spaces: Parts<T>;
  /** The spaces in order, which `spaces` cannot tell: an object puts names that are numbers first. */
  readonly entries: readonly (readonly [name: string, space: Space])[];
  readonly flatSize: number;

  /** @throws UserError when an entry is no space, or a name comes twice */
  constructor(entries: readonly (readonly [name: string, space: Space])[]);
  constructor(spaces: Parts<T>);
  constructor(spaces: Parts<T> | readonly (readonly [string, Space])[]) {
    this.entries = Array.isArray(spaces)
      ? spaces.map(([name, space]) => [name, space] as const)
      : Object.entries(spaces as Record<string, Space>).sort(([a], [b]) => (a < b ? -1 : 1));
    const names = new Set<string>();
    for (const [name, space] of this.entries) {
      if (!isSpace(space)) throw new UserError(`Dict wants a space for every name; '${name}' is ${String(space)}.`);
      if (names.has(name)) throw new UserError(`Dict wants every name once; '${name}' comes twice.`);
      names.add(name);
    }
    this.spaces = Object.fromEntries(this.entries) as Parts<T>;
    this.flatSize = this.entries.reduce((sum, [, space]) => sum + space.flatSize, 0);
  }

  /** An object with these names and no others. */
  contains(value: unknown): value is T {
    if (typeof value !== 'object' || value === null || Object.keys(value).length !== this.entries.length) return false;
    return this.entries.every(
      ([name, space]) => Object.hasOwn(value, name) && space.contains((value as Record<string, unknown>)[name]),
    );
  }

  /** One draw from each space, in the order of the names. Gymnasium gives each space a generator of its own. */
  sample(random: Random): T {
    return Object.fromEntries(this.entries.map(([name, space]) => [name, space.sample(random)])) as T;
  }

  flatten(value: T, row: Float32Array | Float64Array, at = 0): void {
    let offset = at;
    for (const [name, space] of this.entries) {
      space.flatten(value[name], row, offset);
      offset += space.flatSize;
    }
  }

  unflatten(row: Float32Array | Float64Array, at = 0): T {
    let offset = at;
    const parts = this.entries.map(([name, space]) => {
      const value = space.unflatten(row, offset);
      offset += space.flatSize;
      return [name, value];
    });
    // Assigning by name would do something else for '__proto__'.
    return Object.fromEntries(parts) as T;
  }

  toString(): string {
    return `Dict(${this.entries.map(([name, space]) => `${name}: ${space}`).join(', ')})`;
  }
}
