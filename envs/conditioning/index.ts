import { register } from '../../src/core/registry.ts';
import type { Domain } from '../domain.ts';
import { pavlovianDomain } from './pavlovian-domain.ts';
import { PavlovianEnv, type PavlovianOptions } from './pavlovian-env.ts';
import { ReversalBandit, type ReversalBanditOptions } from './reversal-bandit.ts';
import { reversalDomain } from './reversal-domain.ts';

register({
  id: 'upslope/Pavlovian-v0',
  create: (options: PavlovianOptions) => new PavlovianEnv(options),
  description: 'Cues and rewards in time, as in experiments on conditioning; lick when the reward comes.',
});
register({
  id: 'upslope/ReversalBandit-v0',
  create: (options: ReversalBanditOptions) => new ReversalBandit(options),
  description: 'Choose between arms, the better of which changes without notice.',
});

/** By id of the environment. */
export const conditioningDomains: ReadonlyMap<string, Domain> = new Map([
  ['upslope/Pavlovian-v0', pavlovianDomain],
  ['upslope/ReversalBandit-v0', reversalDomain],
]);

export {
  type Association,
  type CellFit,
  type CellResponses,
  type DistributionalEvidence,
  distributionalEvidence,
} from './comparison/cells.ts';
export { compareModels, modelsOf, signalMaps } from './comparison/compare.ts';
export type { ComparisonScene } from './comparison/figures.ts';
export { fitModel, type ModelFit, type ModelFitSettings, modelFitDefaults } from './comparison/fit.ts';
export {
  type ErrorModel,
  type ErrorsOf,
  errorModel,
  errorModels,
  type FreeParameter,
  type ModelledSession,
  modelledSession,
  tellingRanges,
} from './comparison/models.ts';
export { photometry } from './comparison/photometry.ts';
export { type RecordedSession, type RecordedSessionOptions, recordedSession } from './comparison/recorded-session.ts';
export {
  type FittedRecording,
  type Recovery,
  type RecoverySettings,
  recover,
  recoveryDefaults,
} from './comparison/recovery.ts';
export { recoveryTables, recoveryVerdict } from './comparison/recovery-tables.ts';
export { type ComparisonFindings, cellTable, describeModels, evidenceWords } from './comparison/report.ts';
export { type RewardResponseOptions, rewardResponses } from './comparison/reward-cells.ts';
export type { SignalFit, SignalMap, SignalSolver } from './comparison/signal.ts';
export { spikes } from './comparison/spikes.ts';
export { type SyntheticSignal, syntheticSignal, tellingSession } from './comparison/synthetic.ts';
export { type AlignedTrial, trialsOf } from './comparison/trials.ts';
export { bestHeldOut, comparisonTable, parameterTable, verdict } from './comparison/verdict.ts';
export {
  type BinnedSession,
  binSession,
  type ConditioningEvent,
  type EventTable,
  type PredictionErrors,
} from './events.ts';
export { type AnccrParameters, type AnccrResult, anccr } from './models/anccr.ts';
export {
  type BeliefParameters,
  beliefState,
  beliefsOf,
  type HiddenCue,
  type HiddenTask,
} from './models/belief-state.ts';
export { type CscParameters, completeSerialCompound, compoundFeatures } from './models/complete-serial-compound.ts';
export {
  type DistributionalResult,
  type DistributionalUnit,
  distributionalTd,
  expectile,
  hyperbolicUtility,
} from './models/distributional.ts';
export { type Features, linearTd, type TdParameters } from './models/linear-td.ts';
export {
  type MicrostimuliParameters,
  type MicrostimulusShape,
  microstimuli,
  microstimulusFeatures,
} from './models/microstimuli.ts';
export { multiTimescale } from './models/multi-timescale.ts';
export {
  type RescorlaWagnerParameters,
  rescorlaWagner,
  rescorlaWagnerErrors,
  type TrialError,
} from './models/rescorla-wagner.ts';
export { type ParadigmName, paradigm, paradigmNames, variableMagnitudes } from './paradigms.ts';
export { PavlovianEnv, type PavlovianOptions } from './pavlovian-env.ts';
export {
  type Channel,
  type ReadingOptions,
  type Recording,
  readEventFile,
  readRecording,
  renameEvents,
  type SignalChannel,
  type SpikeChannel,
} from './recordings/index.ts';
export { ReversalBandit, type ReversalBanditOptions } from './reversal-bandit.ts';
export {
  type ConditioningSession,
  drawSession,
  type PavlovianTask,
  type PavlovianTaskInput,
  type Trial,
  taskSchema,
} from './task.ts';
