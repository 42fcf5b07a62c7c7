import type { Constant, Graph, GraphNode, NumberType, Operation, Port } from './graph.ts';
import { littleEndian } from './little-endian.ts';

const ELEMENT_TYPES: Readonly<Record<NumberType, string>> = { float32: 'DT_FLOAT', int32: 'DT_INT32' };

const OPERATORS: Readonly<Record<Operation['op'], string>> = {
  add: 'AddV2',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'RealDiv',
  minimum: 'Minimum',
  maximum: 'Maximum',
  greater: 'Greater',
  matmul: 'MatMul',
  tanh: 'Tanh',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  softplus: 'Softplus',
  log: 'Log',
  softmax: 'Softmax',
  argmax: 'ArgMax',
  identity: 'Identity',
  where: 'SelectV2',
  concat: 'ConcatV2',
  slice: 'Slice',
  reshape: 'Reshape',
  transpose: 'Transpose',
  pad: 'Pad',
  sum: 'Sum',
};

/** A node as TensorFlow's GraphDef has it, in JSON. */
interface NodeDef {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

/**
 * A graph as a graph model of TensorFlow.js: `model.json`, which `tf.loadGraphModel` reads, and `weights.bin`, which it
 * fetches from beside it.
 */
export function encodeTfjs(
  graph: Graph,
  metadata: Readonly<Record<string, unknown>>,
): { 'weights.bin': Uint8Array; 'model.json': string } {
  const constants: Record<string, Constant> = { ...graph.constants };
  const nodes: NodeDef[] = [];
  for (const port of graph.inputs) nodes.push(placeholder(port, constants));
  for (const node of graph.nodes) nodes.push(operation(node, constants));
  const stored = Object.entries(constants).map(([name, { shape, data }]) => ({
    spec: { name, shape, dtype: data instanceof Float32Array ? 'float32' : 'int32' },
    bytes: littleEndian(data),
  }));
  const constantNodes = stored.map(({ spec: { name, dtype } }) => ({
    name,
    op: 'Const',
    attr: { dtype: { type: ELEMENT_TYPES[dtype as NumberType] } },
  }));
  const model = {
    format: 'graph-model',
    generatedBy: 'upslope',
    convertedBy: null,
    signature: { inputs: signature(graph.inputs), outputs: signature(graph.outputs) },
    modelTopology: { node: [...constantNodes, ...nodes], versions: { producer: 1, minConsumer: 1 } },
    weightsManifest: [{ paths: ['weights.bin'], weights: stored.map(({ spec }) => spec) }],
    userDefinedMetadata: {
      ...metadata,
      // `predict` gives its outputs by name.
      structuredOutputKeys: graph.outputs.map(({ name }) => name),
    },
  };
  // Written in this order: who sees the model finds its weights.
  return { 'weights.bin': concatenated(stored.map(({ bytes }) => bytes)), 'model.json': `${JSON.stringify(model)}\n` };
}

function placeholder(port: Port, constants: Record<string, Constant>): NodeDef {
  const { name, columns, type, fallback } = port;
  const attr = { dtype: { type: ELEMENT_TYPES[type] }, shape: { shape: shapeOf(columns) } };
  if (fallback === undefined) return { name, op: 'Placeholder', attr };
  constants[`${name}.fallback`] = { shape: [1, columns], data: fallback };
  return { name, op: 'PlaceholderWithDefault', input: [`${name}.fallback`], attr };
}

/** The node, whose settings are constants of their own. */
function operation(node: GraphNode, constants: Record<string, Constant>): NodeDef {
  const input = [...node.inputs];
  const attr: Record<string, unknown> = {};
  const setting = (suffix: string, values: readonly number[], shape: readonly number[] = [values.length]) => {
    constants[`${node.name}.${suffix}`] = { shape, data: Int32Array.from(values) };
    input.push(`${node.name}.${suffix}`);
  };
  switch (node.op) {
    case 'argmax':
      setting('axis', [-1], []);
      break;
    case 'concat':
      setting('axis', [node.axis], []);
      attr.N = { i: String(node.inputs.length) };
      break;
    case 'slice':
      setting('begin', node.begin);
      setting('size', node.size);
      break;
    case 'reshape':
      setting('shape', node.shape);
      break;
    case 'transpose':
      setting('perm', node.permutation);
      break;
    case 'pad':
      setting(
        'paddings',
        node.before.flatMap((zeros) => [zeros, 0]),
        [node.before.length, 2],
      );
      break;
    case 'sum':
      setting('axis', [node.axis]);
      attr.keep_dims = { b: node.keepAxis };
      break;
  }
  return { name: node.name, op: OPERATORS[node.op], input, attr };
}

function shapeOf(columns: number) {
  return { dim: [{ size: '-1' }, { size: String(columns) }] };
}

function signature(ports: readonly Port[]): Record<string, unknown> {
  const entry = ({ name, columns, type }: Port) => ({
    name: `${name}:0`,
    dtype: ELEMENT_TYPES[type],
    tensorShape: shapeOf(columns),
  });
  return Object.fromEntries(ports.map((port) => [port.name, entry(port)]));
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
