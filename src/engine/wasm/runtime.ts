import v8 from 'node:v8';
import { UserError } from '../../core/errors.ts';
import { Allocator, maximumPages } from './allocator.ts';
import { plainSimd, relaxedSimd } from './binaries.ts';
import { type WasmMemory, WebAssembly } from './webassembly.ts';

/** What the kernels export; pointers are byte addresses in their memory. */
export interface Kernels {
  forward(network: number, rows: number): void;
  backward(network: number, rows: number, wantInputGradient: number, wantParameterGradients: number): void;
  /** Euclidean norm of so many numbers, a multiple of 16. */
  norm(numbers: number, count: number): number;
  /** Takes the address of `AdamStep` in kernels/adam.ts. */
  adam(settings: number, gradientNorm: number): void;
  add(x: number, y: number, bytes: number): void;
  approach(x: number, target: number, bytes: number, share: number): void;
  clear(address: number, bytes: number): void;
  product(
    a: number,
    aStride: number,
    b: number,
    panelBytes: number,
    depth: number,
    columns: number,
    bias: number,
    c: number,
    cStride: number,
    rows: number,
  ): void;
  outerProduct(
    a: number,
    aStride: number,
    height: number,
    b: number,
    bStride: number,
    columns: number,
    c: number,
    panelBytes: number,
    rows: number,
  ): void;
  peak(rounds: number): number;
  readonly heapBase: { readonly value: number };
}

/** Kernels with the memory they work in. */
export interface WasmRuntime {
  readonly relaxed: boolean;
  readonly kernels: Kernels;
  readonly allocator: Allocator;
}

const runtimes = new Map<boolean, WasmRuntime>();

/** Whether this machine's V8 takes relaxed SIMD, switching it on where it is still behind a flag (Node 20). */
function supportsRelaxedSimd(): boolean {
  const binary = decode(relaxedSimd);
  if (WebAssembly.validate(binary)) return true;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(binary);
}

function decode(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/**
 * The kernels, compiled once per build and process; all models of a build share one memory.
 *
 * @param relaxed fused multiply-add; by default where V8 has it
 * @throws UserError when relaxed SIMD is asked for and not there
 */
export function wasmRuntime(relaxed?: boolean): WasmRuntime {
  const supported = relaxed === false ? false : supportsRelaxedSimd();
  if (relaxed && !supported) {
    throw new UserError(
      'Relaxed SIMD was asked for, but this Node.js does not have it: use Node.js 20 or later on x64 or arm64, or leave the choice open.',
    );
  }
  let runtime = runtimes.get(supported);
  if (!runtime) {
    runtime = newRuntime(supported);
    runtimes.set(supported, runtime);
  }
  return runtime;
}

/** Kernels in a memory of their own, which other threads may join and which goes when nobody uses it any more. */
export function newRuntime(relaxed = supportsRelaxedSimd()): WasmRuntime {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages, shared: true });
  const kernels = instantiate(relaxed, memory);
  return { relaxed, kernels, allocator: new Allocator(memory, kernels.heapBase.value) };
}

/** Kernels for this thread in the memory of another's. */
export function joinRuntime(relaxed: boolean, memory: WasmMemory): WasmRuntime {
  if (relaxed) supportsRelaxedSimd();
  return { relaxed, kernels: instantiate(relaxed, memory), allocator: new Allocator(memory) };
}

function instantiate(relaxed: boolean, memory: WasmMemory): Kernels {
  const module = new WebAssembly.Module(decode(relaxed ? relaxedSimd : plainSimd));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
