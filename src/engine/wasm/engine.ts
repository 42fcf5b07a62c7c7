import type { Random } from '../../core/random.ts';
import { ALONE, joinTeam, type TeamMemory } from '../../core/team.ts';
import type { Engine, ModelSpec } from '../engine.ts';
import { WasmModel } from './model.ts';
import { joinRuntime, type KernelBuild, type KernelChoice, newRuntime, wasmRuntime } from './runtime.ts';
import type { WasmMemory } from './webassembly.ts';

/**
 * Rows to pass at a time when there are many: activations and gradients of common networks (two layers of 64) then
 * stay in the caches between forward and backward, while each pass is long enough to hide its fixed costs.
 */
export const preferredChunkRows = 64;

/**
 * The engine on the processor: kernels in machine code or in WebAssembly, on memory of WebAssembly.
 *
 * @param options.kernels by default what the environment variable UPSLOPE_KERNELS says, else the best there are
 * @throws UserError when kernels are asked for that are not there
 */
export function createCpuEngine({ kernels }: { kernels?: KernelChoice } = {}): Engine {
  const runtime = wasmRuntime(kernels);
  return {
    name: runtime.name,
    preferredChunkRows,
    team: ALONE,
    canShare: true,
    createModel: (spec: ModelSpec, random: Random) => new WasmModel(runtime, spec, random),
  };
}

/** Models that several threads work on. Plain data, which travels between them. */
export interface SharedModels {
  readonly kernels: KernelBuild;
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
export function createSharingEngine({ kernels }: { kernels?: KernelChoice } = {}): SharingEngine {
  const runtime = newRuntime(kernels);
  const addresses: number[] = [];
  return {
    name: runtime.name,
    preferredChunkRows,
    team: ALONE,
    canShare: true,
    createModel(spec, random) {
      const model = new WasmModel(runtime, spec, random);
      addresses.push(model.sharedAddress);
      return model;
    },
    share: () => ({ kernels: runtime.build, memory: runtime.allocator.memory, addresses: [...addresses] }),
  };
}

/** The engine of a member of the team: the models it creates are, in their order, those that are shared. */
export function createMemberEngine(
  { kernels, memory, addresses }: SharedModels,
  teamMemory: TeamMemory,
  rank: number,
): Engine {
  const runtime = joinRuntime(kernels, memory);
  const team = joinTeam(teamMemory, rank);
  let created = 0;
  return {
    name: runtime.name,
    preferredChunkRows,
    team,
    canShare: true,
    createModel: (spec, random) => new WasmModel(runtime, spec, random, { team, address: addresses[created++] }),
  };
}
