import type { Table } from '../../../src/report/types.ts';
import type { ModelFit } from './fit.ts';
import { type ErrorModel, valueAt } from './models.ts';

/** One line a model, in the order they come in. */
export function comparisonTable(fits: readonly ModelFit[]): Table {
  const [best] = fits;
  const crossValidated = fits.some((fit) => !Number.isNaN(fit.crossValidated));
  return {
    columns: [
      ...['Model', 'Free', 'Log-likelihood', 'AIC', 'BIC', 'BIC less the least'],
      ...(crossValidated ? ['Held out'] : []),
    ],
    rows: fits.map((fit) => [
      fit.model.name,
      String(fit.free),
      ...[fit.logLikelihood, fit.aic, fit.bic, fit.bic - best.bic].map((value) => value.toFixed(1)),
      ...(crossValidated ? [fit.crossValidated.toFixed(1)] : []),
    ]),
    caption:
      `${best.bins.toLocaleString('en-US')} bins. Free: numbers fitted.` +
      (crossValidated ? ' Held out: cross-validated log-likelihood, the higher the better.' : ''),
  };
}

/** What was fitted. @param truth by name, where it is known: of the model that made the signal */
export function parameterTable(
  fits: readonly ModelFit[],
  truth?: { id: string; parameters: Record<string, number> },
): Table {
  return {
    columns: ['Model', 'Fitted'],
    rows: fits.map((fit) => {
      const known = truth?.id === fit.model.id ? truth.parameters : {};
      const words = Object.entries(fit.parameters).map(([name, value]) => {
        const remarks = [
          ...(isAtBound(fit.model, name, value) ? ['at its bound'] : []),
          ...(name in known ? [`true ${digits(known[name])}`] : []),
        ];
        return `${name} ${digits(value)}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
      });
      return [fit.model.name, words.join(', ')];
    }),
    caption: 'Horizons, time scales and kernels in s; learning rates a bin or a trial.',
    emphasis: [],
  };
}

/** Share of the range of a parameter. */
const boundary = 0.001;

/** A fit that would go on if it might tells that the model does not suit what was recorded, or that little depends on it. */
function isAtBound({ parameters }: ErrorModel, name: string, value: number): boolean {
  const parameter = parameters.find((one) => one.name === name);
  if (parameter === undefined) return false;
  return value <= valueAt(parameter, boundary) || value >= valueAt(parameter, 1 - boundary);
}

const digits = (value: number) => String(Number(value.toPrecision(3)));

const byHeldOut = (a: ModelFit, b: ModelFit) => b.crossValidated - a.crossValidated;

/** The fit that is likeliest where it was not fitted; `undefined` without cross-validation. */
export function bestHeldOut(fits: readonly ModelFit[]): ModelFit | undefined {
  return fits.filter(({ crossValidated }) => !Number.isNaN(crossValidated)).sort(byHeldOut)[0];
}

/** In words, which model is best and how far to trust it. @param fits the least BIC first */
export function verdict(fits: readonly ModelFit[]): string {
  const [best, next] = fits;
  if (next === undefined) return `${best.model.name} alone was fitted: there is nothing to hold it against.`;
  const sentences = [
    `${best.model.name} has the least BIC, by ${(next.bic - best.bic).toFixed(1)} before ${next.model.name}.`,
  ];
  const leastAic = fits.reduce((a, b) => (b.aic < a.aic ? b : a));
  if (leastAic !== best) {
    sentences.push(`AIC, which charges less for parameters, has ${leastAic.model.name} first.`);
  }
  const caveat = 'Bins are not independent, so that AIC and BIC take differences for more than they are';
  const heldOut = bestHeldOut(fits);
  if (heldOut === undefined) {
    sentences.push(`${caveat}: cross-validate before you trust them.`);
    return sentences.join(' ');
  }
  const [, second] = [...fits].sort(byHeldOut);
  const lead = (heldOut.crossValidated - second.crossValidated).toFixed(1);
  sentences.push(
    heldOut === best
      ? `It also tells best what was held out, by ${lead} in log-likelihood before ${second.model.name}.`
      : `But what was held out, ${heldOut.model.name} tells best, by ${lead} in log-likelihood before ${second.model.name}.`,
    `${caveat}; what was held out is what to trust.`,
  );
  return sentences.join(' ');
}
