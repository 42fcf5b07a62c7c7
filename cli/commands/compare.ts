import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import {
  bestHeldOut,
  type ComparisonFindings,
  type ComparisonScene,
  cellTable,
  compareModels,
  comparisonTable,
  describeModels,
  distributionalEvidence,
  type ErrorModel,
  type EventTable,
  errorModel,
  errorModels,
  evidenceWords,
  hyperbolicUtility,
  type ModelFit,
  modelFitDefaults,
  modelsOf,
  parameterTable,
  type RecordedSession,
  type Recording,
  readEventFile,
  readRecording,
  recordedSession,
  recover,
  recoveryDefaults,
  recoveryTables,
  renameEvents,
  rewardResponses,
  type SignalMap,
  signalMaps,
  syntheticSignal,
  tellingSession,
  trialsOf,
  verdict,
} from '../../envs/index.ts';
import { Random } from '../../src/core/random.ts';
import { renderReport } from '../../src/report/html.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { type CountDisplay, countDisplay } from '../count-display.ts';
import { formatTable, printJson } from '../output.ts';
import { asUsage, asUsageAsync, collected, positiveNumber, UsageError, wholeNumber } from '../usage-error.ts';

interface CompareOptions {
  recording?: string;
  synthetic?: string;
  recovery?: boolean;
  events?: string;
  channel?: string;
  variable?: string;
  rate?: number;
  rename?: string[];
  ignore?: string[];
  models: string;
  signal?: SignalMap['id'];
  bin: number;
  memory?: number;
  dff?: boolean;
  align?: string;
  baseline?: boolean;
  utility?: 'none' | 'hyperbolic';
  folds: number;
  starts?: number;
  seed: number;
  trials: number;
  datasets: number;
  report?: string;
  json?: boolean;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('hold models of reward prediction errors against a recording of dopamine')
    .option('--recording <file>', 'signals or spikes: CSV, MATLAB, NWB or other HDF5')
    .option('--synthetic <model>', 'in place of a recording, one made up by this model')
    .option('--recovery', 'in place of a recording, many made up: which models and parameters are found again?')
    .option('--events <file>', 'CSV with the columns time, event, magnitude, in s (default: those of the recording)')
    .option('--channel <name>', 'to hold models against (default: the first signal, else the first neuron)')
    .option('--variable <name>', 'of MATLAB and HDF5: what to read')
    .option(
      '--rate <hertz>',
      'how often the variable was sampled; without it, it holds times of spikes',
      positiveNumber,
    )
    .option('--rename <old=new>', 'call events by another name; may be given more than once', collected)
    .option('--ignore <event>', 'leave events out, such as licks; may be given more than once', collected)
    .option('--models <ids>', 'separated by commas, or all', 'all')
    .addOption(new Option('--signal <kind>', 'how errors show (default: as the channel tells)').choices(signals))
    .option('--bin <seconds>', 'length of a bin', positiveNumber, 0.2)
    .option('--memory <seconds>', 'for which a cue is remembered (default: from the delays of rewards)', positiveNumber)
    .option('--dff', 'turn fluorescence into dF/F first: it follows bleaching and drift')
    .option('--align <event>', 'of figures (default: the first cue of each trial)')
    .option('--baseline', 'in figures, take from each trial its mean in the second before the event')
    .addOption(new Option('--utility <kind>', 'of rewards, where cells are analysed').choices(['none', 'hyperbolic']))
    .option('--folds <n>', 'parts held out in turn; 0 for no cross-validation', wholeNumber(0), modelFitDefaults.folds)
    .option(
      '--starts <n>',
      `points from which each fit starts (default: ${modelFitDefaults.starts}, with --recovery ${recoveryDefaults.fit.starts})`,
      wholeNumber(1),
    )
    .option('--seed <n>', 'of everything random', wholeNumber(0), modelFitDefaults.seed)
    .option('--trials <n>', 'of a recording that is made up', wholeNumber(1), recoveryDefaults.trials)
    .option('--datasets <n>', 'of each model, with --recovery', wholeNumber(1), recoveryDefaults.datasets)
    .option('--report <file>', 'write figures and tables as an HTML file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Models: ${errorModels.map(({ id }) => id).join(', ')}.

Models know cues, by any name, and the event 'reward'. With three neurons and rewards of three sizes or more, the cells are
also asked whether they tell a distribution.

Examples:
  $ upslope compare --synthetic td --report td.html
  $ upslope compare --recording photometry.csv --events events.csv --report comparison.html
  $ upslope compare --recording session.nwb --rename Reward=reward --ignore lick --dff
  $ upslope compare --recording session.mat --variable dLight --rate 100 --events events.csv --models td,belief-state
  $ upslope compare --recording spikes.csv --events events.csv --channel 'unit 3' --align tone
  $ upslope compare --recovery --datasets 10 --signal spikes`,
    )
    .action(compare);
}

const signals = ['photometry', 'spikes'];

/** What models are held against, wherever it comes from. */
interface Subject extends Omit<RecordedSession, 'notes'> {
  title: string;
  findings: ComparisonFindings;
}

async function compare(options: CompareOptions): Promise<void> {
  const { recording, synthetic, recovery, report, json } = options;
  const asked = [recording, synthetic, recovery].filter((one) => one !== undefined).length;
  if (asked !== 1) {
    throw new UsageError(
      `Expected one of --recording <file>, --synthetic <model> and --recovery, got ${asked === 0 ? 'none' : asked}.`,
    );
  }
  const models = asUsage(() => modelsOf(options.models));
  if (recovery) {
    findAgain(models, options);
    return;
  }
  const subject = recording === undefined ? madeUp(synthetic!, options) : await recorded(recording, options);
  const trials = asUsage(() => trialsOf(subject.session, options.align));
  const fits = fitAll(models, subject, options);
  const { binSeconds } = subject.session.binned;
  const ofSpikes = subject.unit === 'spikes';
  const scene: ComparisonScene = {
    ...{ trials, binSeconds, values: subject.values, fits, baseline: options.baseline ?? false },
    ...{ unit: ofSpikes ? 'spikes/s' : subject.unit, perUnit: ofSpikes ? 1 / binSeconds : 1 },
  };
  if (report !== undefined) writeFileAtomic(report, reportOf(subject, scene));
  if (json) printJson({ ...factsOf(subject), ...figuresOf(fits), ...subject.findings, report });
  else process.stdout.write(`${wordsOf(subject, fits, report).join('\n\n')}\n`);
}

function fitAll(
  models: readonly ErrorModel[],
  subject: Subject,
  { folds, starts = modelFitDefaults.starts, seed }: CompareOptions,
): ModelFit[] {
  const { session, values, signal } = subject;
  const settings = { ...modelFitDefaults, folds, starts, seed };
  return watched('models', models.length, ({ show }) =>
    compareModels(models, session, values, signalMaps[signal](session.binned.binSeconds), settings, show),
  );
}

function watched<T>(what: string, all: number, work: (display: CountDisplay) => T): T {
  const display = countDisplay(what, all);
  try {
    return work(display);
  } finally {
    display.stop();
  }
}

function madeUp(id: string, { signal = 'photometry', seed, trials }: CompareOptions): Subject {
  const model = asUsage(() => errorModel(id));
  const random = new Random(seed);
  const session = tellingSession(trials, random);
  const map = signalMaps[signal](session.binned.binSeconds);
  const { signal: values, parameters } = syntheticSignal(model, session, map, recoveryDefaults.noise, random);
  return {
    ...{ title: `a recording made up by ${model.name}`, session, values, signal },
    ...{ channel: 'made up', unit: signal === 'spikes' ? 'spikes' : 'made up' },
    findings: { truth: { id, parameters } },
  };
}

async function recorded(file: string, options: CompareOptions): Promise<Subject> {
  const { variable, rate, channel, signal, bin, memory, dff } = options;
  refuseMissing(file, 'the recording that --recording names');
  if (options.events !== undefined) refuseMissing(options.events, 'the events that --events names');
  const recording = await asUsageAsync(() => readRecording(file, { variable, rate }));
  const { found, evidence } = asUsage(() => {
    const events = eventsOf(recording, options);
    const found = recordedSession(recording, events, { channel, signal, binSeconds: bin, memory, dff });
    return { found, evidence: cellsOf(recording, events, options) };
  });
  const { notes, ...rest } = found;
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  return { ...rest, title: `${basename(file)}, ${rest.channel}`, findings: { evidence } };
}

function refuseMissing(file: string, what: string): void {
  if (!existsSync(file)) throw new UsageError(`There is no file ${resolve(file)}: expected ${what}.`);
}

function eventsOf(recording: Recording, { events: file, rename = [], ignore = [] }: CompareOptions): EventTable {
  const all = file === undefined ? recording.events : readEventFile(file);
  if (all === undefined) {
    throw new UsageError(`${recording.source} holds no events: give them as CSV with --events <file>.`);
  }
  const renamed = renameEvents(all, Object.fromEntries(rename.map(pairOf)));
  // Renaming knows how to refuse names that there are not.
  renameEvents(renamed, Object.fromEntries(ignore.map((name) => [name, name])));
  return renamed.filter(({ event }) => !ignore.includes(event));
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--rename: expected the old and the new name of an event as old=new, got '${text}'.`);
}

function cellsOf(recording: Recording, events: EventTable, { utility }: CompareOptions) {
  const responses = rewardResponses(recording, events, utility === 'hyperbolic' ? { utility: hyperbolicUtility } : {});
  return responses && distributionalEvidence(responses);
}

function findAgain(models: readonly ErrorModel[], options: CompareOptions): void {
  const { datasets, trials, seed, signal = 'photometry', report, json } = options;
  const { starts = recoveryDefaults.fit.starts } = options;
  const settings = { ...recoveryDefaults, datasets, trials, seed, fit: { ...recoveryDefaults.fit, starts, seed } };
  const found = watched('recordings', models.length * datasets, ({ show }) =>
    recover(models, signalMaps[signal], settings, show),
  );
  const tables = recoveryTables(models, found);
  if (report !== undefined) {
    const facts = Object.entries({ signal, datasets, trials, seed }).map(
      ([name, value]) => [name, `${value}`] as const,
    );
    const sections = tables.map((table, i) => ({ title: recoveryTitles[i], table }));
    writeFileAtomic(report, renderReport({ title: 'Which models and parameters are found again', facts, sections }));
  }
  if (json) printJson({ signal, datasets, trials, seed, models: models.map(({ id }) => id), ...found, report });
  else {
    const blocks = [...tables.map(formatTable), ...(report === undefined ? [] : [`Report  ${report}`])];
    process.stdout.write(`${blocks.join('\n\n')}\n`);
  }
}

const recoveryTitles = ['The model found best', 'In pairs', 'Parameters'];

function factsOf({ title, channel, signal, session, values }: Subject) {
  const { binned, memory, events } = session;
  return {
    ...{ title, channel, signal, events: events.length, cues: binned.cues, binSeconds: binned.binSeconds },
    ...{ bins: binned.bins, missing: values.filter(Number.isNaN).length, memory },
  };
}

function figuresOf(fits: readonly ModelFit[]) {
  const [best] = fits;
  return {
    best: best.model.id,
    bestHeldOut: bestHeldOut(fits)?.model.id,
    models: fits.map(({ model, free, logLikelihood, aic, bic, crossValidated, parameters }) => ({
      ...{ id: model.id, name: model.name, free, logLikelihood, aic, bic },
      ...{ bicDifference: bic - best.bic, crossValidated, parameters },
    })),
  };
}

function wordsOf(
  { session, title, findings }: Subject,
  fits: readonly ModelFit[],
  report: string | undefined,
): string[] {
  const { truth, evidence } = findings;
  const seconds = Math.round(session.binned.bins * session.binned.binSeconds);
  return [
    `Compared with ${title}: ${session.events.length} events in ${seconds} s; a cue is remembered for ${tidy(session.memory)} s.`,
    verdict(fits),
    formatTable(comparisonTable(fits)),
    fits.map(({ model }, i) => `${model.name}: ${parameterTable(fits, truth).rows[i][1]}`).join('\n'),
    ...(truth ? [truthWords(truth.id, fits)] : []),
    ...(evidence ? [evidenceWords(evidence), formatTable(cellTable(evidence))] : []),
    ...(report === undefined ? [] : [`Report  ${report}`]),
  ];
}

function truthWords(id: string, fits: readonly ModelFit[]): string {
  const { name } = errorModel(id);
  return fits[0].model.id === id
    ? `${name} made the recording, and has the least BIC.`
    : `${name} made the recording, but another has the least BIC: --recovery tells how often that happens.`;
}

function reportOf(subject: Subject, scene: ComparisonScene): string {
  const { session, title, channel, signal, findings } = subject;
  return renderReport({
    title: `Models beside ${title}`,
    facts: [
      ['Channel', channel],
      ['Signal', signal],
      ['Events', String(session.events.length)],
      ['Bins', `${session.binned.bins} of ${session.binned.binSeconds} s`],
      ['A cue is remembered', `${tidy(session.memory)} s`],
    ],
    sections: describeModels(scene, findings),
  });
}

const tidy = (value: number) => Number(value.toPrecision(3));
