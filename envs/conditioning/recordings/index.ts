export {
  type AlignedTrials,
  type AlignmentOptions,
  type AlignmentWindow,
  alignSignal,
} from './alignment.ts';
export { type BaselineWindow, subtractBaseline, trialDeltaF, zScore } from './baseline.ts';
export { type CheckOptions, checkRecording } from './checks.ts';
export { readEvents, readSignals } from './csv.ts';
export { type DeltaFOptions, deltaF } from './delta-f.ts';
export { type Hdf5Array, listHdf5Datasets, readHdf5Dataset } from './hdf5.ts';
export { describeMat, type MatValue, matNumbers, matVariable, type NumericClass } from './mat-value.ts';
export { readMat5 } from './mat5.ts';
export { type NwbOptions, readNwb } from './nwb.ts';
export type { TrialColumns } from './nwb-events.ts';
export { type PerieventAverage, type PerieventOptions, perievent, selectTrials } from './perievent.ts';
export { type ReadingOptions, readEventFile, readMatFile, readRecording } from './read-recording.ts';
export {
  type Channel,
  channelOf,
  type Recording,
  renameEvents,
  type SignalChannel,
  type SpikeChannel,
  timesOf,
} from './recording.ts';
