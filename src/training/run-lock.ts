import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fileError } from './atomic-file.ts';

/**
 * Keeps other processes from writing to the run in `directory` until the returned function is called. A lock left by a
 * process that is gone, killed say, is taken over.
 *
 * @throws UserError while another process trains there
 */
export function lockRun(directory: string): () => void {
  const file = join(directory, 'lock');
  const holder = holderOf(file);
  if (holder !== undefined && isAlive(holder)) {
    throw new UserError(
      `The run in ${directory} is in progress in process ${holder}. Wait for it or stop it first; ` +
        `if that process is another program by now, delete ${file}.`,
    );
  }
  try {
    rmSync(file, { force: true });
    // Fails where a second process has been quicker.
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
  } catch (cause) {
    throw fileError('lock', file, cause);
  }
  return () => rmSync(file, { force: true });
}

function holderOf(file: string): number | undefined {
  try {
    const holder = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(holder) && holder > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's process, which may not be signalled, is alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
