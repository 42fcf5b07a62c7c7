import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { packagePath } from '../src/core/package-path.ts';

export function packageVersion(): string {
  return JSON.parse(readFileSync(packagePath('package.json'), 'utf8')).version;
}

/** How this command was called, to be called so again: `upslope`, or `node dist/cli/main.js` in a checkout. */
export function commandName(): string {
  const script = process.argv[1] ?? 'upslope';
  return basename(script) === 'upslope' ? 'upslope' : `node ${relative(process.cwd(), script) || script}`;
}
