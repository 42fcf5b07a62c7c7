import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { packagePath } from '../src/core/package-path.ts';

const run = promisify(execFile);

/** Path of the built command, as `npm test` has made it. */
export const upslopeCommand = packagePath('dist', 'cli', 'main.js');

/** Runs the built command with `--json` and gives the object on its last line. */
export async function upslopeJson<T>(...args: string[]): Promise<T> {
  const { stdout } = await run(process.execPath, [upslopeCommand, ...args, '--json'], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A way to run the built command in a folder and see all it printed. */
export function upslopeIn(folder: string): (...args: string[]) => Outcome {
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [upslopeCommand, ...args], {
      encoding: 'utf8',
      cwd: folder,
    });
    return { status, stdout, stderr };
  };
}
