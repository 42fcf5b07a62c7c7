import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { packagePath } from '../../../src/core/package-path.ts';
import { openTensorBoardSink, tensorBoardTag } from '../../../src/training/sinks/tensorboard.ts';
import { testUnless } from '../../optional.ts';
import { pythonOrReason } from '../../python.ts';

interface EventFile {
  records: number;
  version: string;
  start: number;
  scalars: Record<string, [time: number, step: number, value: string][]>;
}

const { python, reason } = pythonOrReason();
const testWithPython = testUnless(reason);

function readWithTensorBoard(path: string): EventFile {
  const script = packagePath('tests', 'training', 'sinks', 'read_tensorboard.py');
  const { stdout, stderr, status } = spawnSync(python as string, [script, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorboard-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('openTensorBoardSink', () => {
  testWithPython(
    'TensorBoard reads what was written, and what was resumed',
    () => {
      let now = 1_700_000_000.25;
      const clock = () => now++;
      const first = openTensorBoardSink(folder, { clock });
      first.write({ update: 1, returnMean: 0.1, policyLoss: -1e-7, approxKl: Number.NaN, 'signal/Ärger': 3 }, 127);
      first.write({ update: 2, returnMean: Number.POSITIVE_INFINITY }, 128);
      const resumeAt = first.position();
      first.write({ returnMean: 666 }, 666);
      first.close();
      appendFileSync(first.path, 'torn');

      const second = openTensorBoardSink(folder, { clock, resumeAt });
      expect(second.path).toBe(first.path);
      second.write({ update: 3, returnMean: -5 }, 2 ** 40 + 3);
      second.write({ returnMean: Number.NaN }, 2 ** 40 + 4);
      second.close();

      const file = readWithTensorBoard(first.path);
      expect(file.version).toBe('brain.Event:2');
      expect(file.start).toBe(1_700_000_001.25);
      expect(file.records).toBe(4);
      const [one, two, three] = [1_700_000_002.25, 1_700_000_003.25, 1_700_000_005.25];
      expect(file.scalars).toEqual({
        'time/update': [
          [one, 127, '1.0'],
          [two, 128, '2.0'],
          [three, 2 ** 40 + 3, '3.0'],
        ],
        'rollout/returnMean': [
          [one, 127, '0.10000000149011612'],
          [two, 128, 'inf'],
          [three, 2 ** 40 + 3, '-5.0'],
        ],
        'train/policyLoss': [[one, 127, '-1.0000000116860974e-07']],
        'signal/Ärger': [[one, 127, '3.0']],
      });
    },
    60_000,
  );

  test('the first record, byte by byte', () => {
    const sink = openTensorBoardSink(folder, { clock: () => 2 });
    sink.close();
    expect(basename(sink.path)).toBe(`events.out.tfevents.2.${hostname()}.${process.pid}.upslope`);
    const bytes = readFileSync(sink.path);
    expect(bytes.length).toBe(8 + 4 + 24 + 4);
    expect(bytes.readBigUInt64LE(0)).toBe(24n);
    // Field 1, a double: 2. Field 3, a string of 13 bytes.
    expect(bytes.subarray(12, 36).toString('latin1')).toBe('\x09\0\0\0\0\0\0\0\x40\x1a\x0dbrain.Event:2');
  });

  test('there must be a file to resume', () => {
    expect(() => openTensorBoardSink(folder, { resumeAt: 0 })).toThrow('expected a TensorBoard event file');
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('tags are grouped', () => {
  expect(['returnMean', 'policyLoss', 'evaluationStd', 'steps', 'signal/x'].map(tensorBoardTag)).toEqual([
    'rollout/returnMean',
    'train/policyLoss',
    'evaluation/evaluationStd',
    'time/steps',
    'signal/x',
  ]);
});
