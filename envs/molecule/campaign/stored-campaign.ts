import { UserError } from '../../../src/core/errors.ts';
import type { Campaign } from './campaign.ts';

/** A campaign as it is kept, from which `parseCampaign` makes the same again. JSON has no NaN: what has no score holds null. */
export function formatCampaign({ evaluations, beliefs, ...rest }: Campaign): string {
  return JSON.stringify({
    ...rest,
    evaluations: evaluations.map(({ choice, smiles, score, terms }) => [
      Array.from(choice),
      smiles,
      score,
      Array.from(terms),
    ]),
    beliefs: beliefs?.map(({ mean, deviation }) => [Array.from(mean), Array.from(deviation)]),
  });
}

interface StoredCampaign {
  id: string;
  name: string;
  seed: number;
  evaluations: [choice: number[], smiles: string, score: number | null, terms: (number | null)[]][];
  beliefs?: [mean: (number | null)[], deviation: (number | null)[]][];
}

/** @param source for errors @throws UserError for what is no stored campaign */
export function parseCampaign(text: string, source: string): Campaign {
  try {
    const { id, name, seed, evaluations, beliefs } = JSON.parse(text) as StoredCampaign;
    return {
      ...{ id, name, seed },
      evaluations: evaluations.map(([choice, smiles, score, terms]) => ({
        ...{ choice: Int32Array.from(choice), smiles, score: score ?? Number.NaN, terms: numbersOf(terms) },
      })),
      beliefs: beliefs?.map(([mean, deviation]) => ({ mean: numbersOf(mean), deviation: numbersOf(deviation) })),
    };
  } catch (cause) {
    throw new UserError(`${source} is no finished campaign: remove it, and it will be run again.`, { cause });
  }
}

const numbersOf = (values: readonly (number | null)[]) => Float64Array.from(values, (value) => value ?? Number.NaN);
