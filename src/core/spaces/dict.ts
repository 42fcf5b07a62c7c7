import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Space } from './space.ts';

/**
 * Values by name, each from its own space.
 *
 * Names are sorted, as Gymnasium sorts the keys of a plain dictionary: flattened rows then agree between the two
 * whatever the order of writing.
 */
export class Dict<T extends Record<string, unknown> = Record<string, unknown>> implements Space<T> {
  readonly type = 'dict';
  readonly spaces: { readonly [K in keyof T]: Space<T[K]> };
  readonly flatSize: number;
  readonly #entries: readonly [string, Space][];

  /** @throws UserError when an entry is no space */
  constructor(spaces: { readonly [K in keyof T]: Space<T[K]> }) {
    const entries = Object.entries(spaces as Record<string, Space>);
    this.#entries = entries.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, space] of this.#entries) {
      if (!isSpace(space)) throw new UserError(`Dict wants a space for every name; '${name}' is ${String(space)}.`);
    }
    this.spaces = Object.fromEntries(this.#entries) as { [K in keyof T]: Space<T[K]> };
    this.flatSize = this.#entries.reduce((sum, [, space]) => sum + space.flatSize, 0);
  }

  /** An object with these names and no others. */
  contains(value: unknown): value is T {
    if (typeof value !== 'object' || value === null || Object.keys(value).length !== this.#entries.length) return false;
    return this.#entries.every(
      ([name, space]) => Object.hasOwn(value, name) && space.contains((value as Record<string, unknown>)[name]),
    );
  }

  /** One draw from each space, in the order of the names. Gymnasium gives each space a generator of its own. */
  sample(random: Random): T {
    return Object.fromEntries(this.#entries.map(([name, space]) => [name, space.sample(random)])) as T;
  }

  flatten(value: T, row: Float32Array | Float64Array, at = 0): void {
    let offset = at;
    for (const [name, space] of this.#entries) {
      space.flatten(value[name], row, offset);
      offset += space.flatSize;
    }
  }

  unflatten(row: Float32Array | Float64Array, at = 0): T {
    const value: Record<string, unknown> = {};
    let offset = at;
    for (const [name, space] of this.#entries) {
      value[name] = space.unflatten(row, offset);
      offset += space.flatSize;
    }
    return value as T;
  }

  toString(): string {
    return `Dict(${this.#entries.map(([name, space]) => `${name}: ${space}`).join(', ')})`;
  }
}

export function isSpace(value: unknown): value is Space {
  const space = value as Partial<Space> | null | undefined;
  return (
    typeof space === 'object' &&
    space !== null &&
    typeof space.type === 'string' &&
    typeof space.flatSize === 'number' &&
    (['contains', 'sample', 'flatten', 'unflatten'] as const).every((name) => typeof space[name] === 'function')
  );
}
