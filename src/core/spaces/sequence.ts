import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isSpace, refuseToFlatten, type Space } from './space.ts';

/** Chance that a sampled sequence ends after any of its elements, Gymnasium's choice: 4 elements on average. */
const END = 0.25;

/** Any number of values, all from one space. */
export class Sequence<T = unknown> implements Space<readonly T[]> {
  readonly type = 'sequence';
  readonly space: Space<T>;
  /** Whether Gymnasium holds the values in one array; here they are a list in any case. */
  readonly stack: boolean;
  readonly flatSize = Number.NaN;

  /** @throws UserError when it is given no space */
  constructor(space: Space<T>, stack = false) {
    if (!isSpace(space)) throw new UserError(`Sequence wants the space of its elements; got ${String(space)}.`);
    this.space = space;
    this.stack = stack;
  }

  contains(value: unknown): value is readonly T[] {
    return Array.isArray(value) && value.every((element) => this.space.contains(element));
  }

  /** The length geometric, the elements drawn from their space. */
  sample(random: Random): readonly T[] {
    const length = 1 + Math.floor(Math.log1p(-random.double()) / Math.log1p(-END));
    return Array.from({ length }, () => this.space.sample(random));
  }

  /** @throws UserError always */
  flatten(): void {
    refuseToFlatten(this);
  }

  /** @throws UserError always */
  unflatten(): readonly T[] {
    return refuseToFlatten(this);
  }

  toString(): string {
    return `Sequence(${this.space}, stack=${this.stack})`;
  }
}
