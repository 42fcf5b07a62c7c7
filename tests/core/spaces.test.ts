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
  Graph,
  MultiBinary,
  MultiDiscrete,
  maskSizeOf,
  OneOf,
  Sequence,
  type Space,
  spaceFrom,
  Text,
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
  ['number type', () => new Box(0, 1, [1], 'complex64' as BoxType), "got 'complex64'"],
  ['inherited number type', () => new Box(0, 1, [1], 'toString' as BoxType), "got 'toString'"],
  ['range of float16', () => new Box(0, 65_520, [1], 'float16'), 'high bound 65520'],
  ['range of bool', () => new Box(0, 2, [1], 'bool'), 'high bound 2'],
  ['open bool', () => new Box(-Infinity, 1, [1], 'bool'), 'low bound -Infinity'],
  ['open uint64', () => new Box(0, Infinity, [1], 'uint64'), 'high bound Infinity'],
  ['beyond int64', () => new Box(-(2 ** 64), 0, [1], 'int64'), 'low bound'],
  ['no choices', () => new Discrete(0), 'positive integer'],
  ['start', () => new Discrete(2, 0.5), 'integer start'],
  ['no slots', () => new MultiDiscrete([]), 'positive integers'],
  ['starts', () => new MultiDiscrete([2, 2], [0]), '2 integers in start'],
  ['choices beyond 32 bits', () => new MultiDiscrete([2], [2 ** 31 - 1]), '32 bits'],
  ['shape of slots', () => new MultiDiscrete([2, 2], undefined, [3]), 'wants a shape of as many; got [3]'],
  ['shape of bits', () => new MultiBinary(6, [2, -3, -1]), 'got [2, -3, -1]'],
  ['lengths', () => new Text(2, { minLength: 3 }), 'got 3 and 2'],
  ['no characters', () => new Text(2, { characters: '' }), 'wants characters'],
  ['no space in a sequence', () => new Sequence(2 as unknown as Space), 'got 2'],
  ['no space for nodes', () => new Graph(undefined as unknown as Space), 'got undefined'],
  ['no space for edges', () => new Graph(new Discrete(2), 1 as unknown as Space), 'or null; got 1'],
  ['nothing to choose from', () => new OneOf([]), 'at least one'],
  ['no space to choose', () => new OneOf([null as unknown as Space]), 'entry 0'],
  [
    'a name twice',
    () =>
      new Dict([
        ['a', new Discrete(2)],
        ['a', new Discrete(3)],
      ]),
    "'a' comes twice",
  ],
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

describe('Box of the types that JavaScript lacks', () => {
  test('float16 is rounded to half precision', () => {
    const box = new Box(-0.1, [0.1, 1, Infinity], [3], 'float16');
    const tenth = 0.0999755859375;
    expect(Array.from(box.low)).toEqual([-tenth, -tenth, -tenth]);
    expect(Array.from(box.high)).toEqual([tenth, 1, Infinity]);
    expect(Array.from(box.unflatten(Float64Array.of(0.1, 1 / 3, 1e6)))).toEqual([tenth, 0.333251953125, Infinity]);
    const random = new Random(1);
    for (let i = 0; i < 200; i++) {
      const value = box.sample(random);
      expect(box.contains(value)).toBe(true);
      expect(box.unflatten(value)).toEqual(value);
    }
  });

  test('bool holds 0 and 1', () => {
    const box = new Box(0, 1, [4], 'bool');
    const drawn = new Set(Array.from({ length: 20 }, (_, i) => Array.from(box.sample(new Random(i)))).flat());
    expect(drawn).toEqual(new Set([0, 1]));
    expect(box.contains([0, 1, 2, 0])).toBe(false);
    expect(box.unflatten(Float32Array.of(0, 1, 0.5, -3))).toEqual(Uint8Array.of(0, 1, 1, 1));
  });

  test('int64 and uint64 reach beyond 2^53', () => {
    const open = new Box(-Infinity, Infinity, [2], 'int64');
    expect([open.low[0], open.high[0]]).toEqual([-(2 ** 63), 2 ** 63]);
    expect(open.contains([2 ** 60, -3])).toBe(true);
    expect(open.contains([0.5, 0])).toBe(false);
    const wide = new Box(0, 2 ** 64, [3], 'uint64');
    for (let i = 0; i < 50; i++) expect(wide.contains(wide.sample(new Random(i)))).toBe(true);
    expect(wide.unflatten(Float64Array.of(2 ** 63, 7.9, 0))).toEqual(Float64Array.of(2 ** 63, 7, 0));
  });
});

test('arrays of choices have a shape and stay flat', () => {
  const multi = new MultiDiscrete([2, 3, 4, 5], undefined, [2, 2]);
  expect([multi.shape, multi.flatSize, String(multi)]).toEqual([
    [2, 2],
    14,
    'MultiDiscrete([2, 3, 4, 5], shape=[2, 2])',
  ]);
  const binary = new MultiBinary(6, [3, 2]);
  expect([binary.shape, binary.flatSize, String(binary)]).toEqual([[3, 2], 6, 'MultiBinary([3, 2])']);
  expect([new MultiDiscrete([2, 2]).shape, new MultiBinary(3).shape]).toEqual([[2], [3]]);
});

describe('Dict from a list', () => {
  const names = ['b', '10', 'a', '__proto__', '2', 'constructor'];
  const space = new Dict(names.map((name, i) => [name, new Discrete(i + 2)]));

  test('keeps its order in rows', () => {
    const row = new Float32Array(space.flatSize);
    const value = Object.fromEntries(names.map((name) => [name, 1]));
    space.flatten(value, row);
    // The second choice of 2, 3, 4, 5, 6 and 7.
    expect(Array.from(row.keys()).filter((i) => row[i] === 1)).toEqual([1, 3, 6, 10, 15, 21]);
    expect(space.entries.map(([name]) => name)).toEqual(names);
  });

  test('any name is a name', () => {
    const value = space.sample(new Random(4));
    expect(Object.keys(value).sort()).toEqual([...names].sort());
    expect(space.contains(value)).toBe(true);
    const row = new Float32Array(space.flatSize);
    space.flatten(value, row);
    const copy = space.unflatten(row);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.entries(copy)).toEqual(Object.entries(value));
    expect(new Dict([['toString', new Discrete(2)]]).contains({})).toBe(false);
  });
});

describe('Text', () => {
  const space = new Text(5, { minLength: 0, characters: 'zcab\u{1f600}b' });

  // Expected: gymnasium.spaces.utils.flatten, 1.4.0, of a Text with a set of characters.
  test.each([
    ['', [5, 5, 5, 5, 5]],
    ['zac', [3, 0, 2, 5, 5]],
    ['\u{1f600}bb', [4, 1, 1, 5, 5]],
  ])('%j flattens as in Gymnasium, and back', (text, expected) => {
    expect(space.characters).toBe('abcz\u{1f600}');
    const row = new Float32Array(7).fill(9);
    space.flatten(text, row, 1);
    expect(Array.from(row)).toEqual([9, ...expected, 9]);
    expect(space.unflatten(row, 1)).toBe(text);
  });

  test('counts characters, not code units', () => {
    expect(space.contains('\u{1f600}'.repeat(5))).toBe(true);
    expect(space.contains('\u{1f600}'.repeat(6))).toBe(false);
    expect(['x', 'abz\ud83d', 3, null].map((value) => space.contains(value))).toEqual([false, false, false, false]);
    expect(new Text(3).contains('')).toBe(false);
  });

  test('draws lengths from the whole range', () => {
    const random = new Random(0);
    const drawn = Array.from({ length: 200 }, () => new Text(3).sample(random));
    expect(drawn.every((text) => new Text(3).contains(text))).toBe(true);
    expect(new Set(drawn.map((text) => text.length))).toEqual(new Set([1, 2, 3]));
    expect(new Text(4, { minLength: 0, characters: '' }).sample(random)).toBe('');
  });
});

describe('OneOf', () => {
  const space = new OneOf([
    new Box(-1, 1, [2]),
    new Discrete(5, 2),
    new Text(3, { characters: 'ab' }),
    new MultiBinary(1),
  ]);

  // Expected: gymnasium.spaces.utils.flatten, 1.4.0.
  test.each<[[number, unknown], number[]]>([
    [
      [0, Float32Array.of(0.25, -0.5)],
      [0, 0.25, -0.5, 0.25, 0.25, 0.25],
    ],
    [
      [1, 4],
      [1, 0, 0, 1, 0, 0],
    ],
    [
      [2, 'ba'],
      [2, 1, 0, 2, 1, 1],
    ],
    [
      [3, Int8Array.of(1)],
      [3, 1, 1, 1, 1, 1],
    ],
  ])('%j flattens as in Gymnasium, and back', (value, expected) => {
    const row = new Float32Array(8).fill(9);
    space.flatten(value, row, 1);
    expect(Array.from(row)).toEqual([9, ...expected, 9]);
    expect(space.unflatten(row, 1)).toEqual(value);
  });

  test('contains a value under the number of its space only', () => {
    const candidates = [[1, 4], [1, 1], [0, 4], [4, 0], [-1, 0], [1], 4, ['length', 0], [0.5, 4]];
    expect(candidates.map((value) => space.contains(value))).toEqual([true, ...new Array(8).fill(false)]);
    const random = new Random(0);
    const drawn = Array.from({ length: 60 }, () => space.sample(random));
    expect(drawn.every((value) => space.contains(value))).toBe(true);
    expect(new Set(drawn.map(([index]) => index))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('an index without a space is refused', () => {
    expect(() => space.unflatten(Float32Array.of(4, 0, 0, 0, 0, 0))).toThrow('one of 4 spaces; got 4');
  });
});

describe('spaces of no fixed size', () => {
  const sequence = new Sequence(new Discrete(3));
  const graph = new Graph(new Box(0, 1, [2]), new Discrete(2));

  test.each<[Space]>([
    [sequence],
    [graph],
    [new Dict({ a: new Discrete(2), b: new Tuple([sequence]) })],
    [new OneOf([new Discrete(2), graph])],
  ])('%s cannot be flattened', (space) => {
    expect(space.flatSize).toBeNaN();
    const random = new Random(1);
    const value = space.type === 'one-of' ? [1, graph.sample(random)] : space.sample(random);
    expect(() => space.flatten(value, new Float32Array(9))).toThrow(UserError);
    expect(() => space.flatten(value, new Float32Array(9))).toThrow('differ in size');
    expect(() => actionSizeOf(space)).toThrow('Actions come from');
  });

  test('Sequence: any number of elements', () => {
    expect([[], [0, 2], [3], '0', null].map((value) => sequence.contains(value))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    const random = new Random(0);
    const lengths = Array.from({ length: 4000 }, () => sequence.sample(random).length);
    // Geometric: mean 1 / p, variance (1 - p) / p^2 = 12; five standard errors.
    const mean = lengths.reduce((sum, length) => sum + length) / lengths.length;
    expect(Math.abs(mean - 4)).toBeLessThan(5 * Math.sqrt(12 / lengths.length));
    expect(Math.min(...lengths)).toBe(1);
  });

  test('Graph: edges join nodes that are there', () => {
    const nodes = [Float32Array.of(0, 1), Float32Array.of(0.5, 0.5)];
    const edges = [1];
    const inside = [
      { nodes, edges, links: Int32Array.of(0, 1) },
      { nodes: [], edges: null, links: null },
      { nodes, edges: [], links: [] },
    ];
    const outside = [
      { nodes, edges, links: [0, 2] },
      { nodes, edges, links: [0, -1] },
      { nodes, edges, links: [0] },
      { nodes, edges, links: null },
      { nodes, edges: null, links: [0, 1] },
      { nodes, edges: [2], links: [0, 1] },
      { nodes: [[2, 2]], edges: null, links: null },
      { edges, links: [0, 1] },
      null,
    ];
    expect(inside.map((value) => graph.contains(value))).toEqual([true, true, true]);
    expect(outside.map((value) => graph.contains(value))).toEqual(outside.map(() => false));
    expect(new Graph(new Discrete(2)).contains({ nodes: [1], edges: [1], links: [0, 0] })).toBe(false);
    for (let i = 0; i < 20; i++) expect(graph.contains(graph.sample(new Random(i)))).toBe(true);
    expect(new Graph(new Discrete(2)).sample(new Random(0)).edges).toBeNull();
  });
});

const others: Space[] = [
  new Box(-0.1, [0.1, Infinity], [1, 2], 'float16'),
  new Box(0, 1, [2], 'bool'),
  new Box(-Infinity, 2 ** 40, [2], 'int64'),
  new Box(0, 2 ** 64, [], 'uint64'),
  new Box([], [], [0]),
  new MultiDiscrete([2, 3, 4, 5], [0, 1, -2, 3], [2, 2]),
  new MultiBinary(4, [2, 2]),
  new Text(5, { minLength: 0, characters: 'a\u{1f600}"' }),
  new Dict([
    ['z', new Discrete(2)],
    ['__proto__', new Sequence(new Tuple([new Graph(new Discrete(2), new Box(0, 1)), new Graph(new Discrete(3))]))],
    ['1', new OneOf([new Sequence(new Discrete(2), true), new Discrete(3)])],
  ]),
];

test('descriptions survive JSON', () => {
  for (const space of [...Object.values(sampled), nested, ...others]) {
    const copy = spaceFrom(JSON.parse(JSON.stringify(describeSpace(space))));
    expect(String(copy)).toBe(String(space));
    expect(copy).toEqual(space);
    expect(copy.sample(new Random(3))).toEqual(space.sample(new Random(3)));
  }
});

test('descriptions are those of the protocol', () => {
  const described = (space: Space) => JSON.stringify(describeSpace(space));
  expect(described(new Box(-Infinity, 1, [3]))).toBe(
    '{"type":"box","low":"-inf","high":1,"shape":[3],"dtype":"float32"}',
  );
  expect(described(new Box([0, 1], 2, [2], 'int8'))).toBe(
    '{"type":"box","low":[0,1],"high":2,"shape":[2],"dtype":"int8"}',
  );
  expect(described(new Discrete(5))).toBe('{"type":"discrete","n":5,"start":0}');
  expect(described(new MultiDiscrete([3, 2]))).toBe('{"type":"multi-discrete","nvec":[3,2],"start":[0,0]}');
  expect(described(new MultiBinary(4, [2, 2]))).toBe('{"type":"multi-binary","n":4,"shape":[2,2]}');
  expect(described(new Text(9, { characters: 'cab' }))).toBe(
    '{"type":"text","minLength":1,"maxLength":9,"characters":"abc"}',
  );
  expect(described(new Dict({ pos: new MultiBinary(1), goal: new MultiBinary(2) }))).toBe(
    '{"type":"dict","spaces":[["goal",{"type":"multi-binary","n":2}],["pos",{"type":"multi-binary","n":1}]]}',
  );
  expect(described(new Graph(new Discrete(2)))).toBe(
    '{"type":"graph","node":{"type":"discrete","n":2,"start":0},"edge":null}',
  );
});

describe('what describes no space is refused', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? { type: 'discrete', n: 2, start: 0 } : { type: 'tuple', spaces: [deep(levels - 1)] };
  const box = { type: 'box', low: 0, high: 1, shape: [1], dtype: 'float32' };

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'got undefined'],
    ['null', null, 'got null'],
    ['a list', [], 'got []'],
    ['another type', { type: 'sphere' }, 'description of a space'],
    ['a type that objects have', { type: 'constructor' }, 'description of a space'],
    ['a box without bounds', { type: 'box', shape: [1], dtype: 'float32' }, 'bounds'],
    ['a bound of text', { ...box, low: 'low' }, 'bounds'],
    ['bounds of another length', { ...box, low: [0, 0] }, 'has 1 numbers; got 2'],
    ['the wrong infinity', { ...box, low: 'inf' }, 'low bound Infinity'],
    ['no shape', { ...box, shape: 3 }, 'list of shape'],
    ['a shape of text', { ...box, shape: ['3'] }, 'numbers in shape'],
    ['a shape of no elements', { ...box, shape: [0, Infinity] }, 'non-negative integers'],
    ['a dtype of objects', { ...box, dtype: '__proto__' }, 'a dtype'],
    ['a gigantic box', { ...box, shape: [2 ** 14, 2 ** 14] }, 'bytes'],
    ['an endless box', { ...box, shape: [2 ** 52, 2 ** 52] }, 'bytes'],
    ['many large parts', { type: 'tuple', spaces: new Array(5).fill({ type: 'multi-binary', n: 2 ** 24 }) }, 'bytes'],
    ['gigantic bits', { type: 'multi-binary', n: 2 ** 30 }, 'bytes'],
    ['negative bits', { type: 'multi-binary', n: -1 }, 'positive integer'],
    ['a list as number', { type: 'discrete', n: [2] }, 'a number as n'],
    ['text as number', { type: 'discrete', n: '2' }, 'a number as n'],
    ['an unknown dtype', { type: 'discrete', n: 2, dtype: 'int65' }, 'a dtype'],
    ['slots of null', { type: 'multi-discrete', nvec: [null] }, 'numbers in nvec'],
    ['characters as list', { type: 'text', minLength: 0, maxLength: 1, characters: ['a'] }, 'characters'],
    ['lengths in the wrong order', { type: 'text', minLength: 3, maxLength: 1, characters: 'a' }, 'got 3 and 1'],
    ['a dict by name', { type: 'dict', spaces: { a: box } }, 'list of spaces'],
    ['a name of no text', { type: 'dict', spaces: [[1, box]] }, '[name, space]'],
    ['a name without a space', { type: 'dict', spaces: [['a']] }, '[name, space]'],
    [
      'a name twice',
      {
        type: 'dict',
        spaces: [
          ['a', box],
          ['a', box],
        ],
      },
      'comes twice',
    ],
    ['a tuple of numbers', { type: 'tuple', spaces: [1] }, 'got 1'],
    ['a sequence of nothing', { type: 'sequence' }, 'got undefined'],
    ['a graph without nodes', { type: 'graph', edge: box }, 'got undefined'],
    ['a choice of nothing', { type: 'one-of', spaces: [] }, 'at least one'],
    ['33 levels', deep(32), '32 deep'],
  ])('%s', (_, description, message) => {
    expect(() => spaceFrom(description)).toThrow(UserError);
    expect(() => spaceFrom(description)).toThrow(message);
  });

  test('32 levels, and choices in another number type, are accepted', () => {
    expect(spaceFrom(deep(31)).flatSize).toBe(2);
    expect(spaceFrom({ type: 'discrete', n: 3, start: 1, dtype: 'int32' })).toEqual(new Discrete(3, 1));
  });
});
