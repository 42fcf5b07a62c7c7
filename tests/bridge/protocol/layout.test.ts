import { describe, expect, test } from '@jest/globals';
import { type Layout, layoutOf } from '../../../bridge/protocol/layout.ts';
import { ProtocolError } from '../../../bridge/protocol/message.ts';
import { UserError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
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
import { corrupt, randomSpace } from './random-space.ts';

const hex = (buffers: readonly Uint8Array[]) => buffers.map((buffer) => Buffer.from(buffer).toString('hex'));
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

describe('the bytes of the protocol', () => {
  test.each<[Space, unknown[], string[]]>([
    [new Box(-1, 1, [2]), [[0.5, -1], Float32Array.of(1, 0)], ['0000003f000080bf0000803f00000000']],
    [new Box(0, 300, [], 'uint16'), [[258], [3]], ['02010300']],
    [new Box(0, 1, [3], 'bool'), [[1, 0, 1]], ['010001']],
    [new Box(-8, 8, [3], 'float16'), [[1, -2, 0.1]], ['003c00c0662e']],
    [
      new Box(-Infinity, Infinity, [3], 'int64'),
      [[-1, 2 ** 53, 2 ** 63]],
      ['ffffffffffffffff0000000000002000ffffffffffffff7f'],
    ],
    [new Box(0, 2 ** 64, [2], 'uint64'), [[2 ** 63, 2 ** 64]], ['0000000000000080ffffffffffffffff']],
    [new Box(0, 1, [0]), [[], []], ['']],
    [new Discrete(3, -1), [-1, 1], ['ffffffffffffffff0100000000000000']],
    [new MultiDiscrete([3, 2]), [[2, 1]], ['02000000000000000100000000000000']],
    [new Text(4, { characters: 'ab\u{1f600}' }), ['a\u{1f600}', 'b'], ['0200000001000000', '6100000000f6010062000000']],
    [
      new Dict([
        ['b', new MultiBinary(1)],
        ['a', new MultiBinary(2)],
      ]),
      [
        { a: [0, 1], b: [1] },
        { a: [1, 1], b: [0] },
      ],
      ['0100', '00010101'],
    ],
    [new Sequence(new MultiBinary(1)), [[], [[1], [0]]], ['0000000002000000', '0100']],
    [
      new Graph(new MultiBinary(1), new MultiBinary(1)),
      [
        { nodes: [[1], [0]], edges: [[1]], links: [1, 0] },
        { nodes: [[0]], edges: null, links: null },
        { nodes: [], edges: [], links: [] },
      ],
      ['020000000100000000000000', '010000', '01000000ffffffff00000000', '01', '0100000000000000'],
    ],
    [new Graph(new MultiBinary(1)), [{ nodes: [[1]], edges: null, links: null }], ['01000000', '01', 'ffffffff', '']],
    [
      new OneOf([new MultiBinary(1), new Discrete(2), new MultiBinary(2)]),
      [
        [2, [1, 0]],
        [0, [1]],
        [2, [1, 1]],
      ],
      ['020000000000000002000000', '01', '', '01000101'],
    ],
  ])('%s', (space, values, expected) => {
    const layout = layoutOf(space);
    expect(hex(layout.encode(values))).toEqual(expected);
    expect(layout.bufferCount).toBe(expected.length);
    const decoded = layout.decode(expected.map(bytes), values.length, 'observation');
    expect(decoded.every((value) => space.contains(value))).toBe(true);
    expect(hex(layout.encode(decoded))).toEqual(expected);
  });
});

test('values of any space come back as they were', () => {
  const random = new Random(11);
  for (let i = 0; i < 300; i++) {
    const space = randomSpace(random);
    const values = Array.from({ length: random.integers(0, 4) }, () => space.sample(random));
    const layout = layoutOf(space);
    const buffers = layout.encode(values);
    expect(buffers).toHaveLength(layout.bufferCount);
    // Numbers in a received message may lie anywhere.
    const received = buffers.map((buffer) => Buffer.concat([Buffer.of(1), buffer]).subarray(1));
    expect(layout.decode(received, values.length, 'observation')).toEqual(values);
  }
});

test('whatever is changed, there are values or a ProtocolError', () => {
  const random = new Random(12);
  let refusals = 0;
  for (let i = 0; i < 300; i++) {
    const space = randomSpace(random);
    const layout = layoutOf(space);
    const buffers = layout.encode([space.sample(random), space.sample(random)]);
    for (let k = 0; k < 10; k++) {
      try {
        layout.decode(corrupt(buffers, random), 2, 'observation');
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refusals++;
      }
    }
  }
  expect(refusals).toBeGreaterThan(500);
});

describe('decoding refuses', () => {
  const goal = new Dict({ goal: new Tuple([new Box(0, 1, [2])]) });
  const text = new Text(3);
  const graph = new Graph(new MultiBinary(1), new MultiBinary(1));

  test.each<[string, Space, string[], string]>([
    ['too few bytes', goal, ['0000'], 'observation.goal[0]: expected 8 bytes (2 of float32), got 2'],
    ['too many buffers', goal, ['0000000000000000', ''], 'observation: expected 1 buffers, got 2'],
    ['too few buffers', goal, [], 'observation: expected 1 buffers, got 0'],
    ['a boolean of 2', new Box(0, 1, [2], 'bool'), ['0002'], 'observation: expected bytes of 0 or 1, got 2'],
    ['a choice beyond 32 bits', new MultiDiscrete([2]), ['0000000001000000'], 'got 4294967296'],
    ['a text of negative length', text, ['ffffffff', ''], 'observation (lengths): expected 0 or more, got -1'],
    ['a longer text than there is', text, ['02000000', '61000000'], 'expected 8 bytes (2 of uint32), got 4'],
    ['a number that is no character', text, ['01000000', '00001100'], 'number 1114112'],
    ['half of a surrogate pair', text, ['01000000', '00d80000'], 'number 55296'],
    ['a sequence of negative length', new Sequence(text), ['ffffffff', '', ''], 'expected 0 or more, got -1'],
    ['endless empty values', new Sequence(new Box(0, 1, [0])), ['ffffff7f', ''], 'expected at most 1048576 values'],
    ['-2 edges', graph, ['01000000', '00', 'feffffff', '', ''], 'observation.edges (numbers): expected -1 or more'],
    ['an edge to nowhere', graph, ['01000000', '00', '01000000', '01', '0000000001000000'], 'observation.links'],
    ['a choice of nothing', new OneOf([text]), ['01000000', '', ''], 'expected one of 1 spaces, got number 1'],
  ])('%s', (_, space, buffers, message) => {
    const decode = () => layoutOf(space).decode(buffers.map(bytes), 1, 'observation');
    expect(decode).toThrow(ProtocolError);
    expect(decode).toThrow(message);
  });
});

describe('encoding refuses values of another form', () => {
  test.each<[string, Space, unknown, string]>([
    ['a short array', new Box(0, 1, [2]), [0], 'Expected a value of Box(0, 1, [2], float32); got [ 0 ]'],
    ['a missing part', new Dict({ a: new Discrete(2) }), {}, "at '.a'; got undefined"],
    ['an inherited part', new Dict([['toString', new Discrete(2)]]), {}, "at '.toString'; got undefined"],
    ['no object', new Dict({ a: new Discrete(2) }), null, 'got null'],
    ['half a choice', new Discrete(2), 0.5, 'got 0.5'],
    ['a large integer', new Discrete(2), 1n, 'got 1n'],
    ['a number for text', new Text(2), 7, 'got 7'],
    ['a short tuple', new Tuple([new Discrete(2), new Discrete(2)]), [1], 'got [ 1 ]'],
    ['a list of bits', new MultiBinary(2), ['1', '0'], "got [ '1', '0' ]"],
    ['a choice of nothing', new OneOf([new Discrete(2)]), ['length', 0], "got [ 'length', 0 ]"],
    [
      'edges without links',
      new Graph(new Discrete(2), new Discrete(2)),
      { nodes: [], edges: [], links: null },
      'edges',
    ],
    ['half a link', new Graph(new Discrete(2), new Discrete(2)), { nodes: [1], edges: [1], links: [0] }, 'links'],
  ])('%s', (_, space, value, message) => {
    const encode = () => layoutOf(space).encode([value]);
    expect(encode).toThrow(UserError);
    expect(encode).toThrow(message);
  });
});

test('what is decoded shares no memory with the message, nor one row with another', () => {
  const layout: Layout = layoutOf(new Box(0, 255, [1], 'uint8'));
  const received = Uint8Array.of(1, 2);
  const [first, second] = layout.decode([received], 2, 'observation') as Uint8Array[];
  received.fill(9);
  first.fill(7);
  expect([first[0], second[0]]).toEqual([7, 2]);
});

test('what is encoded shares no memory with the values', () => {
  const value = Uint8Array.of(5);
  const [buffer] = layoutOf(new Box(0, 255, [1], 'uint8')).encode([value]);
  value[0] = 6;
  expect(buffer[0]).toBe(5);
});
