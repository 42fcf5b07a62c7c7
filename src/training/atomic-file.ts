import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and run again',
  EDQUOT: 'the disk quota is used up; free some space and run again',
  EROFS: 'the file system is read-only; choose another folder',
  EACCES: 'permission was denied; make the folder writable or choose another',
  EPERM: 'the operation is not permitted; make the folder writable or choose another',
  ENOENT: 'the folder does not exist; create it first',
  EEXIST: 'a file stands where the folder should go; move it away or choose another name',
  ENOTDIR: 'a part of this path is a file, not a folder; choose another',
  EISDIR: 'a folder stands where the file should go; move it away or choose another name',
  ENOTEMPTY: 'a folder stands where the file should go; move it away or choose another name',
};

/** What the operating system said about `path`, as an error the user can mend. */
export function fileError(action: string, path: string, cause: unknown): UserError {
  const { code = '', message = String(cause) } = cause as NodeJS.ErrnoException;
  return new UserError(`cannot ${action} ${path}: ${REMEDIES[code] ?? message}${code && ` (${code})`}`, { cause });
}

/**
 * Writes a whole file so that a reader, or a crash at any moment, sees either the old content or the new, never a part:
 * a temporary file in the same folder, fsync, rename, fsync of the folder where the system allows it.
 *
 * @throws UserError naming the path and the cause; an earlier file is then untouched and the temporary one gone.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeDurably(temporary, data);
    renameSync(temporary, path);
  } catch (cause) {
    removeQuietly(temporary);
    throw fileError('write', path, cause);
  }
  syncFolder(dirname(path));
}

function writeDurably(path: string, data: string | Uint8Array): void {
  const file = openSync(path, 'wx');
  try {
    // Not every file call takes a view of shared memory, and other threads could change it under the write.
    const shared = typeof data !== 'string' && data.buffer instanceof SharedArrayBuffer;
    writeFileSync(file, shared ? Uint8Array.from(data) : data);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that brought us here is the one worth telling.
  }
}

/** Makes the rename itself survive a power cut. Windows and some network disks cannot sync a folder: no harm then. */
function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // The data itself is already safe.
  } finally {
    closeSync(folder);
  }
}
