import type { MatValue, NumericClass } from './mat-value.ts';
import { type Element, type ElementReader, elementType } from './mat5-elements.ts';

/** Classes of arrays, by their numbers in the file. */
const classes = { cell: 1, struct: 2, object: 3, char: 4, sparse: 5, function: 16, opaque: 17 } as const;

const numericClasses: Readonly<Record<number, NumericClass>> = {
  6: 'double',
  7: 'single',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};

const complexFlag = 0x08;
const logicalFlag = 0x02;

/** What stands at the head of every array. */
interface ArrayHead {
  class: number;
  complex: boolean;
  logical: boolean;
  shape: number[];
  /** Of all elements. */
  count: number;
  name: string;
}

/**
 * Reads an array and what lies within it.
 *
 * @throws UserError for a file that is cut short or damaged
 */
export function readArray(reader: ElementReader, element: Element): { name: string; value: MatValue } {
  // What was never assigned in a struct or cell array is an element without data.
  if (element.end === element.start) return { name: '', value: empty() };
  const parts = reader.inside(element);
  const flags = parts.numbers(parts.next('the flags of an array'), 'the flags of an array');
  const classNumber = flags[0] & 0xff;
  if (classNumber === classes.opaque) {
    const name = parts.next('the name of an object');
    return { name: parts.text(name, 'the name of an object'), value: { kind: 'unsupported', class: 'object' } };
  }
  const shape = Array.from(parts.numbers(parts.next('the size of an array'), 'the size of an array'));
  const name = parts.text(parts.next('the name of an array'), 'the name of an array');
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.length < 2 || shape.some((size) => size < 0)) {
    throw parts.damaged(element.start, `an array '${name}' of size ${shape.join(' x ') || 'none'}`);
  }
  const head = {
    class: classNumber,
    complex: (flags[0] & (complexFlag << 8)) !== 0,
    logical: (flags[0] & (logicalFlag << 8)) !== 0,
    shape,
    count,
    name,
  };
  return { name, value: readContent(parts, head) };
}

const empty = (): MatValue => ({ kind: 'numeric', class: 'double', shape: [0, 0], values: new Float64Array() });

function readContent(parts: ElementReader, head: ArrayHead): MatValue {
  switch (head.class) {
    case classes.cell:
      return { kind: 'cell', shape: head.shape, cells: readInner(parts, head.count, head.name) };
    case classes.struct:
      return readStruct(parts, head);
    case classes.object: {
      const className = parts.text(parts.next('the class of an object'), 'the class of an object');
      return { ...readStruct(parts, head), className };
    }
    case classes.char:
      return { kind: 'char', shape: head.shape, rows: readRows(parts, head) };
    case classes.sparse:
      return readSparse(parts, head);
    case classes.function:
      return { kind: 'unsupported', class: 'function' };
    default:
      return readNumeric(parts, head);
  }
}

function readInner(parts: ElementReader, count: number, name: string): MatValue[] {
  const cells: MatValue[] = [];
  for (let i = 0; i < count; i++) cells.push(readOne(parts, `element ${i + 1} of '${name}'`));
  return cells;
}

function readOne(parts: ElementReader, what: string): MatValue {
  const element = parts.next(what);
  if (element.type === elementType.matrix) return readArray(parts, element).value;
  throw parts.damaged(element.start, `data of type ${element.type}, for ${what}`);
}

function readStruct(parts: ElementReader, { shape, count, name }: ArrayHead): MatValue & { kind: 'struct' } {
  const what = `the field names of '${name}'`;
  const lengths = parts.next(what);
  const [length = 0] = parts.numbers(lengths, what);
  const namesElement = parts.next(what);
  const bytes = parts.bytes.subarray(namesElement.start, namesElement.end);
  if (bytes.length > 0 && !(length > 0 && bytes.length % length === 0)) {
    throw parts.damaged(lengths.start, `${bytes.length} bytes for field names of ${length}`);
  }
  const names = Array.from({ length: length > 0 ? bytes.length / length : 0 }, (_, i) => {
    const cell = bytes.subarray(i * length, (i + 1) * length);
    const end = cell.indexOf(0);
    return new TextDecoder().decode(end < 0 ? cell : cell.subarray(0, end));
  });
  const fields = new Map<string, MatValue[]>(names.map((field) => [field, []]));
  for (let i = 0; i < count && fields.size > 0; i++) {
    for (const [field, values] of fields) values.push(readOne(parts, `the field '${field}' of '${name}'`));
  }
  return { kind: 'struct', shape, fields };
}

/** The texts of the rows, out of letters that lie column by column. */
function readRows(parts: ElementReader, { shape, count, name }: ArrayHead): string[] {
  const text =
    count === 0 && parts.done ? '' : parts.text(parts.next(`the text of '${name}'`), `the text of '${name}'`);
  const [rows] = shape;
  // A letter of UTF-8 or UTF-32 may make two units here, where MATLAB has counted one.
  if (rows === 1) return [text];
  if (count === 0) return [];
  if (text.length !== count)
    throw parts.damaged(parts.position, `${text.length} letters for the ${count} of '${name}'`);
  const columns = count / rows;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => text[column * rows + row]).join(''),
  );
}

function readSparse(parts: ElementReader, { shape, complex, logical, name }: ArrayHead): MatValue {
  const what = `the sparse array '${name}'`;
  const read = () => parts.numbers(parts.next(what), what);
  const rows = Int32Array.from(read());
  const columnStarts = Int32Array.from(read());
  const filled = columnStarts[shape[1]];
  if (columnStarts.length !== shape[1] + 1 || !(filled >= 0 && filled <= rows.length)) {
    throw parts.damaged(parts.position, `${columnStarts.length} starts of columns for ${what} of ${shape.join(' x ')}`);
  }
  // Room may have been kept for more values than there are.
  const column = () => {
    const values = parts.done && filled === 0 ? new Float64Array() : read();
    if (values.length < filled) throw parts.damaged(parts.position, `${values.length} values of ${filled} for ${what}`);
    return values.subarray(0, filled);
  };
  const values = column();
  const imaginary = complex && !logical ? { imaginary: column() } : {};
  return { kind: 'sparse', shape, rows: rows.subarray(0, filled), columnStarts, values, ...imaginary };
}

function readNumeric(
  parts: ElementReader,
  { class: classNumber, shape, count, complex, logical, name }: ArrayHead,
): MatValue {
  const numericClass = numericClasses[classNumber];
  if (numericClass === undefined) throw parts.damaged(parts.position, `an array '${name}' of class ${classNumber}`);
  const read = () => {
    const values = parts.numbers(parts.next(`the numbers of '${name}'`), `the numbers of '${name}'`);
    if (values.length === count) return values;
    throw parts.damaged(parts.position, `${values.length} numbers for the ${shape.join(' x ')} of '${name}'`);
  };
  const values = count === 0 && parts.done ? new Float64Array() : read();
  if (logical) return { kind: 'logical', shape, values: Uint8Array.from(values) };
  return { kind: 'numeric', class: numericClass, shape, values, ...(complex ? { imaginary: read() } : {}) };
}
