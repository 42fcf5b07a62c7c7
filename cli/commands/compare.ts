import { Command, Option } from 'commander';
import {
  type ComparisonScene,
  compareModels,
  type ErrorModel,
  errorModels,
  type ModelFit,
  modelFitDefaults,
  modelsOf,
  recoveryDefaults,
  signalMaps,
  trialsOf,
} from '../../envs/index.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { type CompareOptions, sourceOf } from '../comparison/options.ts';
import { findAgain } from '../comparison/recovery.ts';
import { madeUp, recorded, type Subject } from '../comparison/subject.ts';
import { factsOf, figuresOf, reportOf, wordsOf } from '../comparison/words.ts';
import { watched } from '../count-display.ts';
import { printJson } from '../output.ts';
import { asUsage, collected, positiveNumber, wholeNumber } from '../usage-error.ts';

const signals = Object.keys(signalMaps);

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
    .option(
      '--neurons <n>',
      `that answer alike, of made-up spikes (default: ${recoveryDefaults.neurons})`,
      wholeNumber(1),
    )
    .option('--datasets <n>', 'of each model, with --recovery', wholeNumber(1), recoveryDefaults.datasets)
    .option('--keep <file>', 'with --recovery: keep what each recording came to, and go on from what is kept there')
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
  $ upslope compare --recovery --datasets 10 --signal spikes
  $ upslope compare --recovery --keep recovery.jsonl          # again to go on after Ctrl-C`,
    )
    .action(compare);
}

async function compare(options: CompareOptions, command: Command): Promise<void> {
  const { recording, synthetic, report, json } = options;
  const source = sourceOf(command);
  const models = asUsage(() => modelsOf(options.models));
  if (source === 'recovery') {
    findAgain(models, options);
    return;
  }
  const subject = source === 'synthetic' ? madeUp(synthetic!, options) : await recorded(recording!, options);
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
