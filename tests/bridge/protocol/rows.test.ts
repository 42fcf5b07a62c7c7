import { describe, expect, test } from '@jest/globals';
import { layoutOf } from '../../../bridge/protocol/layout.ts';
import { ProtocolError } from '../../../bridge/protocol/message.ts';
import { rowReader, rowWriter } from '../../../bridge/protocol/rows.ts';
import { UserError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { actionFromRow, actionSizeOf, actionToRow } from '../../../src/core/spaces/action-row.ts';
import {
  Box,
  Dict,
  Discrete,
  MultiBinary,
  MultiDiscrete,
  Sequence,
  type Space,
  Text,
  Tuple,
} from '../../../src/core/spaces/index.ts';
import { corrupt, randomFlatSpace } from './random-space.ts';

test('rows are what flatten makes of the values, and nothing else is touched', () => {
  const random = new Random(21);
  for (let i = 0; i < 300; i++) {
    const space = randomFlatSpace(random);
    const rows = random.integers(0, 4);
    const values = Array.from({ length: rows }, () => space.sample(random));
    const expected = new Float32Array(rows * space.flatSize + 5).fill(7);
    values.forEach((value, row) => {
      space.flatten(value, expected, 3 + row * space.flatSize);
    });
    const received = layoutOf(space)
      .encode(values)
      .map((buffer) => Buffer.concat([Buffer.of(1), buffer]).subarray(1));
    const target = new Float32Array(expected.length).fill(7);
    rowReader(space)(received, rows, target, 3);
    expect(target).toEqual(expected);
  }
});

test('whatever is changed, there are rows or a ProtocolError', () => {
  const random = new Random(22);
  let refusals = 0;
  for (let i = 0; i < 300; i++) {
    const space = randomFlatSpace(random);
    const read = rowReader(space);
    const buffers = layoutOf(space).encode([space.sample(random), space.sample(random)]);
    const target = new Float32Array(2 * space.flatSize + 1);
    for (let k = 0; k < 10; k++) {
      try {
        read(corrupt(buffers, random), 2, target, 0);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refusals++;
      }
      expect(target[target.length - 1]).toBe(0);
    }
  }
  expect(refusals).toBeGreaterThan(500);
});

describe('reading refuses', () => {
  const read = (space: Space, buffers: Uint8Array[]) => () =>
    rowReader(space)(buffers, 1, new Float32Array(space.flatSize), 0);

  test('a choice that is none, by its leaf', () => {
    const space = new Dict({ pick: new Tuple([new Discrete(3, 1)]) });
    const seven = layoutOf(new Discrete(9)).encode([7]);
    expect(read(space, seven)).toThrow(ProtocolError);
    expect(read(space, seven)).toThrow('observation.pick[0]: expected a choice of Discrete(3, start=1), got 7');
    expect(read(new MultiDiscrete([2, 2]), layoutOf(new MultiDiscrete([9, 9])).encode([[1, 2]]))).toThrow('got 2');
  });

  test('a choice below the first', () => {
    const below = layoutOf(new Discrete(9)).encode([0]);
    const space = new Tuple([new Box(0, 1, [1]), new Discrete(3, 1)]);
    expect(read(space, [new Uint8Array(4), ...below])).toThrow('observation[1]: expected a choice');
  });

  test('a character that is none', () => {
    const space = new Dict({ word: new Text(2, { characters: 'ab' }) });
    const other = layoutOf(new Text(2)).encode(['ac']);
    expect(read(space, other)).toThrow('observation.word: expected a value of Text(1, 2, characters=ab), got ac');
    expect(read(space, layoutOf(new Text(3)).encode(['aba']))).toThrow('got aba');
  });

  test('spaces that cannot be trained on', () => {
    expect(() => rowReader(new Sequence(new Discrete(2)))).toThrow('differ in size');
    expect(() => rowReader(new Discrete(2 ** 40))).toThrow(UserError);
  });
});

describe('action rows', () => {
  const spaces: Space[] = [
    new Box(-2, 2, [3]),
    new Box(-2, 2, [2, 2], 'float64'),
    new Box(-2, 2, [2], 'float16'),
    new Box(-9, 9, [2], 'int64'),
    new Box(0, 1, [2], 'bool'),
    new Discrete(5),
    new Discrete(5, -2),
    new MultiDiscrete([3, 2], [4, -1]),
    new MultiBinary(4),
  ];

  test.each(spaces)('%s is written as the actions that the rows mean', (space) => {
    const random = new Random(2);
    const size = actionSizeOf(space);
    const rows = new Float32Array(6 * size);
    for (let row = 0; row < 6; row++) actionToRow(space, space.sample(random), rows, row * size);
    const buffers = rowWriter(space)(rows, 6);
    const actions = Array.from({ length: 6 }, (_, row) => actionFromRow(space, rows, row * size));
    expect(layoutOf(space).decode(buffers, 6, 'action')).toEqual(actions);
  });

  test('the memory is fresh every time', () => {
    const write = rowWriter(new Box(-1, 1, [1]));
    const rows = Float32Array.of(0.5);
    const [first] = write(rows, 1);
    rows[0] = 1;
    const [second] = write(rows, 1);
    expect([Array.from(first), Array.from(second)]).toEqual([
      [0, 0, 0, 63],
      [0, 0, 128, 63],
    ]);
  });

  test('of other spaces there are none', () => {
    expect(() => rowWriter(new Text(3))).toThrow('Actions come from');
  });
});
