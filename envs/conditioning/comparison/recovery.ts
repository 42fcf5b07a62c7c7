import { Random } from '../../../src/core/random.ts';
import { correlation } from './correlation.ts';
import { fitModel, type ModelFit, type ModelFitSettings } from './fit.ts';
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

/**
 * Draws recordings from every model in turn and fits all models to each: can the comparison tell them apart, and the fit find
 * what was there?
 *
 * @param report called after each data set, with how many are done and how many there are
 * @see Wilson and Collins (2019), Ten simple rules for the computational modeling of behavioral data, eLife 8
 */
export function recover(
  models: readonly ErrorModel[],
  mapOf: (binSeconds: number) => SignalMap,
  settings: RecoverySettings,
  report: (done: number, all: number) => void = () => {},
): Recovery {
  const { datasets, trials, noise, neurons, seed } = settings;
  const confusion = models.map(() => models.map(() => 0));
  const wins = models.map(() => models.map(() => 0));
  const correlations = models.map((truth, row) => {
    const pairs: Record<string, [number, number][]> = {};
    for (let dataset = 0; dataset < datasets; dataset++) {
      const random = new Random(seed + 1000 * row + dataset);
      const session = tellingSession(trials, random);
      const map = mapOf(session.binned.binSeconds);
      const { signal, parameters } = syntheticSignal(truth, session, map, noise, random, neurons);
      const fits = models.map((model) => fitModel(model, session, signal, map, settings.fit));
      const least = fits.reduce((a, b) => (b.bic < a.bic ? b : a));
      confusion[row][fits.indexOf(least)] += 1 / datasets;
      fits.forEach((fit, column) => {
        if (fits[row].bic < fit.bic) wins[row][column] += 1 / datasets;
      });
      collect(pairs, truth, parameters, fits[row]);
      report(row * datasets + dataset + 1, models.length * datasets);
    }
    return Object.fromEntries(Object.entries(pairs).map(([name, both]) => [name, correlation(both)]));
  });
  return { confusion, wins, correlations };
}

function collect(
  pairs: Record<string, [number, number][]>,
  model: ErrorModel,
  drawn: Record<string, number>,
  fit: ModelFit,
): void {
  for (const { name, logarithmic } of model.parameters) {
    const scale = logarithmic ? Math.log : (x: number) => x;
    pairs[name] ??= [];
    pairs[name].push([scale(drawn[name]), scale(fit.parameters[name])]);
  }
}
