export { type A2cConfig, a2cDefaults, a2cUpdate } from './algorithms/a2c.ts';
export type { EpisodeBatch } from './algorithms/episode-batch.ts';
export { type ImpalaConfig, impalaDefaults, impalaUpdate } from './algorithms/impala.ts';
export { type PathwiseConfig, pathwiseDefaults, pathwiseUpdate } from './algorithms/pathwise.ts';
export { type PpoConfig, type PpoMetrics, ppoDefaults, ppoUpdate } from './algorithms/ppo.ts';
export { type ReinforceConfig, reinforceDefaults, reinforceUpdate } from './algorithms/reinforce.ts';
export { createRollout, type Rollout } from './algorithms/rollout.ts';
export { type SacConfig, type SacMetrics, sacDefaults } from './algorithms/sac.ts';
export type { Schedule } from './algorithms/schedule.ts';
export {
  type SoftOptimum,
  type SoftValueIterationOptions,
  softValueIteration,
} from './algorithms/soft-value-iteration.ts';
export * from './core/index.ts';
export * from './engine/index.ts';
export { gae, type Segments } from './estimators/gae.ts';
export { effectiveSampleSize, type ImportanceKind, importanceWeights } from './estimators/importance.ts';
export { estimateAll, type OffPolicyEstimate, type WeighedEpisodes } from './estimators/off-policy-evaluation.ts';
export { type VtraceOptions, vtrace } from './estimators/vtrace.ts';
export { type ExportedPolicy, type ExportFormat, type ExportOptions, exportPolicy } from './export/index.ts';
export { encodePolicy, loadPolicy } from './policy/artefact.ts';
export type { Distribution, DistributionName } from './policy/distributions/index.ts';
export { Policy, type PolicyConfig, policyDefaults } from './policy/policy.ts';
export type { AlgorithmSetting } from './training/algorithm-setting.ts';
export { Collector } from './training/collector.ts';
export { type Evaluation, evaluate } from './training/evaluate.ts';
export type { Learner, LearnerOptions } from './training/learner.ts';
export type { EpisodeLog } from './training/off-policy/episode-log.ts';
export { evaluateOffPolicy, type OffPolicyEvaluation, type OffPolicyOptions } from './training/off-policy/judge.ts';
export { readEpisodeLog } from './training/off-policy/read-log.ts';
export { recordEpisodes } from './training/off-policy/record.ts';
export { episodeLogCsv, episodeLogJsonLines } from './training/off-policy/write-log.ts';
export { type Progress, type RunSetup, type RunSummary, train } from './training/run.ts';
export type { EnvModule } from './training/threads/env-module.ts';
