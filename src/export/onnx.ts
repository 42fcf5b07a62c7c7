import type { Constant, Graph, GraphNode, NumberType, Operation, Port } from './graph.ts';
import { littleEndian } from './little-endian.ts';
import { Message } from './protobuf.ts';

// The oldest versions that have all we use, so that many runtimes read the file (ONNX 1.12, of 2022).
const IR_VERSION = 8;
const OPSET = 17;

/** TensorProto.DataType */
const ELEMENT_TYPES: Readonly<Record<NumberType | 'int64', number>> = { float32: 1, int32: 6, int64: 7 };
const INT64_MAX = 2n ** 63n - 1n;
/** AttributeProto.AttributeType */
const INT = 2;
const INTS = 7;

const OPERATORS: Readonly<Record<Operation['op'], string>> = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  minimum: 'Min',
  maximum: 'Max',
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
  where: 'Where',
  concat: 'Concat',
  slice: 'Slice',
  reshape: 'Reshape',
  transpose: 'Transpose',
  pad: 'Pad',
  sum: 'ReduceSum',
};

/**
 * A graph as an ONNX model (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, whose field numbers stand here). An
 * input with a fallback is also an initialiser of the same name, which is how ONNX makes inputs optional.
 */
export function encodeOnnx(graph: Graph, name: string, metadata: Readonly<Record<string, string>>): Uint8Array {
  const body = new Message();
  for (const node of graph.nodes) addNode(body, node);
  body.bytes(2, name);
  for (const [constant, value] of Object.entries(graph.constants)) body.message(5, tensor(constant, value));
  for (const { name: input, columns, fallback } of graph.inputs) {
    if (fallback) body.message(5, tensor(input, { shape: [1, columns], data: fallback }));
  }
  for (const port of graph.inputs) body.message(11, valueInfo(port));
  for (const port of graph.outputs) body.message(12, valueInfo(port));

  const model = new Message().integer(1, IR_VERSION).bytes(2, 'upslope').message(7, body);
  model.message(8, new Message().bytes(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().bytes(1, key).bytes(2, value));
  return model.encode();
}

function valueInfo({ name, columns, type, fallback, meaning }: Port): Message {
  // A mask may have one row for all.
  const rows = new Message().bytes(2, fallback ? `${name}Rows` : 'rows');
  const shape = new Message().message(1, rows).message(1, new Message().integer(1, columns));
  const tensorType = new Message().integer(1, ELEMENT_TYPES[type]).message(2, shape);
  return new Message().bytes(1, name).message(2, new Message().message(1, tensorType)).bytes(3, meaning);
}

function tensor(name: string, { shape, data }: Constant): Message {
  const message = new Message();
  for (const size of shape) message.integer(1, size);
  message.integer(2, ELEMENT_TYPES[data instanceof Float32Array ? 'float32' : 'int32']);
  return message.bytes(8, name).bytes(9, littleEndian(data));
}

function integers(name: string, values: readonly (number | bigint)[]): Message {
  const message = new Message().integer(1, values.length).integer(2, ELEMENT_TYPES.int64);
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setBigInt64(8 * i, BigInt(value), true);
  });
  return message.bytes(8, name).bytes(9, bytes);
}

const attribute = {
  integer: (name: string, value: number) => new Message().bytes(1, name).integer(3, value).integer(20, INT),
  integers: (name: string, values: readonly number[]) => {
    const message = new Message().bytes(1, name);
    for (const value of values) message.integer(8, value);
    return message.integer(20, INTS);
  },
};

/** Adds a node, and before it the initialisers it needs for itself. */
function addNode(graph: Message, node: GraphNode): void {
  const inputs = [...node.inputs];
  const attributes: Message[] = [];
  let output = node.name;
  const setting = (suffix: string, values: readonly (number | bigint)[]) => {
    graph.message(5, integers(`${node.name}.${suffix}`, values));
    inputs.push(`${node.name}.${suffix}`);
  };
  switch (node.op) {
    case 'softmax':
      attributes.push(attribute.integer('axis', -1));
      break;
    case 'argmax':
      attributes.push(attribute.integer('axis', -1), attribute.integer('keepdims', 0));
      output = `${node.name}.int64`;
      break;
    case 'concat':
      attributes.push(attribute.integer('axis', node.axis));
      break;
    case 'slice':
      setting('starts', node.begin);
      setting(
        'ends',
        node.size.map((size, i) => (size < 0 ? INT64_MAX : node.begin[i] + size)),
      );
      break;
    case 'reshape':
      setting('shape', node.shape);
      break;
    case 'transpose':
      attributes.push(attribute.integers('perm', node.permutation));
      break;
    case 'pad':
      setting('pads', [...node.before, ...node.before.map(() => 0)]);
      break;
    case 'sum':
      setting('axes', [node.axis]);
      attributes.push(attribute.integer('keepdims', node.keepAxis ? 1 : 0));
      break;
  }
  graph.message(1, nodeMessage(OPERATORS[node.op], inputs, output, attributes));
  if (node.op === 'argmax') {
    graph.message(1, nodeMessage('Cast', [output], node.name, [attribute.integer('to', ELEMENT_TYPES.int32)]));
  }
}

function nodeMessage(operator: string, inputs: readonly string[], output: string, attributes: Message[]): Message {
  const message = new Message();
  for (const input of inputs) message.bytes(1, input);
  message.bytes(2, output).bytes(3, output).bytes(4, operator);
  for (const each of attributes) message.message(5, each);
  return message;
}
