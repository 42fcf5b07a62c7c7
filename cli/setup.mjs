// Makes a checkout ready to run, doing only what is needed, and nothing when nothing is:
//   node cli/setup.mjs [--rebuild] [--for-tests]
// Plain JavaScript without packages, because it is what installs and compiles everything else.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = (...segments) => join(root, ...segments);
const windows = process.platform === 'win32';

const say = (line) => process.stderr.write(`setup: ${line}\n`);

function fail(reason) {
  say(reason);
  process.exit(1);
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
}

/** Runs a step that has to succeed; what it printed is shown only when it does not. */
function must(command, args, options) {
  const { status, stdout, stderr, error } = run(command, args, options);
  if (status !== 0)
    fail(`${[command, ...args].join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
}

function filesUnder(folder, wanted) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`expected Node.js 20 or newer, this is ${process.version}. Install one from https://nodejs.org`);
}

/** Installed packages are compared one by one with the lock file, so that any way of installing them will do. */
function installPackages() {
  // The lock file holds the compiled parts of packages for Linux. Elsewhere only package.json's ranges bind.
  const locked = process.platform === 'linux';
  const wanted = readJson(path('package-lock.json')).packages ?? {};
  const installed = readJson(path('node_modules', '.package-lock.json')).packages ?? {};
  const missing = Object.entries(wanted).some(([name, { version, optional }]) => {
    if (name === '' || optional) return false;
    return locked ? installed[name]?.version !== version : installed[name] === undefined;
  });
  if (!missing) return;
  say('installing packages');
  // Not `npm ci`: it refuses a lock file that lacks the compiled parts of another platform.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const lock = locked ? [] : ['--no-package-lock'];
  must('npm', ['install', '--no-save', '--ignore-scripts', '--include=dev', ...lock, ...quiet], { shell: windows });
}

async function build(rebuild) {
  if (rebuild) rmSync(path('dist'), { recursive: true, force: true });

  const { buildKernels } = await import('./build-kernels.mjs');
  if (await buildKernels().catch((error) => fail(error.message))) say('compiled the kernels');
  const { buildNative } = await import('./build-native.mjs');
  const native = buildNative();
  if (native === 'compiled') say('compiled native kernels');

  const sources = hashOf([
    ...['src', 'envs', 'bridge', 'scenarios', 'cli'].flatMap((folder) => filesUnder(path(folder), /\.ts$/)),
    path('tsconfig.json'),
    path('package-lock.json'),
  ]);
  const stamp = path('dist', '.sources');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  if (!['compiled', 'up to date'].includes(native)) say(`no native kernels, WebAssembly serves: ${native}`);
  say('compiling TypeScript');
  rmSync(stamp, { force: true });
  must(process.execPath, [path('node_modules', 'typescript', 'bin', 'tsc'), '--project', root]);
  writeFileSync(stamp, sources);
}

/** Python serves to check our files with their own tools. Without it those tests are skipped, except in CI. */
function preparePython() {
  const problem = pythonProblem();
  if (problem === undefined) return;
  if (process.env.CI) fail(problem);
  say(`${problem} Tests that need Python are skipped.`);
}

function pythonProblem() {
  const requirements = path('tests', 'requirements.txt');
  const environment = path('.venv');
  const stamp = join(environment, '.upslope-requirements');
  const hash = hashOf([requirements]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return undefined;

  const python = windows ? 'python' : 'python3';
  const version = run(python, ['-c', 'import sys; print(*sys.version_info[:2], sep=".")']);
  const found = version.status === 0 ? version.stdout.trim() : undefined;
  if (found === undefined) return 'expected Python 3.10 or newer for some tests, found none.';
  const [major, minor] = found.split('.').map(Number);
  if (major !== 3 || minor < 10) return `expected Python 3.10 or newer for some tests, found ${found}.`;

  say('preparing Python for tests');
  const steps = [
    ['make .venv', python, ['-m', 'venv', environment]],
    [
      'install tests/requirements.txt',
      join(environment, windows ? 'Scripts/python.exe' : 'bin/python'),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
    ],
  ];
  for (const [what, command, args] of steps) {
    const { status, stdout, stderr } = run(command, args);
    if (status !== 0) {
      const reason = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' ').trim();
      return `could not ${what}: ${reason}`;
    }
  }
  writeFileSync(stamp, hash);
  return undefined;
}

/** TensorFlow's own library is large, so it is got for tests in CI only; elsewhere `npm run tfjs-node` gets it. */
async function prepareTensorflow() {
  if (!process.env.CI) return;
  const { buildTfjsNode } = await import('./build-tfjs-node.mjs');
  const outcome = buildTfjsNode(path('.venv', 'bin', 'python'));
  if (outcome === 'built') say('built @tensorflow/tfjs-node');
  else if (outcome !== 'up to date') say(`tests go on without @tensorflow/tfjs-node: ${outcome}`);
}

checkNode();
installPackages();
await build(process.argv.includes('--rebuild'));
if (process.argv.includes('--for-tests')) {
  preparePython();
  await prepareTensorflow();
}
