import type { Random } from '../../core/random.ts';
import { ALONE, joinTeam, type TeamMemory } from '../../core/team.ts';
import type { Engine, ModelSpec } from '../engine.ts';
import { WasmModel } from './model.ts';
import { joinRuntime, newRuntime, wasmRuntime } from './runtime.ts';
import type { WasmMemory } from './webassembly.ts';

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
    name: nameOf(runtime),
    preferredChunkRows,
    team: ALONE,
    createModel: (spec: ModelSpec, random: Random) => new WasmModel(runtime, spec, random),
  };
}

/** Models that several threads work on. Plain data, which travels between them. */
export interface SharedModels {
  readonly relaxed: boolean;
  readonly memory: WasmMemory;
  /** Where each model's parameters lie, in the order of their creation. */
  readonly addresses: readonly number[];
}

/** An engine whose models are trained by the threads of a team, to which the thread that has it does not belong. */
export interface SharingEngine extends Engine {
  /** The models created so far. */
  share(): SharedModels;
}

/** The engine of the thread that makes and keeps a team's models. Its memory is its own and goes with it. */
export function createSharingEngine(): SharingEngine {
  const runtime = newRuntime();
  const addresses: number[] = [];
  return {
    name: nameOf(runtime),
    preferredChunkRows,
    team: ALONE,
    createModel(spec, random) {
      const model = new WasmModel(runtime, spec, random);
      addresses.push(model.sharedAddress);
      return model;
    },
    share: () => ({ relaxed: runtime.relaxed, memory: runtime.allocator.memory, addresses: [...addresses] }),
  };
}

/** The engine of a member of the team: the models it creates are, in their order, those that are shared. */
export function createMemberEngine(
  { relaxed, memory, addresses }: SharedModels,
  teamMemory: TeamMemory,
  rank: number,
): Engine {
  const runtime = joinRuntime(relaxed, memory);
  const team = joinTeam(teamMemory, rank);
  let created = 0;
  return {
    name: nameOf(runtime),
    preferredChunkRows,
    team,
    createModel: (spec, random) => new WasmModel(runtime, spec, random, { team, address: addresses[created++] }),
  };
}

function nameOf({ relaxed }: { relaxed: boolean }): string {
  return relaxed ? 'wasm (relaxed simd)' : 'wasm (simd)';
}
