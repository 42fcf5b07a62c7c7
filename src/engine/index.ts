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
export { createTensorflowEngine, type TensorflowEngineOptions } from './tensorflow/engine.ts';
export { loadTensorflow } from './tensorflow/load.ts';
export { createCpuEngine, preferredChunkRows } from './wasm/engine.ts';
export { type KernelChoice, kernelChoices } from './wasm/runtime.ts';
