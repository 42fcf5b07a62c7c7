export { envOf, rowsOf } from './adapters/rows.ts';
export { type CheckEnvOptions, checkEnv } from './check-env.ts';
export type { Env, EnvState, Info, ResetOptions, ResetResult, StepResult } from './env.ts';
export { UserError } from './errors.ts';
export { checkKeys, nearestNames } from './nearest.ts';
export { Random, type RandomState, type Seed } from './random.ts';
export {
  type EnvOptions,
  type EnvRegistration,
  type EnvSpec,
  listEnvs,
  loadEnv,
  type MakeSettings,
  make,
  makeRows,
  register,
  specOf,
} from './registry.ts';
export type { DifferentiableEnv, RowEnv } from './row-env.ts';
export * from './spaces/index.ts';
export type { StepDerivative } from './step-derivative.ts';
export { SyncVectorEnv, type SyncVectorEnvOptions } from './sync-vector-env.ts';
export type { TabularMdp } from './tabular-mdp.ts';
export { RowTimeLimit, TimeLimit } from './time-limit.ts';
export type {
  AutoresetMode,
  BatchDerivative,
  EnvGroup,
  VectorEnv,
  VectorEnvState,
  VectorResetOptions,
} from './vector-env.ts';
