import { describe, expect, test } from '@jest/globals';
import {
  bestHeldOut,
  compareModels,
  comparisonTable,
  errorModel,
  errorModels,
  type ModelFit,
  modelsOf,
  parameterTable,
  photometry,
  type Recovery,
  recoveryTables,
  recoveryVerdict,
  syntheticSignal,
  tellingSession,
  verdict,
} from '../../../../envs/conditioning/index.ts';
import { Random } from '../../../../src/core/random.ts';

function fitOf(id: string, numbers: Partial<ModelFit>): ModelFit {
  const none = new Float64Array(0);
  return {
    model: errorModel(id),
    ...{ parameters: {}, logLikelihood: -100, free: 5, bins: 1200, aic: 210, bic: 230, crossValidated: Number.NaN },
    ...{ errors: none, expected: none },
    ...numbers,
  };
}

describe('the verdict', () => {
  test('names the least BIC and its lead, and what AIC prefers', () => {
    const fits = [fitOf('rescorla-wagner', { bic: 225.25, aic: 212 }), fitOf('td', { bic: 230.5, aic: 205 })];
    const words = verdict(fits);
    expect(words).toMatch(/^Rescorla-Wagner has the least BIC, by 5\.3 before TD\(lambda\), serial compound\./);
    expect(words).toContain('AIC, which charges less for parameters, has TD(lambda), serial compound first.');
    expect(words).toMatch(/cross-validate before you trust them\.$/);
    expect(bestHeldOut(fits)).toBeUndefined();
  });

  test('says whether what was held out agrees', () => {
    const agreeing = [fitOf('td', { crossValidated: -101 }), fitOf('anccr', { bic: 240, crossValidated: -103.5 })];
    expect(verdict(agreeing)).toContain('It also tells best what was held out, by 2.5 in log-likelihood before ANCCR.');
    const other = [fitOf('td', { crossValidated: -110 }), fitOf('anccr', { bic: 240, crossValidated: -103.5 })];
    expect(bestHeldOut(other)).toBe(other[1]);
    expect(verdict(other)).toContain('But what was held out, ANCCR tells best, by 6.5 in log-likelihood before TD');
    expect(verdict([fitOf('td', {})])).toMatch(/alone was fitted/);
  });
});

test('tables of fits, by hand', () => {
  const fits = [fitOf('td', { bic: 220 }), fitOf('anccr', { free: 6, bic: 230.46 })];
  const { columns, rows, caption } = comparisonTable(fits);
  expect(columns).not.toContain('Held out');
  expect(rows[1]).toEqual(['ANCCR', '6', '-100.0', '210.0', '230.5', '10.5']);
  expect(caption).toContain('1,200 bins');
  expect(comparisonTable([fitOf('td', { crossValidated: -104.25 })]).rows[0].at(-1)).toBe('-104.3');
});

test('parameters at their bounds are marked, and those that are known stand beside', () => {
  // alpha from 0.005 to 0.5, lambda from 0 to 0.99; the kernel is none of the model's own.
  const parameters = { alpha: 0.005, horizon: 12.345, lambda: 0.99, kernel: 5 };
  const { rows } = parameterTable([fitOf('td', { parameters }), fitOf('anccr', { parameters: { alpha: 0.1 } })], {
    id: 'td',
    parameters: { horizon: 10 },
  });
  expect(rows[0][1]).toBe('alpha 0.005 (at its bound), horizon 12.3 (true 10), lambda 0.99 (at its bound), kernel 5');
  expect(rows[1][1]).toBe('alpha 0.1');
});

test('models by name: each once, in their order, or all', () => {
  expect(modelsOf('anccr, td,anccr').map(({ id }) => id)).toEqual(['anccr', 'td']);
  expect(modelsOf('all')).toBe(errorModels);
  expect(() => modelsOf('td, ancr')).toThrow('Did you mean anccr?');
});

test('a comparison has the least BIC first, and reports each model', () => {
  const session = tellingSession(60, new Random(3));
  const { signal } = syntheticSignal(errorModel('anccr'), session, photometry(0.2), 0.5, new Random(4));
  const reports: number[][] = [];
  const models = modelsOf('rescorla-wagner,belief-state,anccr');
  const settings = { starts: 1, evaluations: 60, folds: 0, seed: 0 };
  const fits = compareModels(models, session, signal, photometry(0.2), settings, (...one) => reports.push(one));
  expect(fits[0].model.id).toBe('anccr');
  for (let i = 1; i < 3; i++) expect(fits[i].bic).toBeGreaterThanOrEqual(fits[i - 1].bic);
  expect(reports).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test('tables of a recovery, by hand', () => {
  const models = modelsOf('td,anccr');
  const found: Recovery = {
    confusion: [
      [0.75, 0.25],
      [0, 1],
    ],
    wins: [
      [0, 0.75],
      [1, 0],
    ],
    correlations: [
      { alpha: 0.987, horizon: 0.9, lambda: 0.5 },
      { timescale: 1, alpha: Number.NaN, prospection: 0.25 },
    ],
  };
  const [confusion, wins, correlations] = recoveryTables(models, found);
  expect(recoveryVerdict(models, found)).toBe(
    'In pairs, the model that made a recording won at least 75 %: td before anccr. ' +
      'Parameters came back with at least r = 0.25: prospection of anccr.',
  );
  expect(confusion.columns).toEqual(['Made by', 'td', 'anccr']);
  expect(confusion.rows).toEqual([
    ['td', '75 %', '25 %'],
    ['anccr', '0 %', '100 %'],
  ]);
  expect(wins.rows).toEqual([
    ['td', '-', '75 %'],
    ['anccr', '100 %', '-'],
  ]);
  expect(correlations.rows).toEqual([
    // The middle 60 % of 0.005 to 0.5, of 0.5 to 60 s and of 0 to 0.99, the first two by their logarithms.
    ['td', 'alpha', '0.013 to 0.2', '0.99'],
    ['td', 'horizon', '1.3 to 23', '0.90'],
    ['td', 'lambda', '0.2 to 0.79', '0.50'],
    ['anccr', 'timescale', '5 to 80', '1.00'],
    ['anccr', 'alpha', '0.011 to 0.13', '-'],
    ['anccr', 'prospection', '0.2 to 0.8', '0.25'],
  ]);
});
