/** Names what a graph computes or is given. */
export type Value = string;

export type NumberType = 'float32' | 'int32';

export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** What goes in or comes out: any number of rows of `columns` numbers. */
export interface Port {
  readonly name: Value;
  readonly columns: number;
  readonly type: NumberType;
  /** A row that serves for all where the caller gives none. */
  readonly fallback?: Float32Array;
  /** For people. */
  readonly meaning: string;
}

/**
 * What a node does with its inputs, in the manner of NumPy: numbers of two inputs meet by broadcasting. `softmax` and
 * `argmax` go along the last axis, `argmax` takes it away and gives the first of equals. A size of -1 in `reshape` is
 * what is left, in `slice` all up to the end. `pad` puts that many zeros before each axis.
 */
export type Operation =
  | { op: 'add' | 'subtract' | 'multiply' | 'divide' | 'minimum' | 'maximum' | 'greater' | 'matmul' }
  | { op: 'tanh' | 'relu' | 'sigmoid' | 'softplus' | 'log' | 'softmax' | 'argmax' | 'identity' | 'where' }
  | { op: 'concat'; axis: number }
  | { op: 'slice'; begin: readonly number[]; size: readonly number[] }
  | { op: 'reshape'; shape: readonly number[] }
  | { op: 'transpose'; permutation: readonly number[] }
  | { op: 'pad'; before: readonly number[] }
  | { op: 'sum'; axis: number; keepAxis: boolean };

export type GraphNode = Operation & { name: Value; inputs: readonly Value[] };

/** A computation as plain data, which each format writes in its own words. Nodes stand after what they read. */
export interface Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly constants: Readonly<Record<Value, Constant>>;
  readonly nodes: readonly GraphNode[];
}

/** Puts a graph together, from its inputs on. */
export class GraphBuilder implements Graph {
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  readonly constants: Record<Value, Constant> = {};
  readonly nodes: GraphNode[] = [];

  input(port: Port): Value {
    this.inputs.push(port);
    return port.name;
  }

  output(port: Port, value: Value): void {
    this.nodes.push({ op: 'identity', name: port.name, inputs: [value] });
    this.outputs.push(port);
  }

  /** The same numbers under the same name are one constant. */
  constant(name: Value, data: ArrayLike<number>, shape: readonly number[] = [data.length]): Value {
    this.constants[name] ??= { shape: [...shape], data: data instanceof Int32Array ? data : Float32Array.from(data) };
    return name;
  }

  apply(operation: Operation, ...inputs: Value[]): Value {
    const name = `${operation.op}.${this.nodes.length}`;
    this.nodes.push({ ...operation, name, inputs });
    return name;
  }

  /** Columns `from` to `from + count` of a table. */
  columns(value: Value, from: number, count: number): Value {
    return this.apply({ op: 'slice', begin: [0, from], size: [-1, count] }, value);
  }
}
