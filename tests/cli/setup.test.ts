import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(60_000);

/** A checkout with little in it: one source, kernels that are built by a script of its own, no packages to install. */
const checkout = mkdtempSync(join(tmpdir(), 'upslope-setup-'));
afterAll(() => rmSync(checkout, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(join(checkout, dirname(file)), { recursive: true });
  writeFileSync(join(checkout, file), text);
}

function setup(...args: string[]) {
  const { CI: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'cli', 'setup.mjs'), ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const nothing = { status: 0, stdout: '', stderr: '' };
const compiled = { status: 0, stdout: '', stderr: 'setup: compiling TypeScript\n' };

beforeAll(() => {
  mkdirSync(join(checkout, 'cli'));
  cpSync(packagePath('cli', 'setup.mjs'), join(checkout, 'cli', 'setup.mjs'));
  symlinkSync(packagePath('node_modules'), join(checkout, 'node_modules'), 'junction');
  write('package.json', '{ "type": "module" }');
  write('package-lock.json', '{ "packages": { "": {} } }');
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "outDir": "dist", "rootDir": ".", "types": [] }, "include": ["src"] }',
  );
  write('cli/build-kernels.mjs', 'export const buildKernels = async () => globalThis.process.env.NEW_KERNELS === "1";');
  write('cli/build-native.mjs', "export const buildNative = () => globalThis.process.env.NATIVE ?? 'up to date';");
  write('src/a.ts', 'export const a: number = 1;\n');
});

describe('set-up', () => {
  test('compiles what is new, once', () => {
    expect(setup()).toEqual(compiled);
    expect(readFileSync(join(checkout, 'dist', 'src', 'a.js'), 'utf8')).toContain('a = 1');
    expect(setup()).toEqual(nothing);
  });

  test('compiles again after a change, an addition and a removal', () => {
    write('src/a.ts', 'export const a: number = 2;\n');
    expect(setup()).toEqual(compiled);
    expect(readFileSync(join(checkout, 'dist', 'src', 'a.js'), 'utf8')).toContain('a = 2');
    write('src/b.ts', 'export const b = 1;\n');
    expect(setup()).toEqual(compiled);
    rmSync(join(checkout, 'src', 'b.ts'));
    expect(setup()).toEqual(compiled);
    expect(setup()).toEqual(nothing);
  });

  test('--rebuild begins from nothing', () => {
    expect(existsSync(join(checkout, 'dist', 'src', 'b.js'))).toBe(true);
    expect(setup('--rebuild')).toEqual(compiled);
    expect(existsSync(join(checkout, 'dist', 'src', 'b.js'))).toBe(false);
  });

  test('shows what the compiler has to say, and tries again the next time', () => {
    write('src/a.ts', 'export const a: number = "one";\n');
    for (const attempt of [1, 2]) {
      const { status, stderr } = setup();
      expect({ attempt, status }).toEqual({ attempt, status: 1 });
      expect(stderr).toMatch(/src\/a\.ts.*TS2322/);
    }
    write('src/a.ts', 'export const a: number = 1;\n');
    expect(setup()).toEqual(compiled);
  });

  test('tells when kernels were compiled', () => {
    process.env.NEW_KERNELS = '1';
    expect(setup().stderr).toBe('setup: compiled the kernels\n');
    delete process.env.NEW_KERNELS;
  });

  test('tells when native kernels were compiled, and why there are none', () => {
    process.env.NATIVE = 'compiled';
    expect(setup().stderr).toBe('setup: compiled native kernels\n');
    process.env.NATIVE = 'there is no C++ compiler';
    const told = 'setup: no native kernels, WebAssembly serves: there is no C++ compiler\n';
    // Once, when all is compiled.
    expect(setup('--rebuild')).toEqual({ ...compiled, stderr: told + compiled.stderr });
    expect(setup()).toEqual(nothing);
    delete process.env.NATIVE;
  });

  test('native kernels are done without where there is no compiler', () => {
    const script = packagePath('cli', 'build-native.mjs');
    const { CXX: _, ...env } = process.env;
    const alone = { ...env, PATH: join(checkout, 'no-programs') };
    const { status, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8', env: alone });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Native kernels: there is no C++ compiler.\n' });
  });

  test('--for-tests gives the reason where Python cannot be prepared, and goes on', () => {
    write('tests/requirements.txt', 'x');
    const before = process.env.PATH;
    process.env.PATH = join(checkout, 'no-programs');
    const without = setup('--for-tests');
    process.env.PATH = before;
    expect(without.status).toBe(0);
    expect(without.stderr).toMatch(/^setup: expected Python 3\.10 or newer.*found none.*skipped/);
  });
});
