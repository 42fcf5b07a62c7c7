import type { ReportSection } from '../../../src/report/types.ts';
import { depictionGrid } from '../chemistry/depiction.ts';
import type { MoleculeRow } from '../chemistry/files.ts';
import { describeLeftOut, type Library } from '../library/library.ts';
import type { Evaluation } from '../scored-library.ts';
import type { Campaign } from './campaign.ts';
import { reagentEffects, reagentTable } from './reagents.ts';
import { type CampaignSummary, campaignTable, type Exact, exactFigures, progressFigure, topOf } from './summary.ts';

const depicted = 12;

/** Everything there is to see of a screening. */
export function screeningSections(
  library: Library,
  campaigns: readonly Campaign[],
  summaries: readonly CampaignSummary[],
  budget: number,
  exact: Exact | undefined,
): ReportSection[] {
  const all = campaigns.flatMap(({ evaluations }) => evaluations);
  const best = topOf(all, depicted);
  const seeds = new Set(campaigns.map(({ seed }) => seed)).size;
  return [
    {
      title: 'Policies side by side',
      text: [
        `${library.description || library.name} ${library.size.toLocaleString('en-US')} products; each policy made up to ` +
          `${budget.toLocaleString('en-US')} of them.`,
        ...describeLeftOut(library.leftOut),
      ].join('\n\n'),
      figures: [progressFigure(campaigns, budget), ...(exact ? exactFigures(campaigns, budget, exact) : [])],
      table: campaignTable(summaries, seeds, exact !== undefined),
    },
    {
      title: 'The best products',
      figures: [
        depictionGrid(
          'The best products',
          best.map(({ smiles, score }) => ({ smiles, legend: score.toFixed(3) })),
        ),
      ],
    },
    {
      title: 'Reagents that matter',
      text: 'By the mean score of their products, over all campaigns. Policies try good reagents with good partners, which flatters them.',
      table: reagentTable(reagentEffects(library, all)),
    },
  ];
}

/** The best products with their reagents, score and terms, for files. */
export function moleculeRows(
  library: Library,
  termNames: readonly string[],
  evaluations: readonly Evaluation[],
): MoleculeRow[] {
  return evaluations.map(({ smiles, score, choice, terms }) => ({
    smiles,
    properties: {
      score: Number(score.toPrecision(6)),
      ...Object.fromEntries(termNames.map((name, i) => [`score ${name}`, Number(terms[i].toPrecision(6))])),
      ...Object.fromEntries(library.namesOf(choice).map((name, slot) => [library.slots[slot].name, name])),
    },
  }));
}
