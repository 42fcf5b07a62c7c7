export type {
  Activation,
  AdamOptions,
  Engine,
  MlpSpec,
  Model,
  ModelSpec,
  Network,
  OptimiserState,
  ParameterVector,
  Tensor,
} from './engine.ts';
export { createWasmEngine, preferredChunkRows } from './wasm/engine.ts';
