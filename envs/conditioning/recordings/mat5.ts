import { inflateSync } from 'node:zlib';
import { UserError } from '../../../src/core/errors.ts';
import type { MatValue } from './mat-value.ts';
import { readArray } from './mat5-arrays.ts';
import { type Element, ElementReader, elementType } from './mat5-elements.ts';

const headerBytes = 128;

/** Whether the bytes begin as a MAT-file of level 5 does: version 1 and the letters MI, in the order of its bytes. */
export function isMat5(bytes: Uint8Array): boolean {
  return byteOrder(bytes) !== undefined;
}

/** Whether the bytes begin as a MAT-file of version 7.3 does, which is an HDF5 file below its header. */
export function isMat73(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 19)) === 'MATLAB 7.3 MAT-file';
}

/**
 * Reads the variables of a MATLAB file as `save` has written it by default since version 5, of either byte order, compressed
 * or not.
 *
 * @param source name of the file, for messages
 * @throws UserError for other versions with what to do, and for a file that is cut short or damaged with where
 * @see The MathWorks, MAT-File Format (R2023b), "Level 5 MAT-File Format"
 */
export function readMat5(bytes: Uint8Array, source: string): Map<string, MatValue> {
  const order = byteOrder(bytes);
  if (order === undefined) throw otherVersion(bytes, source);
  const variables = new Map<string, MatValue>();
  const file = new ElementReader(bytes, order === 'little', source, headerBytes);
  while (!file.done) {
    const at = file.position;
    const element = file.next('a variable');
    const { name, value } =
      element.type === elementType.compressed ? readCompressed(file, element, at) : readVariable(file, element);
    // MATLAB keeps the insides of its objects in a variable without a name.
    if (name !== '') variables.set(name, value);
  }
  return variables;
}

function byteOrder(bytes: Uint8Array): 'little' | 'big' | undefined {
  if (bytes.length < headerBytes) return undefined;
  const [a, b, c, d] = bytes.subarray(124, 128);
  if (c === 0x49 && d === 0x4d && a === 0 && b === 1) return 'little';
  if (c === 0x4d && d === 0x49 && a === 1 && b === 0) return 'big';
  return undefined;
}

function readVariable(reader: ElementReader, element: Element) {
  if (element.type === elementType.matrix) return readArray(reader, element);
  throw reader.damaged(element.start, `data of type ${element.type} where a variable should begin`);
}

function readCompressed(file: ElementReader, { start, end }: Element, at: number) {
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(file.bytes.subarray(start, end));
  } catch (cause) {
    throw new UserError(
      `${file.source}, byte ${at}: the compressed variable there cannot be unpacked (${(cause as Error).message}). The ` +
        'file is damaged: copy it anew.',
      { cause },
    );
  }
  const reader = new ElementReader(inflated, file.little, `${file.source}, in the variable compressed at byte ${at}`);
  return readVariable(reader, reader.next('a variable'));
}

function otherVersion(bytes: Uint8Array, source: string): UserError {
  if (isMat73(bytes)) {
    return new UserError(
      `${source} is a MATLAB file of version 7.3, which is HDF5: read it with readHdf5Dataset, or in MATLAB save it with '-v7'.`,
    );
  }
  // A file of level 4 begins with a number of at most four decimal digits, one of level 5 with text.
  if (bytes.length >= 20 && bytes.subarray(0, 4).includes(0)) {
    return new UserError(`${source} looks like a MATLAB file of version 4. In MATLAB load it, and save it with '-v7'.`);
  }
  return new UserError(
    `${source}: expected a MATLAB file of version 5 to 7, with a header of ${headerBytes} bytes, but found none in its ` +
      `${bytes.length} bytes.`,
  );
}
