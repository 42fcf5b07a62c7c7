import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/core/errors.ts';
import { fileError, writeFileAtomic } from '../../src/training/atomic-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function errorOf(action: () => void): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('expected a UserError, nothing was thrown');
}

describe('writeFileAtomic', () => {
  test('writes text and replaces what was there', () => {
    const path = join(folder, 'a.txt');
    writeFileAtomic(path, 'first, and longer');
    writeFileAtomic(path, 'zweitens: ä');
    expect(readFileSync(path, 'utf8')).toBe('zweitens: ä');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  test('writes a view of a larger buffer, shared memory included', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(16));
    shared.set([9, 1, 2, 255, 9]);
    const path = join(folder, 'a.bin');
    for (const bytes of [shared, Uint8Array.from(shared)]) {
      writeFileAtomic(path, bytes.subarray(1, 4));
      expect([...readFileSync(path)]).toEqual([1, 2, 255]);
    }
  });

  test('a folder that is missing is named, and what to do', () => {
    const path = join(folder, 'nowhere', 'a.txt');
    const { message } = errorOf(() => writeFileAtomic(path, 'x'));
    expect(message).toContain(path);
    expect(message).toContain('create it first (ENOENT)');
  });

  test('a path through a file', () => {
    writeFileSync(join(folder, 'file'), 'kept');
    expect(errorOf(() => writeFileAtomic(join(folder, 'file', 'a.txt'), 'x')).message).toContain('(ENOTDIR)');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('kept');
  });

  test('a failed rename leaves the old content and no temporary file', () => {
    const path = join(folder, 'taken');
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), 'kept');
    expect(errorOf(() => writeFileAtomic(path, 'x')).message).toMatch(
      /a folder stands where .*\((EISDIR|ENOTEMPTY|EPERM)\)/,
    );
    expect(readdirSync(folder)).toEqual(['taken']);
    expect(readFileSync(join(path, 'inside'), 'utf8')).toBe('kept');
  });

  test('a folder nobody may write', () => {
    // Permissions do not bind root, but the kernel's own folders do.
    const root = process.getuid?.() === 0;
    const closed = root ? '/proc/self' : join(folder, 'closed');
    if (!root) {
      mkdirSync(closed);
      chmodSync(closed, 0o555);
    }
    const before = readdirSync(closed).length;
    const path = join(closed, 'a.txt');
    expect(errorOf(() => writeFileAtomic(path, 'x')).message).toContain(`cannot write ${path}: `);
    expect(readdirSync(closed).length).toBe(before);
  });
});

describe('fileError', () => {
  test.each([
    ['ENOSPC', 'the disk is full; free some space'],
    ['EROFS', 'the file system is read-only; choose another folder'],
    ['EACCES', 'permission was denied; make the folder writable'],
  ])('%s is told as a person would', (code, words) => {
    const cause = Object.assign(new Error('raw'), { code });
    const error = fileError('write', '/runs/x', cause);
    expect(error.message).toContain(`cannot write /runs/x: ${words}`);
    expect(error.cause).toBe(cause);
  });

  test('an unknown cause keeps its own words', () => {
    expect(fileError('write', '/runs/x', new Error('odd')).message).toBe('cannot write /runs/x: odd');
  });
});
