import { fitModel, type ModelFit, type ModelFitSettings } from './fit.ts';
import { type ErrorModel, errorModel, errorModels, type ModelledSession } from './models.ts';
import { photometry } from './photometry.ts';
import type { SignalMap } from './signal.ts';
import { spikes } from './spikes.ts';

/** By the name of what is recorded: how errors show in it. */
export const signalMaps: Record<SignalMap['id'], (binSeconds: number) => SignalMap> = { photometry, spikes };

/**
 * The models that a list names, each once.
 *
 * @param ids separated by commas, or `all`
 * @throws UserError for a name there is not
 */
export function modelsOf(ids: string): readonly ErrorModel[] {
  if (ids === 'all') return errorModels;
  return [...new Set(ids.split(',').map((id) => id.trim()))].map(errorModel);
}

/**
 * Fits models to what was recorded in a session.
 *
 * @param values one number a bin, NaN where nothing is known
 * @param report called after each model, with how many are done
 * @returns the least BIC first
 */
export function compareModels(
  models: readonly ErrorModel[],
  session: ModelledSession,
  values: Float64Array,
  map: SignalMap,
  settings: ModelFitSettings,
  report: (done: number, all: number) => void = () => {},
): ModelFit[] {
  const fits = models.map((model, index) => {
    const fit = fitModel(model, session, values, map, settings);
    report(index + 1, models.length);
    return fit;
  });
  return fits.sort((a, b) => a.bic - b.bic);
}
