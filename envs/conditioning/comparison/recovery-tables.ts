import type { Table } from '../../../src/report/types.ts';
import { type ErrorModel, type FreeParameter, tellingRanges } from './models.ts';
import type { Recovery } from './recovery.ts';

/** What a recovery found, as tables: who was chosen, who won in pairs, and how well parameters came back. */
export function recoveryTables(models: readonly ErrorModel[], { confusion, wins, correlations }: Recovery): Table[] {
  const ids = models.map(({ id }) => id);
  const square = (corner: string, shares: readonly (readonly number[])[], caption: string): Table => ({
    columns: [corner, ...ids],
    rows: shares.map((row, i) => [
      ids[i],
      ...row.map((share, j) => (corner.startsWith('Wins') && i === j ? '-' : `${Math.round(100 * share)} %`)),
    ]),
    caption,
    emphasis: [],
  });
  return [
    square(
      'Made by',
      confusion,
      'Share of the recordings made by the model of the row in which that of the column had the least BIC.',
    ),
    square(
      'Wins of',
      wins,
      'Share of the recordings made by the model of the row in which it had a smaller BIC than that of the column.',
    ),
    {
      columns: ['Model', 'Parameter', 'Drawn from', 'r'],
      rows: models.flatMap(({ id, parameters }, i) =>
        parameters.map((parameter) => {
          const r = correlations[i][parameter.name];
          return [id, parameter.name, rangeWords(parameter), Number.isNaN(r) ? '-' : r.toFixed(2)];
        }),
      ),
      caption: 'Correlation of the parameters drawn and found; rates and times by their logarithms.',
      emphasis: [],
    },
  ];
}

/** The pair that was told apart least often, and the parameter that came back worst, in words. */
export function recoveryVerdict(models: readonly ErrorModel[], { wins, correlations }: Recovery): string {
  const pairs = models.flatMap(({ id }, i) =>
    models.flatMap((other, j) => (i === j ? [] : [{ share: wins[i][j], words: `${id} before ${other.id}` }])),
  );
  const parameters = models.flatMap(({ id }, i) =>
    Object.entries(correlations[i]).flatMap(([name, r]) => (Number.isNaN(r) ? [] : [{ r, words: `${name} of ${id}` }])),
  );
  const sentences: string[] = [];
  if (pairs.length > 0) {
    const { share, words } = pairs.reduce((a, b) => (b.share < a.share ? b : a));
    sentences.push(`In pairs, the model that made a recording won at least ${Math.round(100 * share)} %: ${words}.`);
  }
  if (parameters.length > 0) {
    const { r, words } = parameters.reduce((a, b) => (b.r < a.r ? b : a));
    sentences.push(`Parameters came back with at least r = ${r.toFixed(2)}: ${words}.`);
  }
  return sentences.join(' ');
}

function rangeWords(parameter: FreeParameter): string {
  const digits = (value: number) => Number(value.toPrecision(2));
  return tellingRanges(parameter)
    .map(([low, high]) => `${digits(low)} to ${digits(high)}`)
    .join(', ');
}
