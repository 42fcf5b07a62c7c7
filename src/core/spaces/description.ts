import { UserError } from '../errors.ts';
import { Box, type BoxType } from './box.ts';
import { Dict } from './dict.ts';
import { Discrete } from './discrete.ts';
import { MultiBinary } from './multi-binary.ts';
import { MultiDiscrete } from './multi-discrete.ts';
import type { Space } from './space.ts';
import { Tuple } from './tuple.ts';

/** A bound that survives JSON, which has no infinity. */
export type DescribedBound = number | 'inf' | '-inf';

/** A space as plain data, for files and for the wire. */
export type SpaceDescription =
  | { type: 'box'; low: DescribedBound[]; high: DescribedBound[]; shape: number[]; dtype: BoxType }
  | { type: 'discrete'; n: number; start: number }
  | { type: 'multi-discrete'; nvec: number[]; start: number[] }
  | { type: 'multi-binary'; n: number }
  | { type: 'dict'; spaces: Record<string, SpaceDescription> }
  | { type: 'tuple'; spaces: SpaceDescription[] };

function describeBound(bound: ArrayLike<number>, bounded: Uint8Array, open: 'inf' | '-inf'): DescribedBound[] {
  return Array.from(bound, (value, i) => (bounded[i] ? value : open));
}

function boundFrom(bound: readonly DescribedBound[]): number[] {
  return bound.map((value) => (typeof value === 'number' ? value : value === 'inf' ? Infinity : -Infinity));
}

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
      const { nvec, start } = space as MultiDiscrete;
      return { type: 'multi-discrete', nvec: Array.from(nvec), start: Array.from(start) };
    }
    case 'multi-binary':
      return { type: 'multi-binary', n: (space as MultiBinary).n };
    case 'dict': {
      const entries = Object.entries((space as Dict).spaces);
      return { type: 'dict', spaces: Object.fromEntries(entries.map(([name, part]) => [name, describeSpace(part)])) };
    }
    case 'tuple':
      return { type: 'tuple', spaces: (space as Tuple).spaces.map(describeSpace) };
  }
}

/** @throws UserError when the data describe no space */
export function spaceFrom(description: SpaceDescription): Space {
  switch (description.type) {
    case 'box':
      return new Box(boundFrom(description.low), boundFrom(description.high), description.shape, description.dtype);
    case 'discrete':
      return new Discrete(description.n, description.start);
    case 'multi-discrete':
      return new MultiDiscrete(description.nvec, description.start);
    case 'multi-binary':
      return new MultiBinary(description.n);
    case 'dict': {
      const entries = Object.entries(description.spaces);
      return new Dict(Object.fromEntries(entries.map(([name, part]) => [name, spaceFrom(part)])));
    }
    case 'tuple':
      return new Tuple(description.spaces.map(spaceFrom));
    default:
      throw new UserError(`Expected the description of a space; got ${JSON.stringify(description)}.`);
  }
}
