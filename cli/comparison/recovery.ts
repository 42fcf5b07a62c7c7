import {
  type ErrorModel,
  type Recovery,
  recover,
  recoveryDefaults,
  recoveryTables,
  recoveryVerdict,
  signalMaps,
  tellingRanges,
} from '../../envs/index.ts';
import { renderReport } from '../../src/report/html.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { watched } from '../count-display.ts';
import { formatTable, printJson } from '../output.ts';
import { openKept } from './kept-recordings.ts';
import type { CompareOptions } from './options.ts';

/** Makes up recordings by every model, fits all of them to each, and prints what was found again. */
export function findAgain(models: readonly ErrorModel[], options: CompareOptions): void {
  const { datasets, trials, neurons = recoveryDefaults.neurons, seed, signal = 'photometry', report, json } = options;
  const { starts = recoveryDefaults.fit.starts } = options;
  const fit = { ...recoveryDefaults.fit, starts, seed };
  const settings = { ...recoveryDefaults, datasets, trials, neurons, seed, fit };
  const made = { models: models.map(({ id }) => id), signal, ...settings, datasets: undefined };
  const kept = options.keep === undefined ? undefined : openKept(options.keep, made);
  const found = watched('recordings', models.length * datasets, ({ show }) =>
    recover(models, signalMaps[signal], settings, { known: kept?.recordings, onFitted: kept?.add, report: show }),
  );
  kept?.close();
  const quality = signal === 'spikes' ? { neurons } : { noise: settings.noise };
  const facts = { signal, ...quality, datasets, trials, starts, seed };
  if (report !== undefined) writeFileAtomic(report, reportOf(models, found, facts));
  if (json) {
    printJson({ ...facts, models: models.map(({ id }) => id), drawn: models.map(drawnFrom), ...found, report });
    return;
  }
  const blocks = [
    `${datasets} recordings of ${trials} trials by each model: ` +
      (signal === 'spikes'
        ? `spikes of ${neurons} neurons that answer alike, counted together.`
        : `photometry, with ${settings.noise} times as much noise as signal.`),
    ...recoveryTables(models, found).map(formatTable),
    recoveryVerdict(models, found),
    ...(report === undefined ? [] : [`Report  ${report}`]),
  ];
  process.stdout.write(`${blocks.join('\n\n')}\n`);
}

/** By the name of each parameter, the ranges that it was drawn from. */
const drawnFrom = ({ parameters }: ErrorModel) =>
  Object.fromEntries(parameters.map((parameter) => [parameter.name, tellingRanges(parameter)]));

const titles = ['The model found best', 'In pairs', 'Parameters'];

function reportOf(models: readonly ErrorModel[], found: Recovery, facts: object): string {
  return renderReport({
    title: 'Which models and parameters are found again',
    facts: Object.entries(facts).map(([name, value]) => [name, `${value}`] as const),
    sections: recoveryTables(models, found).map((table, i) => ({ title: titles[i], table })),
  });
}
