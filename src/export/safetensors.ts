import { encodeSafetensors } from '../policy/safetensors.ts';
import type { Graph } from './graph.ts';

/**
 * A graph as safetensors: its constants as tensors, and in the metadata entry `graph` what is done with them, as JSON:
 * inputs and outputs, and nodes in an order in which they can be computed. Whole numbers become float32, which holds them
 * exactly up to 2^24.
 */
export function encodeGraphTensors(graph: Graph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const tensors = Object.fromEntries(
    Object.entries(graph.constants).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
  const ports = (list: Graph['inputs']) => list.map(({ name, columns, type }) => ({ name, columns, type }));
  const program = {
    inputs: graph.inputs.map((port, i) => ({ ...ports(graph.inputs)[i], optional: port.fallback !== undefined })),
    outputs: ports(graph.outputs),
    nodes: graph.nodes,
  };
  return encodeSafetensors({ tensors, metadata: { ...metadata, graph: JSON.stringify(program) } });
}
