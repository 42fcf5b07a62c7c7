import { lineFigure } from '../../../src/report/figures.ts';
import type { Table } from '../../../src/report/types.ts';
import { diversityOf } from '../chemistry/diversity.ts';
import { aucTop10, bestSoFar, cumulativeRegret, type MeanInterval, meanInterval, topRecovery } from '../measures.ts';
import type { Evaluation } from '../scored-library.ts';
import type { Campaign } from './campaign.ts';

/** What is known of a library before: its best score and its best products, where all have been scored. */
export interface Exact {
  best: number;
  /** Choices of the truly best, as `choiceKey` writes them. */
  top: ReadonlySet<string>;
}

/** Of one policy, over its seeds. */
export interface CampaignSummary {
  id: string;
  name: string;
  measures: Record<Measure, MeanInterval>;
}

export type Measure =
  | 'best'
  | 'meanTop10'
  | 'aucTop10'
  | 'simpleRegret'
  | 'cumulativeRegret'
  | 'topRecovery'
  | 'valid'
  | 'unique'
  | 'internalDiversity'
  | 'scaffolds'
  | 'evaluations';

/** The best of each campaign by which its diversity is judged. */
const diverseTop = 100;

export const choiceKey = (choice: ArrayLike<number>): string => Array.from(choice).join(' ');

/** @param budget evaluations that were allowed @param exact where all products have been scored */
export function summariseCampaigns(
  campaigns: readonly Campaign[],
  budget: number,
  exact: Exact | undefined,
): CampaignSummary[] {
  const ids = [...new Set(campaigns.map(({ id }) => id))];
  return ids.map((id) => {
    const own = campaigns.filter((campaign) => campaign.id === id);
    const measured = own.map((campaign) => measuresOf(campaign, budget, exact));
    const names = Object.keys(measured[0]) as Measure[];
    return {
      id,
      name: own[0].name,
      measures: Object.fromEntries(
        names.map((name) => [name, meanInterval(measured.map((one) => one[name]))]),
      ) as Record<Measure, MeanInterval>,
    };
  });
}

function measuresOf({ evaluations }: Campaign, budget: number, exact: Exact | undefined): Record<Measure, number> {
  const scores = evaluations.map(({ score }) => score);
  const valid = evaluations.filter(({ score }) => !Number.isNaN(score));
  const best = topOf(evaluations, diverseTop);
  const { internal, scaffolds } = diversityOf(best.map(({ smiles }) => smiles));
  const last = (series: Float64Array) => series[series.length - 1];
  return {
    best: last(bestSoFar(scores)),
    meanTop10: best.slice(0, 10).reduce((sum, { score }, _, all) => sum + score / all.length, 0),
    aucTop10: aucTop10(scores, budget),
    simpleRegret: exact ? exact.best - last(bestSoFar(scores)) : Number.NaN,
    cumulativeRegret: exact ? last(cumulativeRegret(scores, exact.best)) : Number.NaN,
    topRecovery: exact
      ? last(
          topRecovery(
            evaluations.map(({ choice }) => choiceKey(choice)),
            exact.top,
          ),
        )
      : Number.NaN,
    valid: valid.length / evaluations.length,
    unique: new Set(valid.map(({ smiles }) => smiles)).size / valid.length,
    internalDiversity: internal,
    scaffolds,
    evaluations: evaluations.length,
  };
}

/** The best of what was scored, best first, each molecule once. */
export function topOf(evaluations: readonly Evaluation[], count: number): Evaluation[] {
  const seen = new Set<string>();
  return evaluations
    .filter(({ score }) => !Number.isNaN(score))
    .toSorted((a, b) => b.score - a.score)
    .filter(({ smiles }) => !seen.has(smiles) && seen.add(smiles))
    .slice(0, count);
}

/** One row a policy. */
export function campaignTable(summaries: readonly CampaignSummary[], seeds: number, exact: boolean): Table {
  const columns: [string, Measure, (value: number) => string][] = [
    ['Best', 'best', (value) => value.toFixed(3)],
    ['Mean of top 10', 'meanTop10', (value) => value.toFixed(3)],
    ['AUC top 10', 'aucTop10', (value) => value.toFixed(3)],
    ...(exact
      ? ([
          ['Top 100 found', 'topRecovery', (value) => `${(100 * value).toFixed(0)} %`],
          ['Regret', 'cumulativeRegret', (value) => value.toFixed(0)],
        ] as [string, Measure, (value: number) => string][])
      : []),
    ['Valid', 'valid', (value) => `${(100 * value).toFixed(1)} %`],
    ['Diversity', 'internalDiversity', (value) => value.toFixed(2)],
    ['Scaffolds', 'scaffolds', (value) => value.toFixed(0)],
    ['Made', 'evaluations', (value) => value.toFixed(0)],
  ];
  const cell = ({ mean, low, high }: MeanInterval, format: (value: number) => string) => {
    if (Number.isNaN(mean)) return '\u2013';
    return seeds > 1 && high - low > 0 ? `${format(mean)} \u00b1 ${format((high - low) / 2)}` : format(mean);
  };
  return {
    columns: ['Policy', ...columns.map(([name]) => name)],
    rows: summaries.map(({ name, measures }) => [
      name,
      ...columns.map(([, measure, format]) => cell(measures[measure], format)),
    ]),
    caption:
      `${seeds === 1 ? 'One seed.' : `Means over ${seeds} seeds, \u00b1 half of the 95 % interval (Student).`} AUC top 10: area under the mean ` +
      'of the ten best so far over the budget, as PMO has it. Diversity: 1 less the mean similarity among the best 100; scaffolds: among the same.',
    emphasis: [],
  };
}

const points = 120;

/** Mean of the ten best so far against evaluations, with the spread over seeds. */
export function progressFigure(campaigns: readonly Campaign[], budget: number): string {
  const every = Math.max(1, Math.ceil(budget / points));
  const x = Array.from({ length: Math.floor(budget / every) }, (_, i) => (i + 1) * every);
  return bandFigure('Mean of the ten best so far', 'mean score of the top 10', x, campaigns, ({ evaluations }) => {
    const best: number[] = [];
    const curve: number[] = [];
    evaluations.forEach(({ score }, i) => {
      if (!Number.isNaN(score)) {
        best.push(score);
        best.sort((a, b) => b - a);
        best.length = Math.min(best.length, 10);
      }
      if ((i + 1) % every === 0) curve.push(best.reduce((sum, one) => sum + one, 0) / best.length);
    });
    return curve;
  });
}

/** Share of the true best found, or what all evaluations fell short of the best, against evaluations. */
export function exactFigures(campaigns: readonly Campaign[], budget: number, exact: Exact): string[] {
  const every = Math.max(1, Math.ceil(budget / points));
  const x = Array.from({ length: Math.floor(budget / every) }, (_, i) => (i + 1) * every);
  const sampled = (series: Float64Array) => x.filter((at) => at <= series.length).map((at) => series[at - 1]);
  return [
    bandFigure(`Share of the true top ${exact.top.size} found`, 'share', x, campaigns, ({ evaluations }) =>
      sampled(
        topRecovery(
          evaluations.map(({ choice }) => choiceKey(choice)),
          exact.top,
        ),
      ),
    ),
    bandFigure('Cumulative regret', 'sum of shortfalls', x, campaigns, ({ evaluations }) =>
      sampled(
        cumulativeRegret(
          evaluations.map(({ score }) => score),
          exact.best,
        ),
      ),
    ),
  ];
}

function bandFigure(
  title: string,
  yLabel: string,
  x: readonly number[],
  campaigns: readonly Campaign[],
  curveOf: (campaign: Campaign) => number[],
): string {
  const ids = [...new Set(campaigns.map(({ id }) => id))];
  const series = ids.map((id) => {
    const own = campaigns.filter((campaign) => campaign.id === id);
    const curves = own.map(curveOf);
    const at = (pick: (values: number[]) => number) =>
      x.map((_, i) => {
        const values = curves.map((curve) => curve[i]).filter((value) => value !== undefined);
        return values.length === 0 ? Number.NaN : pick(values);
      });
    return {
      name: own[0].name,
      values: at((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
      ...(own.length > 1 && { low: at((values) => Math.min(...values)), high: at((values) => Math.max(...values)) }),
    };
  });
  return lineFigure({
    title,
    xLabel: 'products made',
    yLabel,
    note: campaigns.length > ids.length ? 'bands: least to greatest of the seeds' : undefined,
    x,
    series,
  });
}
