import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { packagePath } from '../../core/package-path.ts';
import type { Kernels } from './kernels.ts';

/** Kernels for the memory of which these are the bytes, and the kind of vectors they use. */
type Attach = (memory: Uint8Array) => Kernels & { readonly name: string };

let loaded: { attach: Attach | undefined } | undefined;

/** What `cli/build-native.mjs` has compiled, where this machine can run it. */
export function nativeKernels(): Attach | undefined {
  loaded ??= { attach: load() };
  return loaded.attach;
}

function load(): Attach | undefined {
  const file = packagePath('dist', 'native', `kernels-${process.platform}-${process.arch}.node`);
  if (!existsSync(file)) return undefined;
  const module: { exports: { attach?: Attach } } = { exports: {} };
  try {
    process.dlopen(module, file, constants.dlopen.RTLD_NOW);
  } catch {
    // Of another machine, such as one with an older C library.
    return undefined;
  }
  const { attach } = module.exports;
  // A processor without the vectors gets nothing.
  return attach?.(new Uint8Array(new SharedArrayBuffer(64))) && attach;
}
