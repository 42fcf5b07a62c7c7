import { UserError } from '../../src/core/errors.ts';
import { actionSizeOf } from '../../src/core/spaces/action-row.ts';
import type { Box, BoxType } from '../../src/core/spaces/box.ts';
import type { Dict } from '../../src/core/spaces/dict.ts';
import type { Discrete } from '../../src/core/spaces/discrete.ts';
import type { MultiBinary } from '../../src/core/spaces/multi-binary.ts';
import type { MultiDiscrete } from '../../src/core/spaces/multi-discrete.ts';
import { rowSizeOf, type Space } from '../../src/core/spaces/space.ts';
import type { Tuple } from '../../src/core/spaces/tuple.ts';
import { BufferReader } from './buffer-reader.ts';
import { layoutOf } from './layout.ts';
import { encodeNumbers } from './numbers.ts';

/**
 * Writes a batch of values as flattened rows, `space.flatten`'s, into the target from `at` on.
 *
 * @throws ProtocolError for a wrong length or index, naming the leaf
 */
export type RowReader = (buffers: readonly Uint8Array[], rows: number, target: Float32Array, at: number) => void;

/** Action rows, one of `actionSizeOf` numbers for each environment, as the buffers of a batch: fresh memory. */
export type RowWriter = (actions: Float32Array, rows: number) => Uint8Array[];

const MOST_NUMBERS = 2 ** 28;

/** One part of each row, at the same place in all of them. */
interface Column {
  readonly bufferCount: number;
  /** @param stride from one row to the next */
  read(from: BufferReader, rows: number, target: Float32Array, at: number, stride: number): void;
}

/**
 * Observations straight from the bytes, without an object for each.
 *
 * @throws UserError for a space whose rows are of no fixed size, or beyond 2^28 numbers
 */
export function rowReader(space: Space, name = 'observation'): RowReader {
  const size = rowSizeOf(space);
  if (size > MOST_NUMBERS) {
    throw new UserError(`Expected rows of at most ${MOST_NUMBERS} numbers to train on; ${space} has ${size}.`);
  }
  const column = columnOf(space, '');
  return (buffers, rows, target, at) => {
    column.read(new BufferReader(buffers, column.bufferCount, name, rows), rows, target, at, size);
  };
}

function columnOf(space: Space, path: string): Column {
  switch (space.type) {
    case 'box': {
      const { dtype, flatSize } = space as Box<BoxType>;
      return numbersColumn(dtype, flatSize, path);
    }
    case 'multi-binary':
      return numbersColumn('int8', (space as MultiBinary).n, path);
    case 'discrete': {
      const { n, start } = space as Discrete;
      return choicesColumn(space, [n], [start], path);
    }
    case 'multi-discrete': {
      const { nvec, start } = space as MultiDiscrete;
      return choicesColumn(space, nvec, start, path);
    }
    case 'dict':
      return joined((space as Dict).entries.map(([name, part]) => [part, columnOf(part, `${path}.${name}`)]));
    case 'tuple':
      return joined((space as Tuple).spaces.map((part, i) => [part, columnOf(part, `${path}[${i}]`)]));
    default:
      return valuesColumn(space, path);
  }
}

/** Numbers as they are. */
function numbersColumn(dtype: BoxType, size: number, path: string): Column {
  return {
    bufferCount: 1,
    read(from, rows, target, at, stride) {
      const numbers = from.numbers(dtype, rows * size, path);
      if (stride === size) {
        target.set(numbers, at);
        return;
      }
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < size; i++) target[at + row * stride + i] = numbers[row * size + i];
      }
    },
  };
}

/** Choices as one-hot numbers. */
function choicesColumn(space: Space, nvec: ArrayLike<number>, start: ArrayLike<number>, path: string): Column {
  const slots = nvec.length;
  const size = space.flatSize;
  return {
    bufferCount: 1,
    read(from, rows, target, at, stride) {
      const choices = from.numbers('int64', rows * slots, path);
      for (let row = 0; row < rows; row++) {
        let offset = at + row * stride;
        target.fill(0, offset, offset + size);
        for (let slot = 0; slot < slots; slot++) {
          const choice = choices[row * slots + slot];
          const index = choice - start[slot];
          if (!(index >= 0 && index < nvec[slot])) from.refuse(path, `a choice of ${space}`, `${choice}`);
          target[offset + index] = 1;
          offset += nvec[slot];
        }
      }
    },
  };
}

/** One column beside the other. */
function joined(parts: readonly (readonly [space: Space, column: Column])[]): Column {
  return {
    bufferCount: parts.reduce((sum, [, { bufferCount }]) => sum + bufferCount, 0),
    read(from, rows, target, at, stride) {
      let offset = at;
      for (const [space, column] of parts) {
        column.read(from, rows, target, offset, stride);
        offset += space.flatSize;
      }
    },
  };
}

/** By way of the values: what their bytes do not show. */
function valuesColumn(space: Space, path: string): Column {
  const layout = layoutOf(space);
  return {
    bufferCount: layout.bufferCount,
    read(from, rows, target, at, stride) {
      const { buffers, name } = from.take(layout.bufferCount, path);
      layout.decode(buffers, rows, name).forEach((value, row) => {
        if (!space.contains(value)) from.refuse(path, `a value of ${space}`, String(value).slice(0, 200));
        space.flatten(value, target, at + row * stride);
      });
    },
  };
}

/**
 * Actions straight to the bytes.
 *
 * @throws UserError for a space that no policy can act in
 */
export function rowWriter(space: Space): RowWriter {
  const size = actionSizeOf(space);
  switch (space.type) {
    case 'box': {
      const { dtype } = space as Box<BoxType>;
      return (actions) => [encodeNumbers(dtype, actions)];
    }
    case 'multi-binary':
      return (actions) => [encodeNumbers('int8', actions)];
    case 'discrete': {
      const { start } = space as Discrete;
      return (actions) => [
        encodeNumbers('int64', start === 0 ? actions : Float64Array.from(actions, (x) => x + start)),
      ];
    }
    default: {
      const { start } = space as MultiDiscrete;
      return (actions) => [
        encodeNumbers(
          'int64',
          Float64Array.from(actions, (x, i) => x + start[i % size]),
        ),
      ];
    }
  }
}
