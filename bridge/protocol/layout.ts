import { type Box, type BoxType, isNumberArray } from '../../src/core/spaces/box.ts';
import type { Dict } from '../../src/core/spaces/dict.ts';
import type { Graph, GraphValue } from '../../src/core/spaces/graph.ts';
import type { MultiBinary } from '../../src/core/spaces/multi-binary.ts';
import type { MultiDiscrete } from '../../src/core/spaces/multi-discrete.ts';
import type { OneOf } from '../../src/core/spaces/one-of.ts';
import type { Sequence } from '../../src/core/spaces/sequence.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import type { Tuple } from '../../src/core/spaces/tuple.ts';
import { BufferReader } from './buffer-reader.ts';
import {
  boxCodec,
  type Codec,
  discreteCodec,
  multiBinaryCodec,
  multiDiscreteCodec,
  refuse,
  textCodec,
} from './codec.ts';
import { encodeNumbers } from './numbers.ts';

/** Values of a space as buffers, and back: `PROTOCOL.md`, section 5. */
export interface Layout {
  readonly bufferCount: number;
  /**
   * @param values one for each row
   * @returns fresh memory
   * @throws UserError for a value of another form than the space's; whether it is in the space is not checked
   */
  encode(values: readonly unknown[]): Uint8Array[];
  /**
   * @param name what the values are, for errors: `observation`
   * @returns one value for each row, in fresh memory
   * @throws ProtocolError for a wrong length or index, naming the leaf, `observation.goal`
   */
  decode(buffers: readonly Uint8Array[], rows: number, name: string): unknown[];
}

export function layoutOf(space: Space): Layout {
  const codec = codecOf(space, '');
  return {
    bufferCount: codec.bufferCount,
    encode(values) {
      const out: Uint8Array[] = [];
      codec.encode(values, out);
      return out;
    },
    decode(buffers, rows, name) {
      return codec.decode(new BufferReader(buffers, codec.bufferCount, name, rows), rows);
    },
  };
}

/** @param path of the part within the whole: `.goal[0]` */
function codecOf(space: Space, path: string): Codec {
  switch (space.type) {
    case 'box':
      return boxCodec(space as Box<BoxType>, path);
    case 'discrete':
      return discreteCodec(space, path);
    case 'multi-discrete':
      return multiDiscreteCodec(space as MultiDiscrete, path);
    case 'multi-binary':
      return multiBinaryCodec(space as MultiBinary, path);
    case 'text':
      return textCodec(space, path);
    case 'dict':
      return dictCodec(space as Dict, path);
    case 'tuple':
      return tupleCodec(space as Tuple, path);
    case 'sequence':
      return sequenceCodec(space as Sequence, path);
    case 'graph':
      return graphCodec(space as Graph, path);
    case 'one-of':
      return oneOfCodec(space as OneOf, path);
  }
}

function dictCodec(space: Dict, path: string): Codec {
  const names = space.entries.map(([name]) => name);
  const parts = space.entries.map(([name, part]) => codecOf(part, `${path}.${name}`));
  return {
    bufferCount: bufferCountOf(parts),
    encode(values, out) {
      for (const value of values) if (typeof value !== 'object' || value === null) refuse(space, path, value);
      parts.forEach((part, k) => {
        part.encode(
          (values as Record<string, unknown>[]).map((value) => ownEntry(value, names[k])),
          out,
        );
      });
    },
    decode(from, rows) {
      const columns = parts.map((part) => part.decode(from, rows));
      return range(rows).map((i) => Object.fromEntries(names.map((name, k) => [name, columns[k][i]])));
    },
  };
}

function tupleCodec(space: Tuple, path: string): Codec {
  const parts = space.spaces.map((part, i) => codecOf(part, `${path}[${i}]`));
  return {
    bufferCount: bufferCountOf(parts),
    encode(values, out) {
      for (const value of values) {
        if (!Array.isArray(value) || value.length !== parts.length) refuse(space, path, value);
      }
      parts.forEach((part, k) => {
        part.encode(
          (values as unknown[][]).map((value) => value[k]),
          out,
        );
      });
    },
    decode(from, rows) {
      const columns = parts.map((part) => part.decode(from, rows));
      return range(rows).map((i) => columns.map((column) => column[i]));
    },
  };
}

function sequenceCodec(space: Sequence, path: string): Codec {
  const element = codecOf(space.space, `${path}[]`);
  return {
    bufferCount: 1 + element.bufferCount,
    encode(values, out) {
      for (const value of values) if (!Array.isArray(value)) refuse(space, path, value);
      const sequences = values as unknown[][];
      out.push(
        encodeNumbers(
          'int32',
          sequences.map((value) => value.length),
        ),
      );
      element.encode(sequences.flat(1), out);
    },
    decode(from, rows) {
      const { each, total } = from.counts(rows, `${path} (lengths)`);
      return splitBy(element.decode(from, total), each);
    },
  };
}

function graphCodec(space: Graph, path: string): Codec {
  const node = codecOf(space.node, `${path}.nodes`);
  const edge = space.edge && codecOf(space.edge, `${path}.edges`);
  const isGraph = (value: unknown): value is GraphValue => {
    const { nodes, edges, links } = (value ?? {}) as Partial<GraphValue>;
    const pairs = links === null ? 0 : isNumberArray(links) ? links.length / 2 : Number.NaN;
    const fits = edge === null || (links === null ? edges === null : Array.isArray(edges) && edges.length === pairs);
    return Array.isArray(nodes) && Number.isInteger(pairs) && fits;
  };
  return {
    bufferCount: 3 + node.bufferCount + (edge?.bufferCount ?? 0),
    encode(values, out) {
      for (const value of values) if (!isGraph(value)) refuse(space, path, value);
      const graphs = values as GraphValue[];
      out.push(
        encodeNumbers(
          'int32',
          graphs.map(({ nodes }) => nodes.length),
        ),
      );
      node.encode(
        graphs.flatMap(({ nodes }) => nodes),
        out,
      );
      out.push(
        encodeNumbers(
          'int32',
          graphs.map(({ links }) => (links === null ? -1 : links.length / 2)),
        ),
      );
      edge?.encode(
        graphs.flatMap(({ edges }) => edges ?? []),
        out,
      );
      out.push(
        encodeNumbers(
          'int32',
          graphs.flatMap(({ links }) => Array.from(links ?? [])),
        ),
      );
    },
    decode(from, rows) {
      const nodeCounts = from.counts(rows, `${path}.nodes (numbers)`);
      const nodes = splitBy(node.decode(from, nodeCounts.total), nodeCounts.each);
      const { each, total } = from.counts(rows, `${path}.edges (numbers)`, -1);
      const edges = edge && splitBy(edge.decode(from, total), each);
      const links = from.numbers('int32', 2 * total, `${path}.links`);
      let at = 0;
      return range(rows).map((i): GraphValue => {
        if (each[i] < 0) return { nodes: nodes[i], edges: null, links: null };
        const own = links.slice(at, at + 2 * each[i]);
        at += own.length;
        const odd = own.find((link) => link < 0 || link >= nodes[i].length);
        if (odd !== undefined) from.refuse(`${path}.links`, `nodes below ${nodes[i].length}`, `${odd}`);
        return { nodes: nodes[i], edges: edges?.[i] ?? null, links: own };
      });
    },
  };
}

function oneOfCodec(space: OneOf, path: string): Codec {
  const parts = space.spaces.map((part, i) => codecOf(part, `${path}[${i}]`));
  const isIndex = (value: unknown) => Number.isInteger(value) && parts[value as number] !== undefined;
  return {
    bufferCount: 1 + bufferCountOf(parts),
    encode(values, out) {
      for (const value of values) {
        if (!Array.isArray(value) || value.length !== 2 || !isIndex(value[0])) refuse(space, path, value);
      }
      const choices = values as [number, unknown][];
      out.push(
        encodeNumbers(
          'int32',
          choices.map(([index]) => index),
        ),
      );
      parts.forEach((part, k) => {
        part.encode(
          choices.filter(([index]) => index === k).map(([, value]) => value),
          out,
        );
      });
    },
    decode(from, rows) {
      const which = from.numbers('int32', rows, `${path} (which)`);
      const counts = new Int32Array(parts.length);
      for (const index of which) {
        if (index < 0 || index >= parts.length) from.refuse(path, `one of ${parts.length} spaces`, `number ${index}`);
        counts[index]++;
      }
      const columns = parts.map((part, k) => part.decode(from, counts[k]));
      const at = new Int32Array(parts.length);
      return Array.from(which, (index) => [index, columns[index][at[index]++]]);
    },
  };
}

function bufferCountOf(parts: readonly Codec[]): number {
  return parts.reduce((sum, part) => sum + part.bufferCount, 0);
}

/** Not what an object inherits. */
function ownEntry(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Rows of these lengths, those below 0 being empty. */
function splitBy<T>(all: readonly T[], lengths: Int32Array): T[][] {
  let at = 0;
  return Array.from(lengths, (length) => {
    const end = at + Math.max(length, 0);
    const row = all.slice(at, end);
    at = end;
    return row;
  });
}
