import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decodeInfos, encodeInfos, NdArray } from '../../../bridge/protocol/infos.ts';
import { layoutOf } from '../../../bridge/protocol/layout.ts';
import { decodeMessage, encodeMessage, type Message, ProtocolError } from '../../../bridge/protocol/message.ts';
import { FrameReader, packFrames } from '../../../bridge/transports/stream.ts';
import { packagePath } from '../../../src/core/package-path.ts';
import type { Graph, GraphValue } from '../../../src/core/spaces/graph.ts';
import {
  type Dict,
  describeSpace,
  type OneOf,
  type Sequence,
  type Space,
  spaceFrom,
  type Tuple,
} from '../../../src/core/spaces/index.ts';

interface Described {
  description: string;
}

interface MessageFixture extends Described {
  message: Omit<Message, 'meta' | 'buffers'> & { meta: Message['meta'] | null; buffers: string[] };
  /** What the buffers mean, rendered; spaces described. */
  contents?: {
    observationSpace?: unknown;
    actionSpace?: unknown;
    observation?: unknown[];
    action?: unknown[];
    finalRows?: number[];
    finalObservation?: unknown[];
    infos?: unknown;
  };
  frames: string[];
  stream: string;
}

interface SpaceFixture extends Described {
  space: { dtype?: string };
  values: unknown[];
  buffers: string[];
}

interface InfosFixture extends Described {
  skeleton: Record<string, unknown>;
  values: unknown;
  buffers: string[];
}

function read<T extends Described>(name: string): [string, T][] {
  const entries: T[] = JSON.parse(readFileSync(packagePath('bridge', 'fixtures', `${name}.json`), 'utf8'));
  return entries.map((entry) => [entry.description, entry]);
}

const bytesOf = (texts: readonly string[]) => texts.map((text) => Uint8Array.from(Buffer.from(text, 'hex')));
const hexOf = (buffers: readonly Uint8Array[]) => buffers.map((buffer) => Buffer.from(buffer).toString('hex'));

/** As the README of the fixtures says. */
function renderNumbers(numbers: ArrayLike<number>, dtype?: string): unknown[] {
  const greatest = new Map([
    ['int64', 2n ** 63n - 1n],
    ['uint64', 2n ** 64n - 1n],
  ]);
  return Array.from(numbers, (x) => {
    if (Number.isNaN(x)) return 'nan';
    if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
    const most = greatest.get(dtype ?? '');
    if (most === undefined || Math.abs(x) <= 2 ** 53) return x;
    return String(BigInt(x) > most ? most : BigInt(x));
  });
}

function render(space: Space, value: unknown): unknown {
  switch (space.type) {
    case 'box':
      return renderNumbers(value as number[], (space as unknown as { dtype: string }).dtype);
    case 'multi-discrete':
    case 'multi-binary':
      return renderNumbers(value as number[]);
    case 'dict': {
      const parts = value as Record<string, unknown>;
      return (space as Dict).entries.map(([name, part]) => [name, render(part, parts[name])]);
    }
    case 'tuple':
      return (space as Tuple).spaces.map((part, i) => render(part, (value as unknown[])[i]));
    case 'sequence':
      return (value as unknown[]).map((element) => render((space as Sequence).space, element));
    case 'graph': {
      const { node, edge } = space as Graph;
      const { nodes, edges, links } = value as GraphValue;
      return {
        nodes: nodes.map((one) => render(node, one)),
        edges: edges && edge && edges.map((one) => render(edge, one)),
        links: links && Array.from(links),
      };
    }
    case 'one-of': {
      const [index, part] = value as [number, unknown];
      return [index, render((space as OneOf).spaces[index], part)];
    }
    default:
      return value;
  }
}

function renderInfo(value: unknown): unknown {
  if (typeof value === 'number') return renderNumbers([value])[0];
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof NdArray) return renderNumbers(value.data, value.dtype);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(renderInfo);
  return Object.entries(value).map(([name, entry]) => [name, renderInfo(entry)]);
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('messages', () => {
  test.each(read<MessageFixture>('messages'))('%s', (_, { message, frames, stream }) => {
    const { meta, ...rest } = message;
    const expected: Message = { ...rest, ...(meta && { meta }), buffers: bytesOf(message.buffers) };
    expect(decodeMessage(bytesOf(frames))).toEqual(expected);
    expect(hexOf(encodeMessage(expected))).toEqual(frames);
    expect(Buffer.concat(packFrames(bytesOf(frames))).toString('hex')).toBe(stream);
    expect(new FrameReader().push(Buffer.from(stream, 'hex')).map(hexOf)).toEqual([frames]);
  });

  const full = read<MessageFixture>('messages').filter(([, { contents }]) => contents);
  test.each(full)('%s: its contents', (_, { message, contents = {}, frames }) => {
    const { buffers } = decodeMessage(bytesOf(frames));
    const space = spaceFrom(contents.observationSpace ?? contents.actionSpace);
    const { bufferCount, decode } = layoutOf(space);
    const values = (at: number, rows: number) =>
      decode(buffers.slice(at, at + bufferCount), rows, 'value').map((value) => render(space, value));
    expect(values(0, message.rows)).toEqual(contents.observation ?? contents.action);
    if (contents.finalRows === undefined) return;
    const rows = contents.finalRows.length;
    const at = bufferCount + 4;
    expect(values(at, rows)).toEqual(contents.finalObservation);
    const infos = decodeInfos(message.meta?.infos as Record<string, unknown>, buffers.slice(at + bufferCount));
    expect(renderInfo(infos)).toEqual(contents.infos);
  });

  test.each(read<Described & { code: string; frames: string[] }>('refused-messages'))(
    'refused: %s',
    (_, { code, frames }) => {
      const error = thrownBy(() => decodeMessage(bytesOf(frames)));
      expect(error).toBeInstanceOf(ProtocolError);
      expect((error as ProtocolError).code).toBe(code);
    },
  );
});

describe('values of spaces', () => {
  test.each(read<SpaceFixture>('spaces'))('%s', (_, { space: described, values, buffers }) => {
    const space = spaceFrom(described);
    // Choices have no number type here.
    const { dtype, ...untyped } = described;
    expect(describeSpace(space)).toEqual(space.type === 'box' ? described : untyped);
    const layout = layoutOf(space);
    expect(layout.bufferCount).toBe(buffers.length);
    const decoded = layout.decode(bytesOf(buffers), values.length, 'value');
    expect(decoded.map((value) => render(space, value))).toEqual(values);
    expect(decoded.every((value) => space.contains(value))).toBe(true);
    expect(hexOf(layout.encode(decoded))).toEqual(buffers);
  });

  test.each(read<Described & { space: unknown; rows: number; path: string; buffers: string[] }>('refused-values'))(
    'refused: %s',
    (_, { space, rows, path, buffers }) => {
      const error = thrownBy(() => layoutOf(spaceFrom(space)).decode(bytesOf(buffers), rows, 'value'));
      expect(error).toBeInstanceOf(ProtocolError);
      expect((error as Error).message.split(/:| \(/)[0]).toBe(`value${path}`);
    },
  );
});

describe('infos', () => {
  /** Python's own kinds of lists, and text of what could not be sent, are lists and text here. */
  const pythonOnly = /"\$(tuple|objects|text)"/;

  test.each(read<InfosFixture>('infos'))('%s', (_, { skeleton, values, buffers }) => {
    const infos = decodeInfos(skeleton, bytesOf(buffers));
    expect(renderInfo(infos)).toEqual(values);
    const text = JSON.stringify(skeleton);
    if (pythonOnly.test(text)) return;
    const again = encodeInfos(infos);
    expect(JSON.stringify(again.skeleton)).toBe(text);
    expect(hexOf(again.buffers)).toEqual(buffers);
  });
});
