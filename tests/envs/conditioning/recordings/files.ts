import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Path of a file that the scripts in `fixtures` have written. */
export const fixture = (name: string) => join(import.meta.dirname, '..', 'fixtures', name);

/** A folder for files, and what removes it. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'upslope-recordings-'));
  return {
    write(name: string, content: string | Uint8Array): string {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    path: (name: string) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
