import type { Random } from '../../core/random.ts';
import type { Engine, ModelSpec } from '../engine.ts';
import { WasmModel } from './model.ts';
import { wasmRuntime } from './runtime.ts';

/**
 * Rows to pass at a time when there are many: activations and gradients of common networks (two layers of 64) then
 * stay in the caches between forward and backward, while each pass is long enough to hide its fixed costs.
 */
export const preferredChunkRows = 64;

/**
 * The engine on the processor, by WebAssembly SIMD.
 *
 * @param options.relaxed fused multiply-add (relaxed SIMD); by default where V8 has it. Results of the two builds
 * differ in the last digits.
 * @throws UserError when relaxed SIMD is asked for and not there
 */
export function createWasmEngine({ relaxed }: { relaxed?: boolean } = {}): Engine {
  const runtime = wasmRuntime(relaxed);
  return {
    name: runtime.relaxed ? 'wasm (relaxed simd)' : 'wasm (simd)',
    preferredChunkRows,
    createModel: (spec: ModelSpec, random: Random) => new WasmModel(runtime, spec, random),
  };
}
