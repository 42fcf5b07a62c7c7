import v8 from 'node:v8';
import { UserError } from '../../core/errors.ts';
import { Allocator, maximumPages } from './allocator.ts';
import { plainSimd, relaxedSimd } from './binaries.ts';
import type { Kernels } from './kernels.ts';
import { nativeKernels } from './native.ts';
import { type WasmMemory, WebAssembly } from './webassembly.ts';

/**
 * Builds of the kernels: machine code, WebAssembly with fused multiply-add, and WebAssembly that every V8 takes. The
 * first two round alike where the processor has the instruction, so that they give the same numbers.
 */
export const kernelBuilds = ['native', 'relaxed', 'plain'] as const;
export type KernelBuild = (typeof kernelBuilds)[number];

/** `wasm` for the better of its builds, `auto` for the best there is. */
export const kernelChoices = ['auto', 'native', 'wasm'] as const;
export type KernelChoice = (typeof kernelChoices)[number] | KernelBuild;

/** Kernels with the memory they work in. */
export interface WasmRuntime {
  readonly build: KernelBuild;
  /** For people: `native (avx2)`. */
  readonly name: string;
  readonly kernels: Kernels;
  readonly allocator: Allocator;
}

const runtimes = new Map<KernelBuild, WasmRuntime>();

/**
 * The kernels, prepared once per build and process; all models of a build share one memory.
 *
 * @throws UserError when a build is asked for that is not there
 */
export function wasmRuntime(choice?: KernelChoice): WasmRuntime {
  const build = chooseBuild(choice);
  let runtime = runtimes.get(build);
  if (!runtime) {
    runtime = newRuntime(build);
    runtimes.set(build, runtime);
  }
  return runtime;
}

/** Kernels in a memory of their own, which other threads may join and which goes when nobody uses it any more. */
export function newRuntime(choice?: KernelChoice): WasmRuntime {
  const build = chooseBuild(choice);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages, shared: true });
  const { name, kernels, heapBase } = load(build, memory);
  return { build, name, kernels, allocator: new Allocator(memory, heapBase) };
}

/** Kernels for this thread in the memory of another's. */
export function joinRuntime(build: KernelBuild, memory: WasmMemory): WasmRuntime {
  const { name, kernels } = load(chooseBuild(build), memory);
  return { build, name, kernels, allocator: new Allocator(memory) };
}

/** @param choice by default that of the environment variable UPSLOPE_KERNELS, else the best there is */
function chooseBuild(choice: KernelChoice = choiceOfEnvironment()): KernelBuild {
  switch (choice) {
    case 'native':
      if (nativeKernels() === undefined) {
        throw new UserError(
          'Native kernels were asked for, but there are none for this machine. They are compiled by `npm run setup` ' +
            'where there is a C++ compiler (g++ or clang++) and a processor with AVX2 or NEON; --kernels wasm does without.',
        );
      }
      return choice;
    case 'relaxed':
      if (!supportsRelaxedSimd()) {
        throw new UserError(
          'Relaxed SIMD was asked for, but this Node.js does not have it: use Node.js 20 or later on x64 or arm64, or leave the choice open.',
        );
      }
      return choice;
    case 'plain':
      return choice;
    case 'wasm':
      return supportsRelaxedSimd() ? 'relaxed' : 'plain';
    case 'auto':
      return nativeKernels() ? 'native' : chooseBuild('wasm');
  }
}

function choiceOfEnvironment(): KernelChoice {
  const choice = process.env.UPSLOPE_KERNELS || 'auto';
  const choices: readonly string[] = [...kernelChoices, ...kernelBuilds];
  if (choices.includes(choice)) return choice as KernelChoice;
  throw new UserError(
    `The environment variable UPSLOPE_KERNELS must be one of ${kernelChoices.join(', ')}; got '${choice}'.`,
  );
}

/** Whether this machine's V8 takes relaxed SIMD, switching it on where it is still behind a flag (Node 20). */
function supportsRelaxedSimd(): boolean {
  const binary = decode(relaxedSimd);
  if (WebAssembly.validate(binary)) return true;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(binary);
}

function load(build: KernelBuild, memory: WasmMemory): { name: string; kernels: Kernels; heapBase: number } {
  if (build === 'native') {
    const { name, ...kernels } = nativeKernels()!(new Uint8Array(memory.buffer));
    // Address 0 stands for nothing.
    return { name: `native (${name})`, kernels, heapBase: 1 };
  }
  const module = new WebAssembly.Module(decode(build === 'relaxed' ? relaxedSimd : plainSimd));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as unknown as Kernels & { heapBase: { value: number } };
  return {
    name: build === 'relaxed' ? 'wasm (relaxed simd)' : 'wasm (simd)',
    kernels,
    heapBase: kernels.heapBase.value,
  };
}

function decode(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
