import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import {
  actionFromRow,
  actionSizeOf,
  actionToRow,
  Box,
  type BoxType,
  Dict,
  Discrete,
  describeSpace,
  MultiBinary,
  MultiDiscrete,
  maskSizeOf,
  type Space,
  spaceFrom,
  Tuple,
} from '../../src/core/spaces/index.ts';
import { readFixture } from './gymnasium-fixture.ts';

interface Sampled {
  samples: (number | number[])[];
  flat: number[][];
}

const fixture = readFixture<Record<string, Sampled> & { dict: { keys: string[]; flat: number[] } }>('spaces');

const low = [-1, -Infinity, 0, -Infinity, -2.5, 3];
const high = [1, Infinity, Infinity, 5, -2, 3.25];
const sampled: Record<string, Space> = {
  'mixed float32': new Box(low, high),
  'mixed float64': new Box(low, high, [6], 'float64'),
  int16: new Box([0, -3, 250], [255, 3, 250], [3], 'int16'),
  'open int32': new Box([-Infinity, -Infinity, 4], [Infinity, 9, Infinity], [3], 'int32'),
  uint8: new Box(0, 255, [7], 'uint8'),
  discrete: new Discrete(7, -2),
  'multi-discrete': new MultiDiscrete([3, 5, 2], [1, 0, -4]),
  'multi-binary': new MultiBinary(11),
};

const numbersOf = (value: unknown): number[] => (typeof value === 'number' ? [value] : Array.from(value as number[]));

describe.each(Object.keys(sampled))('%s', (name) => {
  const space = sampled[name];
  const { samples, flat } = fixture[name];

  test('draws what Gymnasium draws', () => {
    const random = new Random(42);
    for (const sample of samples) {
      const drawn = space.sample(random);
      expect(space.contains(drawn)).toBe(true);
      expect(numbersOf(drawn)).toEqual(numbersOf(sample));
    }
  });

  test('flattens as Gymnasium does, and back', () => {
    const random = new Random(42);
    for (const expected of flat) {
      const value = space.sample(random);
      const row = new Float64Array(space.flatSize + 2).fill(7);
      space.flatten(value, row, 1);
      expect(Array.from(row)).toEqual([7, ...expected, 7]);
      expect(space.unflatten(row, 1)).toEqual(value);
    }
  });
});

const nested = new Dict({
  b: new Discrete(3),
  a: new Box(0, 1, [2]),
  B: new Tuple([new MultiBinary(2), new MultiDiscrete([2, 3])]),
});

describe('Dict and Tuple', () => {
  test('names are in the order of Gymnasium', () => {
    const space = new Dict({ b: new Discrete(3), a: new Box(0, 1, [2]), B: new MultiBinary(2) });
    expect(Object.keys(space.spaces)).toEqual(fixture.dict.keys);
    const row = new Float32Array(space.flatSize);
    space.flatten({ b: 1, a: Float32Array.of(0.25, 0.5), B: Int8Array.of(1, 0) }, row);
    expect(Array.from(row)).toEqual(fixture.dict.flat);
  });

  test('values go flat and back', () => {
    const value = nested.sample(new Random(1));
    const row = new Float32Array(nested.flatSize);
    nested.flatten(value, row);
    expect(nested.flatSize).toBe(2 + 5 + 2 + 3);
    expect(nested.unflatten(row)).toEqual(value);
    expect(nested.contains(value)).toBe(true);
  });

  test('contain only what has all parts and no others', () => {
    const value = nested.sample(new Random(1));
    expect(nested.contains({ ...value, c: 1 })).toBe(false);
    expect(nested.contains({ a: value.a, b: value.b })).toBe(false);
    expect(nested.contains({ ...value, b: 3 })).toBe(false);
    expect(nested.contains(null)).toBe(false);
    const tuple = new Tuple([new Discrete(2), new Discrete(2)]);
    expect([[0, 1], [0], [0, 2], 0].map((candidate) => tuple.contains(candidate))).toEqual([true, false, false, false]);
  });
});

describe('contains', () => {
  test('Box: length, range and NaN', () => {
    const box = new Box([0, -Infinity], [1, 5]);
    const inside = [Float32Array.of(0, 5), [1, -1e30], Float64Array.of(0.5, 0), Float32Array.of(1, -Infinity)];
    const outside = [[0], [0, 1, 2], [-0.1, 0], [0, 5.1], [Number.NaN, 0], ['0', '1'], 0, undefined, '01', {}];
    for (const value of inside) expect(box.contains(value)).toBe(true);
    for (const value of outside) expect(box.contains(value)).toBe(false);
  });

  test('Box of integers: whole numbers', () => {
    const box = new Box(0, 9, [1], 'int8');
    expect(box.contains([3])).toBe(true);
    expect(box.contains([3.5])).toBe(false);
  });

  test('choices', () => {
    const discrete = new Discrete(3, -1);
    expect([-1, 1, -2, 2, 0.5, Number.NaN, '0'].map((x) => discrete.contains(x))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    const multi = new MultiDiscrete([2, 3]);
    expect([[1, 2], [2, 0], [0], [0, -1], [0.5, 0]].map((x) => multi.contains(x))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    const binary = new MultiBinary(2);
    expect([[1, 0], [1, 2], [1]].map((x) => binary.contains(x))).toEqual([true, false, false]);
  });
});

test.each<[string, () => unknown, string]>([
  ['NaN', () => new Box(Number.NaN, 1), 'low bound NaN'],
  ['order', () => new Box([0, 2], [1, 1]), 'element 1 has low 2 and high 1'],
  ['length', () => new Box([0, 0], 1, [3]), 'has 3 numbers; got 2'],
  ['range', () => new Box(0, 300, [1], 'uint8'), 'high bound 300'],
  ['range of float32', () => new Box(0, 1e39), 'high bound 1e+39'],
  ['open unsigned', () => new Box(0, Infinity, [1], 'uint16'), 'high bound Infinity'],
  ['broken integer', () => new Box(0.5, 3, [1], 'int8'), 'low bound 0.5'],
  ['wrong infinity', () => new Box(Infinity, Infinity), 'low bound Infinity'],
  ['shape', () => new Box(0, 1, [1.5]), 'shape of a Box'],
  ['number type', () => new Box(0, 1, [1], 'float16' as BoxType), "got 'float16'"],
  ['no choices', () => new Discrete(0), 'positive integer'],
  ['start', () => new Discrete(2, 0.5), 'integer start'],
  ['no slots', () => new MultiDiscrete([]), 'positive integers'],
  ['starts', () => new MultiDiscrete([2, 2], [0]), '2 integers in start'],
  ['no bits', () => new MultiBinary(-1), 'positive integer'],
  ['no space', () => new Dict({ a: 3 as unknown as Space }), "'a' is 3"],
  ['no space in a tuple', () => new Tuple([undefined as unknown as Space]), 'entry 0'],
])('a wrong argument is refused: %s', (_, build, message) => {
  expect(build).toThrow(UserError);
  expect(build).toThrow(message);
});

test('a row without a one names no choice', () => {
  expect(() => new Discrete(3).unflatten(new Float32Array(3))).toThrow('zeros only');
});

test('shapes, sizes and bounds', () => {
  expect(new Box(0, 1).shape).toEqual([1]);
  expect(new Box(0, [1, 2, 3]).shape).toEqual([3]);
  expect(new Box(0, 1, [2, 3]).flatSize).toBe(6);
  const open = new Box([-Infinity, 0], [1, Infinity], [2], 'int8');
  expect([Array.from(open.low), Array.from(open.high)]).toEqual([
    [-128, 0],
    [1, 127],
  ]);
  expect([open.isBounded(), open.isBounded('below'), new Box(0, 1).isBounded()]).toEqual([false, false, true]);
});

describe('action rows', () => {
  test.each<[Space, unknown, number[], number]>([
    [new Box(-1, 1, [2]), Float32Array.of(0.5, -1), [0.5, -1], 0],
    [new Discrete(4, 10), 12, [2], 4],
    [new MultiDiscrete([3, 2], [1, -5]), Int32Array.of(3, -5), [2, 0], 5],
    [new MultiBinary(3), Int8Array.of(1, 0, 1), [1, 0, 1], 6],
  ])('%s', (space, action, decisions, maskSize) => {
    const row = new Float32Array(decisions.length + 1);
    actionToRow(space, action, row, 1);
    expect(Array.from(row)).toEqual([0, ...decisions]);
    expect(actionFromRow(space, row, 1)).toEqual(action);
    expect(actionSizeOf(space)).toBe(decisions.length);
    expect(maskSizeOf(space)).toBe(maskSize);
  });

  test('spaces of parts are refused', () => {
    expect(() => actionSizeOf(nested)).toThrow('Join the parts');
  });
});

test('descriptions survive JSON', () => {
  for (const space of [...Object.values(sampled), nested]) {
    const copy = spaceFrom(JSON.parse(JSON.stringify(describeSpace(space))));
    expect(String(copy)).toBe(String(space));
    expect(copy).toEqual(space);
    expect(copy.sample(new Random(3))).toEqual(space.sample(new Random(3)));
  }
  expect(() => spaceFrom({ type: 'sphere' } as never)).toThrow('description of a space');
});
