import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

const packageRoot = findPackageRoot();

/** Absolute path of a file that ships with the package, the same from the sources and from the build. */
export function packagePath(...segments: string[]): string {
  return join(packageRoot, ...segments);
}
