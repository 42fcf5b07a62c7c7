import { expect, test } from '@jest/globals';
import { type Campaign, formatCampaign, parseCampaign } from '../../../envs/molecule/index.ts';

const campaign: Campaign = {
  ...{ id: 'thompson', name: 'Thompson sampling', seed: 3 },
  evaluations: [
    {
      choice: Int32Array.of(4, 0),
      smiles: 'CC(=O)NC',
      score: 0.1 + 0.2,
      terms: Float64Array.of(0.30000000000000004, 1e-9),
    },
    { choice: Int32Array.of(1, 2), smiles: '', score: Number.NaN, terms: Float64Array.of(Number.NaN, Number.NaN) },
  ],
  beliefs: [{ mean: Float64Array.of(0.5, -0.25), deviation: Float64Array.of(1, 2) }],
};

test('a campaign that was kept is the same again, what could not be made included', () => {
  expect(parseCampaign(formatCampaign(campaign), 'a.json')).toEqual(campaign);
  const { beliefs: _, ...without } = campaign;
  expect(parseCampaign(formatCampaign(without), 'a.json').beliefs).toBeUndefined();
});

test.each(['', '{"id": "thompson"', '{"id": "thompson"}'])('%j is no finished campaign', (text) => {
  expect(() => parseCampaign(text, 'runs/a.json')).toThrow('runs/a.json is no finished campaign: remove it');
});
