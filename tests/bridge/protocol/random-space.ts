import type { Random } from '../../../src/core/random.ts';
import { boxTypes } from '../../../src/core/spaces/box.ts';
import {
  Box,
  Dict,
  Discrete,
  Graph,
  MultiBinary,
  MultiDiscrete,
  OneOf,
  Sequence,
  type Space,
  Text,
  Tuple,
} from '../../../src/core/spaces/index.ts';

type Maker = (random: Random, levels: number) => Space;

const names = ['b', 'a', '10', '2', '__proto__', '$x', 'é'];

function shapeOf(random: Random): number[] {
  return Array.from({ length: random.integers(0, 3) }, () => random.integers(0, 4));
}

function several(random: Random, levels: number, least: number): Space[] {
  return Array.from({ length: random.integers(least, 4) }, () => randomSpace(random, levels - 1));
}

const leaves: Maker[] = [
  (random) => {
    const dtype = boxTypes[random.integers(0, boxTypes.length)];
    const isOpen = dtype.startsWith('float') || dtype.startsWith('int');
    const low = isOpen && random.double() < 0.3 ? Number.NEGATIVE_INFINITY : 0;
    return new Box(low, 1, shapeOf(random), dtype);
  },
  (random) => new Discrete(random.integers(1, 6), random.integers(-3, 4)),
  (random) => new MultiDiscrete([2, 3, 4, 1], [0, -1, 5, 2], random.double() < 0.5 ? [2, 2] : undefined),
  (random) => new MultiBinary(random.integers(1, 5)),
  (random) => new Text(random.integers(1, 6), { minLength: random.integers(0, 2), characters: 'xyzä\u{1f600}' }),
];

const fixed: Maker[] = [
  (random, levels) => new Dict(several(random, levels, 1).map((space, i) => [names[(i * 3) % names.length], space])),
  (random, levels) => new Tuple(several(random, levels, 0)),
  (random, levels) => new OneOf(several(random, levels, 1)),
];

const variable: Maker[] = [
  (random, levels) => new Sequence(randomSpace(random, levels - 1), random.double() < 0.5),
  (random, levels) =>
    new Graph(randomSpace(random, levels - 2), random.double() < 0.3 ? null : randomSpace(random, levels - 2)),
];

function choose(makers: readonly Maker[], random: Random, levels: number): Space {
  return makers[random.integers(0, makers.length)](random, levels);
}

/** A space of any kind, with others inside it. */
export function randomSpace(random: Random, levels = 3): Space {
  return choose(levels <= 1 ? leaves : [...leaves, ...fixed, ...variable], random, levels);
}

/** A space whose values have rows of one size. */
export function randomFlatSpace(random: Random): Space {
  for (;;) {
    const space = choose([...leaves, ...fixed, ...fixed], random, 3);
    if (!Number.isNaN(space.flatSize)) return space;
  }
}

/** The same bytes with a few of them changed, or another number of them. */
export function corrupt(buffers: readonly Uint8Array[], random: Random): Uint8Array[] {
  const damaged = buffers.map((buffer) => Uint8Array.from(buffer));
  if (damaged.length === 0 || random.double() < 0.1) return [...damaged, new Uint8Array(random.integers(0, 9))];
  const at = random.integers(0, damaged.length);
  const buffer = damaged[at];
  const kind = random.double();
  if (kind < 0.1) damaged.splice(at, 1);
  else if (kind < 0.3) damaged[at] = buffer.slice(0, random.integers(0, buffer.length + 1));
  else if (kind < 0.4) damaged[at] = Uint8Array.of(...buffer, 0, 1, 2, 3);
  else
    for (let k = 0; k < 2 && buffer.length > 0; k++)
      buffer[random.integers(0, buffer.length)] = random.integers(0, 256);
  return damaged;
}
