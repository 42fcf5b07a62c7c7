// Makes @tensorflow/tfjs-node without its download of TensorFlow: from the npm package's own sources and the library in
// TensorFlow's Python wheel, for the processor. Takes a few minutes and 1.4 GB in .tensorflow, from where
// `--engine tensorflow` takes it; deleting that folder undoes it. Linux, with a C++ compiler and Python 3 with pip.
//   node cli/build-tfjs-node.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '.tensorflow');
const stamp = join(folder, '.built');
const packageFolder = join(folder, 'node_modules', '@tensorflow', 'tfjs-node');

const tfjsNode = '4.22.0';
/** The last that was tried with it. The interface in C that it is built against does not change with its version. */
const tensorflow = '2.21.0';
const platforms = { x64: 'manylinux_2_27_x86_64', arm64: 'manylinux_2_27_aarch64' };

/** @returns `built`, `up to date`, or why it cannot be built */
export function buildTfjsNode(python = 'python3') {
  const platform = platforms[process.arch];
  if (process.platform !== 'linux' || platform === undefined) {
    return `there is no wheel to take TensorFlow from for ${process.platform} on ${process.arch}`;
  }
  const versions = `@tensorflow/tfjs-node ${tfjsNode}, tensorflow ${tensorflow}, Node-API ${process.versions.napi}\n`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === versions) return 'up to date';
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['install', ...quiet, `@tensorflow/tfjs-node@${tfjsNode}`]);
    const name = process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
    const wanted = ['--no-deps', '--only-binary=:all:', '--platform', platform, '--python-version', '3.11'];
    run(python, ['-m', 'pip', 'download', '--quiet', ...wanted, '--dest', folder, `${name}==${tensorflow}`]);
    unpackWheel(python);
    compile();
    writeFileSync(stamp, versions);
    return 'built';
  } catch (error) {
    return error.message;
  }
}

/** Headers and the two libraries of the wheel, to where the package would have its download. */
function unpackWheel(python) {
  const wheel = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.whl')),
  );
  const script = `
import os, sys, zipfile
wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith("tensorflow/include/") and name.endswith(".h"):
            place = os.path.join(target, name[len("tensorflow/"):])
        elif name.startswith("tensorflow/libtensorflow"):
            place = os.path.join(target, "lib", os.path.basename(name))
        else:
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with archive.open(name) as source, open(place, "wb") as copy:
            while block := source.read(1 << 22):
                copy.write(block)
`;
  run(python, ['-c', script, wheel, join(packageFolder, 'deps')]);
  rmSync(wheel);
}

function compile() {
  // Where the package looks for what it would have downloaded, at most at the version it knows.
  const target = join(packageFolder, 'lib', `napi-v${Math.min(Number(process.versions.napi), 8)}`);
  mkdirSync(target, { recursive: true });
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(packageFolder, 'binding', name));
  const deps = join(packageFolder, 'deps');
  const headers = join(root, 'node_modules', 'node-api-headers', 'include');
  run(process.env.CXX ?? 'c++', [
    ...['-std=c++17', '-O2', '-shared', '-fPIC', '-w', ...sources],
    ...[packageFolder, join(deps, 'include'), headers].flatMap((path) => ['-I', path]),
    ...['-L', join(deps, 'lib'), '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', join(target, 'tfjs_binding.node')],
  ]);
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status === 0) return;
  const reason = `${stdout ?? ''}\n${stderr ?? ''}\n${error?.message ?? ''}`.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${command} ${args.slice(0, 3).join(' ')} ... failed:\n${reason}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log('Building @tensorflow/tfjs-node against the library in the Python wheel of TensorFlow.');
  const outcome = buildTfjsNode();
  const done = ['built', 'up to date'].includes(outcome);
  console.log(done ? `@tensorflow/tfjs-node is ${outcome}.` : `It could not be built: ${outcome}`);
  process.exitCode = done ? 0 : 1;
}
