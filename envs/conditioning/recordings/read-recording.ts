import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../../../src/core/errors.ts';
import type { EventTable } from '../events.ts';
import { isEventTable, readEvents, readSignals } from './csv.ts';
import { type Hdf5File, withHdf5 } from './hdf5.ts';
import { describeMat, type MatValue, matNumbers, matVariable } from './mat-value.ts';
import { isMat5, isMat73, readMat5 } from './mat5.ts';
import { isNwb, readOpenNwb } from './nwb.ts';
import type { TrialColumns } from './nwb-events.ts';
import { channelOf, listed, type Recording, signalChannel, spikeChannel, steadyTimes } from './recording.ts';

export interface ReadingOptions {
  /** The only channel wanted. */
  channel?: string;
  /** Of MATLAB files and HDF5 files of no known form: what to read, `session.photometry` or `session/photometry`. */
  variable?: string;
  /** Hz: how often the variable was sampled, from 0 s on. Without it, nor `times`, the variable holds times of spikes. */
  rate?: number;
  /** The variable that holds the time of each sample, s. */
  times?: string;
  /** Of NWB files: see `readNwb`. */
  trials?: TrialColumns;
}

/**
 * Reads a recording from CSV (`.csv`, or compressed as `.csv.gz`), a MATLAB file, NWB or other HDF5, whichever the bytes of
 * the file tell.
 *
 * Variables of MATLAB and HDF5 are one column of samples, or several, which become channels `name[0]`, `name[1]`...: samples
 * are the rows, as seen in MATLAB. Arrays of other shapes, such as cells x rewards x trials, are no recordings over time:
 * read them with `readMatFile`.
 *
 * @throws UserError telling what was expected and what came
 */
export async function readRecording(path: string, options: ReadingOptions = {}): Promise<Recording> {
  const bytes = readBytes(path);
  if (isHdf5(bytes)) return withHdf5(path, (file) => readHdf5(file, isMat73(bytes), options));
  if (isMat5(bytes) || /\.mat$/i.test(path)) return readMatlab(readMat5(bytes, path), path, options);
  const text = textOf(bytes, path);
  if (isEventTable(text)) {
    throw new UserError(`${path} is a table of events: read it with readEventFile. Expected signals or spikes.`);
  }
  const recording = readSignals(text, path);
  return options.channel === undefined
    ? recording
    : { ...recording, channels: [channelOf(recording, options.channel)] };
}

/** All variables of a MATLAB file of version 5 to 7; see `readMat5`. */
export const readMatFile = (path: string): Map<string, MatValue> => readMat5(readBytes(path), path);

/** The events of a CSV file; see `readEvents`. */
export const readEventFile = (path: string): EventTable => readEvents(textOf(readBytes(path), path), path);

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UserError(
      `Cannot read the file ${path}: ${(cause as Error).message}. Paths are taken from the working directory.`,
      { cause },
    );
  }
}

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** The signature may come after a header whose length is 512 bytes, doubled any number of times; MATLAB's is 512 long. */
function isHdf5(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at = at === 0 ? 512 : 2 * at) {
    if (hdf5Signature.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return new TextDecoder('utf-8', { fatal: true }).decode(isCompressed ? gunzipSync(bytes) : bytes);
  } catch (cause) {
    throw new UserError(
      `${path}: expected CSV, CSV compressed by gzip, MATLAB, NWB or HDF5, but found none of them ` +
        `(${(cause as Error).message}).`,
      { cause },
    );
  }
}

function readHdf5(file: Hdf5File, fromMatlab: boolean, options: ReadingOptions): Recording {
  if (options.variable === undefined && isNwb(file)) return readOpenNwb(file, options);
  const variable = options.variable?.replaceAll('.', '/');
  if (variable === undefined) {
    throw new UserError(
      `${file.source} is HDF5, but not NWB: say in 'variable' what to read. Found: ${file.describe()}.`,
    );
  }
  const read = (name: string): Matrix => {
    const { shape, values } = file.numbers(name);
    // MATLAB writes its columns as rows.
    return fromMatlab ? columnsFirst(shape.toReversed(), values) : rowsFirst(shape, values);
  };
  return recordingOf(file.source, variable, read, options);
}

function readMatlab(variables: Map<string, MatValue>, source: string, options: ReadingOptions): Recording {
  if (options.variable === undefined) {
    const found = [...variables].map(([name, value]) => `${name} (${describeMat(value)})`);
    throw new UserError(
      `${source} is a MATLAB file: say in 'variable' what to read, and in 'rate' how often it was sampled. Found: ` +
        `${listed(found) || 'nothing'}.`,
    );
  }
  const read = (name: string): Matrix => {
    const { shape, values } = matNumbers(matVariable(variables, name, source), `${source}, '${name}'`);
    return columnsFirst(shape, values);
  };
  return recordingOf(source, options.variable, read, options);
}

/** Numbers by column, and their sizes. */
interface Matrix {
  shape: readonly number[];
  columns: Float64Array[];
}

function columnsFirst(shape: readonly number[], values: Float64Array): Matrix {
  const rows = vectorLength(shape) ?? shape[0];
  const count = rows === 0 ? 0 : values.length / rows;
  return { shape, columns: Array.from({ length: count }, (_, i) => values.subarray(i * rows, (i + 1) * rows)) };
}

function rowsFirst(shape: readonly number[], values: Float64Array): Matrix {
  const rows = vectorLength(shape) ?? shape[0];
  const count = rows === 0 ? 0 : values.length / rows;
  const columns = Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length: rows }, (_, row) => values[row * count + column]),
  );
  return { shape, columns };
}

/** Of a single row or column. */
function vectorLength(shape: readonly number[]): number | undefined {
  return shape.filter((size) => size !== 1).length <= 1
    ? shape.reduce((product, size) => product * size, 1)
    : undefined;
}

function recordingOf(
  source: string,
  variable: string,
  read: (name: string) => Matrix,
  { rate, times: timesName, channel }: ReadingOptions,
): Recording {
  const { shape, columns } = read(variable);
  const where = `${source}, '${variable}'`;
  if (shape.length > 2 || columns.length === 0) {
    throw new UserError(
      `${where}: expected samples in a column, or in several, but found ${shape.join(' x ')}. Arrays such as ` +
        'cells x rewards x trials are read with readMatFile or readHdf5Dataset.',
    );
  }
  const names = columns.length === 1 ? [variable] : columns.map((_, column) => `${variable}[${column}]`);
  const channels = columns.map((values, column) => {
    if (timesName !== undefined)
      return signalChannel(where, names[column], singleColumn(read, timesName, source), values);
    if (rate === undefined) return spikeTrain(where, names[column], values);
    if (!(rate > 0)) throw new UserError(`${where}: expected a rate above 0 Hz, but got ${rate}.`);
    return signalChannel(where, names[column], steadyTimes(values.length, rate), values);
  });
  const recording = { source, channels };
  return channel === undefined ? recording : { source, channels: [channelOf(recording, channel)] };
}

function singleColumn(read: (name: string) => Matrix, name: string, source: string): Float64Array {
  const { shape, columns } = read(name);
  if (columns.length === 1) return columns[0];
  throw new UserError(`${source}, '${name}': expected one time for each sample, but found ${shape.join(' x ')}.`);
}

function spikeTrain(where: string, name: string, times: Float64Array) {
  // Columns of spikes are filled up to one length with NaN.
  const known = times.filter((time) => !Number.isNaN(time));
  const back = known.findIndex((time, i) => i > 0 && time < known[i - 1]);
  if (back < 0) return spikeChannel(where, name, known);
  throw new UserError(
    `${where}: expected times of spikes, in ascending order, but number ${back + 1} is ${known[back]} after ` +
      `${known[back - 1]}. If these are samples of a signal, say in 'rate' how many there are in a second.`,
  );
}
