import { UserError } from '../errors.ts';
import type { Random } from '../random.ts';
import { isNumberArray } from './box.ts';
import { isSpace, refuseToFlatten, type Space } from './space.ts';

/** Nodes, and edges between some of them. */
export interface GraphValue<N = unknown, E = unknown> {
  nodes: readonly N[];
  /** Absent together with the links. */
  edges: readonly E[] | null;
  /** Edge i leads from node links[2 i] to node links[2 i + 1]. */
  links: ArrayLike<number> | null;
}

/** As many nodes as Gymnasium samples. */
const SAMPLED_NODES = 10;

/** Graphs of any size whose nodes and edges carry values. */
export class Graph<N = unknown, E = unknown> implements Space<GraphValue<N, E>> {
  readonly type = 'graph';
  readonly node: Space<N>;
  /** `null` for graphs without edges. */
  readonly edge: Space<E> | null;
  readonly flatSize = Number.NaN;

  /** @throws UserError when it is given no space */
  constructor(node: Space<N>, edge: Space<E> | null = null) {
    if (!isSpace(node)) throw new UserError(`Graph wants the space of its nodes; got ${String(node)}.`);
    if (edge !== null && !isSpace(edge)) {
      throw new UserError(`Graph wants the space of its edges, or null; got ${String(edge)}.`);
    }
    this.node = node;
    this.edge = edge;
  }

  contains(value: unknown): value is GraphValue<N, E> {
    if (typeof value !== 'object' || value === null) return false;
    const { nodes, edges, links } = value as Partial<GraphValue>;
    if (!Array.isArray(nodes) || !nodes.every((node) => this.node.contains(node))) return false;
    if (edges === null || links === null) return edges === links;
    const { edge } = this;
    if (edge === null || !Array.isArray(edges) || !edges.every((one) => edge.contains(one))) return false;
    if (!isNumberArray(links) || links.length !== 2 * edges.length) return false;
    return Array.from(links).every((link) => Number.isInteger(link) && link >= 0 && link < nodes.length);
  }

  /** 10 nodes, up to 89 edges between any of them. */
  sample(random: Random): GraphValue<N, E> {
    const nodes = Array.from({ length: SAMPLED_NODES }, () => this.node.sample(random));
    const { edge } = this;
    const count = edge === null ? 0 : random.integers(0, SAMPLED_NODES * (SAMPLED_NODES - 1));
    if (edge === null || count === 0) return { nodes, edges: null, links: null };
    const edges = Array.from({ length: count }, () => edge.sample(random));
    const links = Int32Array.from({ length: 2 * count }, () => random.integers(0, SAMPLED_NODES));
    return { nodes, edges, links };
  }

  /** @throws UserError always */
  flatten(): void {
    refuseToFlatten(this);
  }

  /** @throws UserError always */
  unflatten(): GraphValue<N, E> {
    return refuseToFlatten(this);
  }

  toString(): string {
    return `Graph(${this.node}, ${this.edge})`;
  }
}
