import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../src/core/errors.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';

const run = promisify(execFile);
const windows = process.platform === 'win32';

export const peerNames = ['sb3', 'jax'] as const;
export type PeerName = (typeof peerNames)[number];

const modulesOf: Readonly<Record<PeerName, string>> = { sb3: 'torch, stable_baselines3', jax: 'jax' };

/** A Python with some modules: `UPSLOPE_PYTHON`, else the `python3` on the path; `undefined` where neither has them. */
export async function findPythonWith(modules: string): Promise<string | undefined> {
  for (const python of [process.env.UPSLOPE_PYTHON, 'python3']) {
    if (!python) continue;
    try {
      await run(python, ['-c', `import ${modules}`]);
      return python;
    } catch {
      // Not there, or not in that one.
    }
  }
  return undefined;
}

/** A Python that has what a peer needs already. */
export function findPeer(name: PeerName): Promise<string | undefined> {
  return findPythonWith(modulesOf[name]);
}

/** Where the peers' environments are kept from one call to the next. */
export function peerFolder(): string {
  const cache = windows ? process.env.LOCALAPPDATA : process.env.XDG_CACHE_HOME;
  return join(cache || join(homedir(), '.cache'), 'upslope', 'bench');
}

/**
 * A Python with a peer in it: one that has it already, else that of a virtual environment of its own, which is made
 * the first time.
 *
 * @param say told what takes a while
 * @param folder where the environment is, or is to be
 * @throws UserError where there is no Python, or its packages cannot be had
 */
export async function preparePeer(
  name: PeerName,
  say: (text: string) => void,
  folder = join(peerFolder(), name),
): Promise<string> {
  const found = await findPeer(name);
  if (found !== undefined) return found;
  const requirements = packagePath('cli', 'bench', `requirements-${name}.txt`);
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const stamp = join(folder, '.upslope-requirements');
  const python = windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8') === wanted) return python;

  // What an interrupted attempt has left is of no use.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  say(`making a virtual environment in ${folder}`);
  await attempt(
    process.env.UPSLOPE_PYTHON || (windows ? 'python' : 'python3'),
    ['-m', 'venv', folder],
    `Could not make a Python environment for ${name}`,
    'Expected Python 3.10 or newer with venv (on Debian: apt install python3-venv), or name one in UPSLOPE_PYTHON.',
  );
  say(`installing ${modulesOf[name]} from PyPI, which takes minutes the first time`);
  await attempt(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
    `Could not install what ${name} needs`,
    'Expected to reach PyPI, or the index that PIP_INDEX_URL names. A Python that has the packages can be named in UPSLOPE_PYTHON.',
  );
  writeFileAtomic(stamp, wanted);
  return python;
}

async function attempt(command: string, args: string[], what: string, remedy: string): Promise<void> {
  try {
    await run(command, args, { maxBuffer: 1 << 26 });
  } catch (cause) {
    const { stdout = '', stderr = '', message } = cause as Error & { stdout?: string; stderr?: string };
    const reason = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' ').trim() || message;
    throw new UserError(`${what}: ${reason}\n${remedy}`, { cause });
  }
}
