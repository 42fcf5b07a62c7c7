import type { ReportSection, Table } from '../../../src/report/types.ts';
import type { DistributionalEvidence } from './cells.ts';
import { averageFigures, type ComparisonScene, differenceFigure, learningFigures, trialFigures } from './figures.ts';
import { comparisonTable, parameterTable, verdict } from './verdict.ts';

/** What is known of a comparison beside the scene that its figures show. */
export interface ComparisonFindings {
  /** Of the model that made the signal, where it is known. */
  truth?: { id: string; parameters: Record<string, number> };
  evidence?: DistributionalEvidence;
}

/** Words, figures and tables about a comparison. */
export function describeModels(scene: ComparisonScene, { truth, evidence }: ComparisonFindings): ReportSection[] {
  const { fits, trials } = scene;
  const [best] = fits;
  return [
    {
      title: 'Which model',
      text: verdict(fits),
      figures: fits.length > 1 ? [differenceFigure(fits)] : [],
      table: comparisonTable(fits),
    },
    ...(trials.length > 0
      ? [
          {
            title: 'What was recorded, and what each model expects',
            text: 'Averages over trials; the models are fitted to the whole session, and not to these averages.',
            figures: averageFigures(scene),
          },
          {
            title: 'Trial by trial',
            text:
              `What ${best.model.name} says of each trial, beside what was recorded. Errors of prediction move from the ` +
              'reward to the cue that foretells it as trials go by.',
            figures: [...trialFigures(scene), ...learningFigures(scene)],
          },
        ]
      : []),
    { title: 'Parameters', table: parameterTable(fits, truth) },
    ...(evidence
      ? [{ title: 'Do the cells tell a distribution?', text: evidenceWords(evidence), table: cellTable(evidence) }]
      : []),
  ];
}

/** Whether cells tell a distribution, in words. */
export function evidenceWords({ cells, reliability, tauAgainstReversal }: DistributionalEvidence): string {
  const isSure = (p: number) => p < 0.05;
  const meaning =
    isSure(reliability.p) && isSure(tauAgainstReversal.p)
      ? 'Both are more than chance explains, as distributional learning has it.'
      : isSure(reliability.p)
        ? 'Cells differ, but the optimistic ones are not those that expect more: distributional learning is not borne out.'
        : 'Cells that all tell the mean, with noise of their own, would give as much.';
  return (
    `Reversal points of ${cells.length} cells, odd trials against even ones: r = ${reliability.r.toFixed(2)}, ` +
    `p = ${reliability.p.toFixed(4)}. Optimism in one half against the reversal point in the other: ` +
    `r = ${tauAgainstReversal.r.toFixed(2)}, p = ${tauAgainstReversal.p.toFixed(4)}. ${meaning}`
  );
}

/** One line a cell, the one that is content with least first. */
export function cellTable({ cells }: DistributionalEvidence): Table {
  const mean = (both: readonly [number, number]) => (both[0] + both[1]) / 2;
  return {
    columns: ['Cell', 'Reversal point', 'Slope above', 'Slope below', 'Optimism'],
    rows: cells
      .toSorted((a, b) => mean(a.reversal) - mean(b.reversal))
      .map(({ name, reversal, slopePositive, slopeNegative, tau }) => [
        name,
        ...[reversal, slopePositive, slopeNegative, tau].map((both) => mean(both).toFixed(2)),
      ]),
    caption:
      'Means of two halves of the trials. Slopes: spikes/s a unit of reward. Optimism: slope above / sum of slopes.',
    emphasis: [],
  };
}
