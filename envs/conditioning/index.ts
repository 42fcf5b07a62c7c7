export {
  type BinnedSession,
  binSession,
  type ConditioningEvent,
  type EventTable,
  type PredictionErrors,
} from './events.ts';
export { type BeliefParameters, beliefState, type HiddenTask } from './models/belief-state.ts';
export { type CscParameters, completeSerialCompound } from './models/complete-serial-compound.ts';
export {
  type DistributionalResult,
  type DistributionalUnit,
  distributionalTd,
  expectile,
  utility,
} from './models/distributional.ts';
export { linearTd, type TdParameters } from './models/linear-td.ts';
export { type MicrostimuliParameters, microstimuli } from './models/microstimuli.ts';
export { multiTimescale } from './models/multi-timescale.ts';
export { type RescorlaWagnerParameters, rescorlaWagner, type TrialError } from './models/rescorla-wagner.ts';
export { type SessionOptions, session, type Trial } from './sessions.ts';
