import type { Table } from '../../../src/report/types.ts';
import type { Library } from '../library/library.ts';
import type { Evaluation } from '../scored-library.ts';

/** The mean score of the products of one reagent. */
export interface ReagentEffect {
  slot: string;
  name: string;
  smiles: string;
  /** Products of it that were scored. */
  count: number;
  mean: number;
  best: number;
}

/** Which reagents matter: slot by slot, those with the best mean score first. */
export function reagentEffects(library: Library, evaluations: readonly Evaluation[]): ReagentEffect[][] {
  return library.slots.map(({ name: slot, reagents }, s) => {
    const sums = new Float64Array(reagents.length);
    const counts = new Int32Array(reagents.length);
    const best = new Float64Array(reagents.length).fill(Number.NEGATIVE_INFINITY);
    for (const { choice, score } of evaluations) {
      if (Number.isNaN(score)) continue;
      const reagent = choice[s];
      sums[reagent] += score;
      counts[reagent]++;
      best[reagent] = Math.max(best[reagent], score);
    }
    return reagents
      .map(({ name, smiles }, i) => ({
        slot,
        name,
        smiles,
        count: counts[i],
        mean: sums[i] / counts[i],
        best: best[i],
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.mean - a.mean);
  });
}

/** The best few of each slot. */
export function reagentTable(effects: readonly ReagentEffect[][], most = 5): Table {
  return {
    columns: ['Slot', 'Reagent', 'Products', 'Mean score', 'Best'],
    rows: effects.flatMap((slot) =>
      slot
        .slice(0, most)
        .map(({ slot: name, name: reagent, count, mean, best }) => [
          name,
          reagent,
          count,
          mean.toFixed(3),
          best.toFixed(3),
        ]),
    ),
    caption: 'A reagent with few products may owe its mean to luck.',
    emphasis: [],
  };
}
