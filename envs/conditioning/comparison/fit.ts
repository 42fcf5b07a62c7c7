import { Random } from '../../../src/core/random.ts';
import { type Minimum, nelderMead } from '../../../src/estimators/nelder-mead.ts';
import { type ErrorModel, type ModelledSession, valueAt } from './models.ts';
import type { SignalMap, SignalSolver } from './signal.ts';

export interface ModelFitSettings {
  /** Points from which the search starts. */
  starts: number;
  /** Evaluations of the model from each, at the most. */
  evaluations: number;
  /** Parts of the trials, each of which is held out once; 0 for no cross-validation. */
  folds: number;
  seed: number;
}

export const modelFitDefaults: ModelFitSettings = { starts: 4, evaluations: 150, folds: 5, seed: 0 };

export interface ModelFit {
  model: ErrorModel;
  /** By name: the model's parameters and those of the signal. */
  parameters: Record<string, number>;
  logLikelihood: number;
  /** Numbers fitted, and bins fitted to. */
  free: number;
  bins: number;
  aic: number;
  bic: number;
  /** Sum over held-out bins; NaN without cross-validation. */
  crossValidated: number;
  /** Of each bin. */
  errors: Float64Array;
  expected: Float64Array;
}

/**
 * Fits a model's errors to a signal by maximum likelihood, from several starts within its bounds.
 *
 * AIC = 2 k - 2 ln L and BIC = k ln n - 2 ln L (Akaike 1974, Schwarz 1978), over n bins. Bins of a signal are not independent,
 * and so both take small differences for more than they are; the cross-validated log-likelihood, of parts that were held out,
 * does not.
 *
 * @param signal one number a bin, NaN where nothing is known
 */
export function fitModel(
  model: ErrorModel,
  session: ModelledSession,
  signal: Float64Array,
  map: SignalMap,
  settings: ModelFitSettings = modelFitDefaults,
): ModelFit {
  const known = Uint8Array.from(signal, (value) => (Number.isNaN(value) ? 0 : 1));
  const { starts, evaluations, folds, seed } = settings;
  const random = new Random(seed);
  const searched = [...model.parameters, ...map.searched];
  const dimensions = searched.length;
  const errorsOf = model.prepare(session);
  const solve = map.prepare(signal, known);
  let best: Minimum | undefined;
  for (let start = 0; start < starts; start++) {
    const from = Float64Array.from({ length: dimensions }, () => (start === 0 ? 0.5 : random.uniform(0.05, 0.95)));
    const found = nelderMead((x) => -at(x, solve).fit.logLikelihood, from, evaluations, 1e-4);
    if (best === undefined || found.value < best.value) best = found;
  }

  const { values, errors, fit } = at(best!.x, solve);
  const { solved, logLikelihood } = fit;
  const bins = known.reduce((sum, one) => sum + one, 0);
  const free = dimensions + map.solved.length;
  return {
    model,
    parameters: Object.fromEntries([
      ...searched.map(({ name }, i) => [name, values[i]]),
      ...map.solved.map((name, i) => [name, solved[i]]),
    ]),
    logLikelihood,
    free,
    bins,
    aic: 2 * free - 2 * logLikelihood,
    bic: free * Math.log(bins) - 2 * logLikelihood,
    crossValidated: folds > 1 ? crossValidate(best!.x) : Number.NaN,
    errors,
    expected: map.expected(errors, values.slice(model.parameters.length), solved),
  };

  function at(x: Float64Array, solve: SignalSolver) {
    const values = searched.map((parameter, i) => valueAt(parameter, x[i]));
    const errors = errorsOf(values);
    return { values, errors, fit: solve(errors, values.slice(model.parameters.length)) };
  }

  function crossValidate(from: Float64Array): number {
    const foldOf = foldsOf(session, folds);
    let sum = 0;
    for (let fold = 0; fold < folds; fold++) {
      const trained = known.map((one, bin) => (foldOf[bin] === fold ? 0 : one));
      const heldOut = known.map((one, bin) => (foldOf[bin] === fold ? one : 0));
      if (!trained.includes(1) || !heldOut.includes(1)) continue;
      const solve = map.prepare(signal, trained);
      const { x } = nelderMead((x) => -at(x, solve).fit.logLikelihood, from, evaluations, 1e-3);
      const { values, errors, fit } = at(x, solve);
      const expected = map.expected(errors, values.slice(model.parameters.length), fit.solved);
      sum += map.logLikelihood(signal, expected, fit.solved, heldOut);
    }
    return sum;
  }
}

/** Stretches that begin with a cue, ten to a fold, dealt out in turn: what is held out lies between what is not. */
function foldsOf({ binned }: ModelledSession, folds: number): Int32Array {
  const { bins, cues, onsets } = binned;
  const trials = Array.from({ length: bins }, (_, bin) =>
    onsets.subarray(bin * cues.length, (bin + 1) * cues.length).some((count) => count > 0),
  );
  const stretch = Math.max(1, Math.floor(trials.filter(Boolean).length / (10 * folds)));
  let trial = 0;
  return Int32Array.from(trials, (starts) => {
    if (starts) trial++;
    return Math.floor(trial / stretch) % folds;
  });
}
