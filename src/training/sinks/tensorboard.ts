import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { fileError } from '../atomic-file.ts';
import { openAppendFile } from './append-file.ts';
import { maskedCrc32c } from './crc32c.ts';
import type { MetricSink, SinkOptions } from './sink.ts';

export interface TensorBoardSinkOptions extends SinkOptions {
  /** Seconds since 1970; the wall clock when absent. */
  clock?: () => number;
}

const GROUPS: Readonly<Record<string, string>> = {
  episodes: 'rollout',
  returnMean: 'rollout',
  returnLow: 'rollout',
  returnHigh: 'rollout',
  lengthMean: 'rollout',
  evaluationMean: 'evaluation',
  evaluationStd: 'evaluation',
  update: 'time',
  steps: 'time',
  seconds: 'time',
  stepsPerSecond: 'time',
};

/**
 * The tag under which TensorBoard shows a column: `rollout/returnMean`, `train/policyLoss`, `time/seconds`;
 * a name that has a group already, such as `signal/turnover`, stays as it is.
 */
export function tensorBoardTag(column: string): string {
  return column.includes('/') ? column : `${GROUPS[column] ?? 'train'}/${column}`;
}

/**
 * A TensorBoard event file in `folder`, one event with all scalars per row. With `resumeAt` the folder's newest event
 * file is continued. Values that are NaN are left out.
 *
 * @throws UserError when the file cannot be written, or there is none to resume.
 */
export function openTensorBoardSink(
  folder: string,
  { resumeAt, clock = () => Date.now() / 1000 }: TensorBoardSinkOptions = {},
): MetricSink & { readonly path: string } {
  const path = join(folder, resumeAt === undefined ? newEventFile(clock()) : newestEventFile(folder));
  const file = openAppendFile(path, resumeAt);
  if (file.position() === 0) file.write(record(versionEvent(clock())));
  return {
    path,
    write(row, step) {
      const scalars = Object.entries(row).filter(([, value]) => !Number.isNaN(value));
      if (scalars.length > 0) file.write(record(scalarEvent(clock(), step, scalars)));
    },
    flush: file.flush,
    close: file.close,
    position: file.position,
  };
}

function newEventFile(seconds: number): string {
  return `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}.upslope`;
}

function newestEventFile(folder: string): string {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw fileError('read', folder, cause);
  }
  const newest = names
    .filter((name) => name.startsWith('events.out.tfevents.'))
    .sort()
    .at(-1);
  if (newest !== undefined) return newest;
  throw new UserError(`cannot resume: expected a TensorBoard event file in ${folder}, found none; start a new run`);
}

/** TFRecord framing: length, its masked check, data, its masked check; all little-endian. */
function record(data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 16);
  bytes.writeBigUInt64LE(BigInt(data.length), 0);
  bytes.writeUInt32LE(maskedCrc32c(bytes.subarray(0, 8)), 8);
  bytes.set(data, 12);
  bytes.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return bytes;
}

// Field numbers of tensorflow.Event, tensorflow.Summary and tensorflow.Summary.Value.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

function versionEvent(time: number): Uint8Array {
  return Buffer.concat([
    doubleField(EVENT.wallTime, time),
    bytesField(EVENT.fileVersion, Buffer.from('brain.Event:2')),
  ]);
}

function scalarEvent(time: number, step: number, scalars: readonly (readonly [string, number])[]): Uint8Array {
  const values = scalars.map(([column, value]) =>
    bytesField(
      SUMMARY.value,
      Buffer.concat([bytesField(VALUE.tag, Buffer.from(tensorBoardTag(column))), floatField(VALUE.simpleValue, value)]),
    ),
  );
  return Buffer.concat([
    doubleField(EVENT.wallTime, time),
    Buffer.concat([varint(EVENT.step << 3), varint(step)]),
    bytesField(EVENT.summary, Buffer.concat(values)),
  ]);
}

// Protocol buffers: a field is its key (number << 3 | wire type) and its value.
// https://protobuf.dev/programming-guides/encoding

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  // Division, for shifts would cut a step count at 2^32.
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function bytesField(field: number, data: Uint8Array): Uint8Array {
  return Buffer.concat([varint((field << 3) | 2), varint(data.length), data]);
}

function doubleField(field: number, value: number): Uint8Array {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | 1), data]);
}

function floatField(field: number, value: number): Uint8Array {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), data]);
}
