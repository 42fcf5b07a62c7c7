import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { preparePeer } from '../../cli/bench/peer-environment.ts';
import { fastest } from '../../cli/bench/peers.ts';
import { packagePath } from '../../src/core/package-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const before = { PATH: process.env.PATH, UPSLOPE_PYTHON: process.env.UPSLOPE_PYTHON };
afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** A Python without the packages: makes environments with itself in them, and installs where there is an `index` in the folder. */
function pretendPython(): string {
  const python = join(folder, 'python3');
  writeFileSync(
    python,
    `#!/bin/sh
echo "$@" >> ${join(folder, 'calls')}
case "$2" in
  venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  pip) [ -e ${join(folder, 'index')} ] || { echo "ERROR: No matching distribution found for jax" >&2; exit 1; } ;;
  *) exit 1 ;;
esac
`,
  );
  chmodSync(python, 0o755);
  return python;
}

const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

describe('a peer gets an environment of its own', () => {
  test('which is made anew until its packages are in it, and then once', async () => {
    process.env.UPSLOPE_PYTHON = pretendPython();
    // Nor is there another Python.
    process.env.PATH = `${folder}${delimiter}/bin${delimiter}/usr/bin`;
    const place = join(folder, 'cache', 'jax');
    const said: string[] = [];
    const prepare = () => preparePeer('jax', (text) => said.push(text), place);

    await expect(prepare()).rejects.toThrow(
      /Could not install what jax needs: ERROR: No matching distribution found for jax\n.*reach PyPI.*UPSLOPE_PYTHON/,
    );
    expect(existsSync(join(place, '.upslope-requirements'))).toBe(false);
    expect(said).toEqual([
      `making a virtual environment in ${place}`,
      'installing jax from PyPI, which takes minutes the first time',
    ]);

    writeFileSync(join(folder, 'index'), '');
    expect(await prepare()).toBe(join(place, 'bin', 'python'));
    expect(calls().filter((call) => call.includes('-m pip install'))).toHaveLength(2);
    expect(calls().at(-1)).toContain(packagePath('cli', 'bench', 'requirements-jax.txt'));

    said.length = 0;
    expect(await prepare()).toBe(join(place, 'bin', 'python'));
    expect(said).toEqual([]);
    expect(calls().filter((call) => call.includes('-m pip install'))).toHaveLength(2);
  });

  test('and where there is no Python that is said', async () => {
    process.env.UPSLOPE_PYTHON = join(folder, 'no-python');
    process.env.PATH = join(folder, 'no-programs');
    await expect(preparePeer('sb3', () => {}, join(folder, 'none'))).rejects.toThrow(
      /Could not make a Python environment for sb3: .*\nExpected Python 3\.10 or newer with venv/,
    );
  });
});

describe('a peer is measured with the threads it is fastest with', () => {
  const speeds: Record<number, number> = { 1: 30, 4: 20 };
  const tried: number[] = [];
  const measure = async (threads: number) => {
    tried.push(threads);
    return speeds[threads];
  };

  test.each([
    ['steps a second: more is better', 1, 1, 30],
    ['milliseconds: less is', -1, 4, 20],
  ] as const)('%s', async (_, sign, threads, value) => {
    tried.length = 0;
    const measurement = fastest(4, sign, measure);
    expect(measurement.threads()).toBeUndefined();
    expect(await measurement.measure(1)).toBe(value);
    expect(await measurement.measure(1)).toBe(value);
    expect(measurement.threads()).toBe(threads);
    expect(tried).toEqual([1, 4, threads, threads]);
  });

  test('on one core there is nothing to try', async () => {
    tried.length = 0;
    expect(await fastest(1, 1, measure).measure(1)).toBe(30);
    expect(tried).toEqual([1]);
  });
});

test('the scripts of the peers are Python', () => {
  const check = 'import ast, sys; [ast.parse(open(path).read(), path) for path in sys.argv[1:]]';
  const scripts = ['jax-ppo.py', 'sb3.py', 'sb3-inference.py', 'sb3-sac.py', 'torch-product.py', 'torch-update.py'].map(
    (name) => packagePath('cli', 'bench', name),
  );
  const { error, status, stderr } = spawnSync('python3', ['-c', check, ...scripts], { encoding: 'utf8' });
  // Without Python there is nobody to ask.
  if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
