import {
  bestHeldOut,
  type ComparisonScene,
  cellTable,
  comparisonTable,
  describeModels,
  errorModel,
  evidenceWords,
  type ModelFit,
  parameterTable,
  verdict,
} from '../../envs/index.ts';
import { renderReport } from '../../src/report/html.ts';
import { formatTable } from '../output.ts';
import type { Subject } from './subject.ts';

/** About what models were held against, for `--json`. */
export function factsOf({ title, channel, signal, session, values }: Subject) {
  const { binned, memory, events } = session;
  return {
    ...{ title, channel, signal, events: events.length, cues: binned.cues, binSeconds: binned.binSeconds },
    ...{ bins: binned.bins, missing: values.filter(Number.isNaN).length, memory },
  };
}

/** About the fits, for `--json`. */
export function figuresOf(fits: readonly ModelFit[]) {
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

/** What is printed, block by block. */
export function wordsOf(
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

export function reportOf(subject: Subject, scene: ComparisonScene): string {
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
