import { Random } from '../../../src/core/random.ts';
import { correlation } from './correlation.ts';
import { fitModel, type ModelFitSettings } from './fit.ts';
import type { ErrorModel } from './models.ts';
import type { SignalMap } from './signal.ts';
import { syntheticSignal, tellingSession } from './synthetic.ts';

export interface RecoverySettings {
  datasets: number;
  trials: number;
  /** Of fluorescence, beside what errors bring about. */
  noise: number;
  /** Whose spikes are counted together. */
  neurons: number;
  fit: ModelFitSettings;
  seed: number;
}

export const recoveryDefaults: RecoverySettings = {
  datasets: 50,
  trials: 150,
  noise: 1,
  neurons: 20,
  fit: { starts: 2, evaluations: 150, folds: 0, seed: 0 },
  seed: 0,
};

export interface Recovery {
  /** models x models: share of the data sets of the row's model in which that of the column had the least BIC. */
  confusion: number[][];
  /** models x models: share of the data sets of the row's model in which it had a smaller BIC than that of the column. */
  wins: number[][];
  /** Of each model's parameters, the correlation of what was drawn and what was found, rates and times by their logarithms. */
  correlations: Record<string, number>[];
}

/** What the models came to on one made-up recording. */
export interface FittedRecording {
  /** Number of the model that made it, and of its recordings. */
  truth: number;
  dataset: number;
  drawn: Record<string, number>;
  /** Of each model, in order. */
  fits: { bic: number; parameters: Record<string, number> }[];
}

export interface RecoveryProgress {
  /** Recordings that were fitted before, at the same settings: whatever `datasets` was then. */
  known?: readonly FittedRecording[];
  /** Called after each recording that was not known. */
  onFitted?(fitted: FittedRecording): void;
  /** Called with how many are done. */
  report?(done: number): void;
}

/**
 * Draws recordings from every model in turn and fits all models to each: can the comparison tell them apart, and the fit find
 * what was there?
 *
 * @see Wilson and Collins (2019), Ten simple rules for the computational modeling of behavioral data, eLife 8
 */
export function recover(
  models: readonly ErrorModel[],
  mapOf: (binSeconds: number) => SignalMap,
  settings: RecoverySettings,
  { known = [], onFitted = () => {}, report = () => {} }: RecoveryProgress = {},
): Recovery {
  const { datasets } = settings;
  const ofModels = models.map((_, truth) =>
    Array.from({ length: datasets }, (_, dataset) => {
      const before = known.find((one) => one.truth === truth && one.dataset === dataset);
      const fitted = before ?? fitRecording(models, truth, dataset, mapOf, settings);
      if (before === undefined) onFitted(fitted);
      report(truth * datasets + dataset + 1);
      return fitted;
    }),
  );
  const share = (recordings: readonly FittedRecording[], which: (fits: FittedRecording['fits']) => boolean): number =>
    recordings.filter(({ fits }) => which(fits)).length / datasets;
  return {
    confusion: ofModels.map((recordings) =>
      models.map((_, column) => share(recordings, (fits) => best(fits) === column)),
    ),
    wins: ofModels.map((recordings, row) =>
      models.map((_, column) => share(recordings, (fits) => fits[row].bic < fits[column].bic)),
    ),
    correlations: ofModels.map((recordings, row) => correlationsOf(models[row], row, recordings)),
  };
}

function fitRecording(
  models: readonly ErrorModel[],
  truth: number,
  dataset: number,
  mapOf: (binSeconds: number) => SignalMap,
  { trials, noise, neurons, seed, fit }: RecoverySettings,
): FittedRecording {
  const random = new Random(seed + 1000 * truth + dataset);
  const session = tellingSession(trials, random);
  const map = mapOf(session.binned.binSeconds);
  const { signal, parameters: drawn } = syntheticSignal(models[truth], session, map, noise, random, neurons);
  const fits = models.map((model) => {
    const { bic, parameters } = fitModel(model, session, signal, map, fit);
    return { bic, parameters };
  });
  return { truth, dataset, drawn, fits };
}

/** The first of those with the least BIC. */
function best(fits: FittedRecording['fits']): number {
  return fits.reduce((least, { bic }, column) => (bic < fits[least].bic ? column : least), 0);
}

function correlationsOf(
  { parameters }: ErrorModel,
  row: number,
  recordings: readonly FittedRecording[],
): Record<string, number> {
  const correlations = parameters.map(({ name, logarithmic }) => {
    const scale = logarithmic ? Math.log : (x: number) => x;
    const pairs = recordings.map(({ drawn, fits }): [number, number] => [
      scale(drawn[name]),
      scale(fits[row].parameters[name]),
    ]);
    return [name, correlation(pairs)] as const;
  });
  return Object.fromEntries(correlations);
}
