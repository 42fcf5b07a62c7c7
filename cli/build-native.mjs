// Compiles the kernels natively, where there is a C++ compiler, to dist/native/kernels-<platform>-<processor>.node. Does
// nothing when that is already what the sources, this script and the compiler would give. Without it WebAssembly serves.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'src/engine/native');
const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');
const target = join(root, 'dist/native', `kernels-${process.platform}-${process.arch}.node`);

/** Kinds of vectors, each with a build of its own, of which one is chosen when the kernels are loaded. */
const builds = {
  x64: {
    avx2Kernels: ['-mavx2', '-mfma'],
    avx512Kernels: ['-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512vl'],
  },
  arm64: { neonKernels: [] },
}[process.arch];

// Nothing that would round otherwise than WebAssembly does.
const flags = ['-std=c++17', '-O3', '-fPIC', '-fvisibility=hidden', '-ffp-contract=off', '-fno-math-errno', '-Wall'];
const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-s'];

/** @returns `compiled`, `up to date`, or why there are no native kernels */
export function buildNative() {
  if (builds === undefined || !['linux', 'darwin'].includes(process.platform)) {
    return `none are known for ${process.platform} on ${process.arch}`;
  }
  const compiler = [process.env.CXX, 'c++', 'g++', 'clang++'].find((name) => name && runs(name, ['--version']));
  if (compiler === undefined) return 'there is no C++ compiler';
  const stamp = `${target}.sources`;
  const hash = hashOf(compiler);
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return 'up to date';

  const folder = mkdtempSync(join(tmpdir(), 'upslope-native-'));
  try {
    const objects = [['addon', ['-I', headers]], ...Object.entries(builds)].map(([name, extra]) => {
      const object = join(folder, `${name}.o`);
      const source = join(sources, name === 'addon' ? 'addon.cpp' : 'kernels.cpp');
      const named = name === 'addon' ? [] : [`-DKERNELS=${name}`];
      compile(compiler, [...flags, ...extra, ...named, '-c', source, '-o', object]);
      return object;
    });
    const library = join(folder, 'kernels.node');
    compile(compiler, [...link, ...objects, '-o', library]);
    mkdirSync(dirname(target), { recursive: true });
    // Another process may have the old one loaded: it is replaced, not written over.
    writeFileSync(`${target}.tmp-${process.pid}`, readFileSync(library));
    renameSync(`${target}.tmp-${process.pid}`, target);
    writeFileSync(stamp, hash);
    return 'compiled';
  } catch (error) {
    return `they do not compile with ${compiler}:\n${error.message}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function compile(compiler, args) {
  const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.split('\n').slice(0, 8).join('\n'));
}

function hashOf(compiler) {
  const { stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  const hash = createHash('sha256')
    .update(stdout)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const file of readdirSync(sources).sort()) hash.update(`\0${file}\0`).update(readFileSync(join(sources, file)));
  return hash.digest('hex');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(`Native kernels: ${buildNative()}.`);
}
