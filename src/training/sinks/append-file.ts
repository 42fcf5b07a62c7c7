import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { UserError } from '../../core/errors.ts';
import { fileError } from '../atomic-file.ts';

/** A file that only grows. Others can follow it while it is written. */
export interface AppendFile {
  readonly path: string;
  write(data: string | Uint8Array): void;
  flush(): void;
  close(): void;
  /** Length in bytes, once all of it is on the disk. */
  position(): number;
}

/**
 * Opens an empty file, or, with `resumeAt`, an existing one cut down to its first `resumeAt` bytes.
 *
 * @throws UserError when the file cannot be opened or written, or is shorter than `resumeAt`.
 */
export function openAppendFile(path: string, resumeAt?: number): AppendFile {
  const file = attempt('open', () => (resumeAt === undefined ? openSync(path, 'w') : openForResume(path, resumeAt)));
  let length = resumeAt ?? 0;
  let dirty = false;
  let open = true;

  function attempt<T>(action: string, operation: () => T): T {
    try {
      return operation();
    } catch (cause) {
      throw cause instanceof UserError ? cause : fileError(action, path, cause);
    }
  }

  function write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    try {
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(file, bytes, written, bytes.length - written, length + written);
      }
    } catch (cause) {
      // What was torn off half-way must not stand before a later, shorter write.
      ftruncateSync(file, length);
      throw fileError('write', path, cause);
    }
    length += bytes.length;
    dirty = true;
  }

  function flush(): void {
    if (!dirty) return;
    attempt('write', () => fsyncSync(file));
    dirty = false;
  }

  return {
    path,
    write,
    flush,
    position() {
      flush();
      return length;
    },
    close() {
      if (!open) return;
      open = false;
      try {
        flush();
      } finally {
        closeSync(file);
      }
    },
  };
}

function openForResume(path: string, resumeAt: number): number {
  const file = openSync(path, 'r+');
  const { size } = fstatSync(file);
  if (size < resumeAt) {
    closeSync(file);
    throw new UserError(
      `cannot resume ${path}: expected at least ${resumeAt} bytes as the checkpoint recorded, found ${size}; ` +
        'resume from an earlier checkpoint or start a new run',
    );
  }
  ftruncateSync(file, resumeAt);
  return file;
}
