import type { Domain } from '../domain.ts';
import { metricOf } from '../domain.ts';
import type { Campaign } from './campaign/campaign.ts';
import { screeningSections } from './campaign/report.ts';
import { screening } from './campaign/screen.ts';
import { summariseCampaigns } from './campaign/summary.ts';
import { depictionGrid } from './chemistry/depiction.ts';
import type { MoleculeLibraryOptions } from './library-env.ts';
import { genetic, thompson, uniform } from './search/index.ts';

/** Products that each of the searches may make, and in one go. */
const budget = 1000;
const batch = 96;
const rivals = [thompson, genetic, uniform];

/** Holds the product that a trained policy settled on against what searches find that start from nothing. */
export const moleculeDomain: Domain = {
  evaluate(actor, options) {
    const screened = screening(options as MoleculeLibraryOptions);
    const { library, termNames } = screened;
    const action = new Float32Array(library.slots.length);
    actor.startEpisode?.();
    actor(new Float32Array(1), action);
    const own = screened.evaluate(Int32Array.from(action));
    const campaigns = rivals.map((policy): Campaign => screened.search(policy, { budget, batch, seed: 0 }));
    const summaries = summariseCampaigns(campaigns, budget, undefined);
    const made = 'Made by then';
    const table = {
      columns: ['Policy', 'Best score', ...termNames, made],
      rows: [
        ['Policy, after training', own.score.toFixed(3), ...Array.from(own.terms, (term) => term.toFixed(3)), '\u2013'],
        ...campaigns.map(({ name, evaluations }) => {
          const best = evaluations.reduce((a, b) => (b.score > a.score || Number.isNaN(a.score) ? b : a));
          const terms = Array.from(best.terms, (term) => term.toFixed(3));
          return [name, best.score.toFixed(3), ...terms, evaluations.indexOf(best) + 1];
        }),
      ],
      caption: `The searches start from nothing and make ${budget.toLocaleString('en-US')} products; training has made one a step.`,
    };
    const metrics: Record<string, number> = { score: own.score };
    termNames.forEach((name, i) => {
      metrics[metricOf('term', name)] = own.terms[i];
    });
    for (const { id, measures } of summaries) metrics[metricOf(id, 'best')] = measures.best.mean;
    return {
      metrics,
      table,
      sections: [
        {
          title: "The policy's product",
          text: `${own.smiles || 'Its reagents do not react.'} Made of ${library.namesOf(own.choice).join(' and ')}.`,
          figures: own.smiles
            ? [depictionGrid("The policy's product", [{ smiles: own.smiles, legend: own.score.toFixed(3) }])]
            : [],
          table,
        },
        ...screeningSections(library, campaigns, summaries, budget, undefined),
      ],
    };
  },
};
