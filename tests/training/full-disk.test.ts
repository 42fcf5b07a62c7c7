import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';

function diskFull(): never {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

let full = false;
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  writeFileSync(file: number, data: Uint8Array) {
    fs.writeFileSync(file, full ? data.subarray(0, data.length / 2) : data);
    if (full) diskFull();
  },
  writeSync(file: number, data: Uint8Array, offset: number, length: number, position: number) {
    if (full && offset > 0) diskFull();
    return fs.writeSync(file, data, offset, full ? Math.floor(length / 2) : length, position);
  },
}));
const { writeFileAtomic } = await import('../../src/training/atomic-file.ts');
const { openAppendFile } = await import('../../src/training/sinks/append-file.ts');

test('a disk that fills half-way through leaves the earlier file and no temporary one', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'full-'));
  const path = join(folder, 'checkpoint');
  writeFileAtomic(path, Buffer.from('earlier'));
  full = true;
  expect(() => writeFileAtomic(path, Buffer.from('a later checkpoint'))).toThrow(
    `cannot write ${path}: the disk is full; free some space and run again (ENOSPC)`,
  );
  full = false;
  expect(fs.readFileSync(path, 'utf8')).toBe('earlier');
  expect(fs.readdirSync(folder)).toEqual(['checkpoint']);
  fs.rmSync(folder, { recursive: true });
});

test('an append that failed half-way leaves nothing behind', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'full-'));
  const file = openAppendFile(join(folder, 'progress.csv'));
  file.write('one\n');
  full = true;
  expect(() => file.write('two and more\n')).toThrow('the disk is full');
  full = false;
  expect(file.position()).toBe(4);
  expect(fs.readFileSync(file.path, 'utf8')).toBe('one\n');
  file.write('3\n');
  file.close();
  expect(fs.readFileSync(file.path, 'utf8')).toBe('one\n3\n');
  fs.rmSync(folder, { recursive: true });
});
