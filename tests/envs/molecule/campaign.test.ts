import { beforeAll, describe, expect, test } from '@jest/globals';
import { enumerate } from '../../../envs/molecule/campaign/enumerate.ts';
import { reagentEffects } from '../../../envs/molecule/campaign/reagents.ts';
import { experimentsNeeded, replay } from '../../../envs/molecule/campaign/replay.ts';
import { choiceKey, type Exact, summariseCampaigns, topOf } from '../../../envs/molecule/campaign/summary.ts';
import { trainedPolicies } from '../../../envs/molecule/campaign/trained-campaign.ts';
import { loadRdkit, type Screening, screening, screeningPolicy, searchPolicy } from '../../../envs/molecule/index.ts';
import type { Evaluation } from '../../../envs/molecule/scored-library.ts';

const options = {
  library: 'amides',
  score: { terms: [{ property: 'similarity' as const, target: 'COc1ccc(NC(=O)c2cccnc2)cc1Cl' }] },
};

let screened: Screening;
let exact: Exact;
beforeAll(async () => {
  await loadRdkit();
  screened = screening(options);
  exact = screened.enumerate();
}, 120_000);

describe('campaigns in a library whose best is known', () => {
  const run = async (id: string, seed: number, budget: number) => {
    const policy = screeningPolicy(id);
    const settings = { budget, batch: 48, seed };
    return 'start' in policy ? screened.search(policy, settings) : await screened.train(policy, settings);
  };

  test.each(['thompson', 'genetic', 'uniform', 'ppo', 'reinforce'])(
    '%s makes each product once, and repeats itself by seed',
    async (id) => {
      const [one, again, other] = [await run(id, 1, 200), await run(id, 1, 200), await run(id, 2, 200)];
      const keys = one.evaluations.map(({ choice }) => choiceKey(choice));
      expect(keys).toHaveLength(200);
      expect(new Set(keys).size).toBe(200);
      expect(again.evaluations.map(({ choice }) => choiceKey(choice))).toEqual(keys);
      expect(other.evaluations.map(({ choice }) => choiceKey(choice))).not.toEqual(keys);
    },
  );

  test('Thompson sampling finds the best of 4,380 within 600, on three seeds; more of the top 100 than chance', async () => {
    for (const seed of [1, 2, 3]) {
      const summaries = summariseCampaigns(
        [await run('thompson', seed, 600), await run('uniform', seed, 600)],
        600,
        exact,
      );
      const [thompson, uniform] = summaries.map(({ measures }) => measures);
      expect(thompson.simpleRegret.mean).toBe(0);
      expect(thompson.topRecovery.mean).toBeGreaterThan(2 * uniform.topRecovery.mean);
      expect(thompson.cumulativeRegret.mean).toBeLessThan(uniform.cumulativeRegret.mean);
    }
  }, 60_000);

  test.each(trainedPolicies.map(({ id }) => id))(
    '%s comes within 15 % of the best, on three seeds',
    async (id) => {
      for (const seed of [1, 2, 3]) {
        const { evaluations } = await run(id, seed, 1000);
        expect(Math.max(...evaluations.map(({ score }) => score))).toBeGreaterThan(0.85 * exact.best);
        // It has learned: what it makes last is better than what it made first.
        const mean = (some: readonly Evaluation[]) => some.reduce((sum, { score }) => sum + score, 0) / some.length;
        expect(mean(evaluations.slice(-100))).toBeGreaterThan(mean(evaluations.slice(0, 100)));
      }
    },
    120_000,
  );

  test('too large a library is not enumerated', () => {
    const library = { size: 10 ** 6 } as Screening['library'];
    expect(() => enumerate({ library } as never, () => ({}) as Evaluation)).toThrow(
      /1,000,000 products: expected 200,000/,
    );
  });
});

const evaluation = (choice: number[], score: number, smiles = choice.join('')): Evaluation => ({
  choice: Int32Array.from(choice),
  score,
  smiles,
  terms: Float64Array.of(score),
});

test('the best of each campaign: once each, without those that could not be made', () => {
  const all = [
    evaluation([0], 0.5, 'C'),
    evaluation([1], Number.NaN),
    evaluation([2], 0.7, 'N'),
    evaluation([3], 0.5, 'C'),
  ];
  expect(topOf(all, 5).map(({ choice }) => choice[0])).toEqual([2, 0]);
});

test('reagents by the mean of their products', () => {
  const library = {
    slots: [
      {
        name: 'a',
        reagents: [
          { name: 'x', smiles: 'C' },
          { name: 'y', smiles: 'N' },
          { name: 'z', smiles: 'O' },
        ],
      },
    ],
  };
  const effects = reagentEffects(library as never, [
    evaluation([0], 1),
    evaluation([0], 2),
    evaluation([1], 3),
    evaluation([1], Number.NaN),
  ]);
  expect(effects[0].map(({ name, count, mean, best }) => [name, count, mean, best])).toEqual([
    ['y', 1, 3, 3],
    ['x', 2, 1.5, 2],
  ]);
});

describe('a replay', () => {
  test('counts experiments until the best, half of the best ten and all of them', () => {
    const values = Array.from({ length: 20 }, (_, i) => i);
    expect(experimentsNeeded(values)).toEqual({ best: 20, half: 15, all: 20 });
    expect(experimentsNeeded(values.toReversed())).toEqual({ best: 1, half: 5, all: 10 });
    expect(experimentsNeeded([3, 1])).toEqual({ best: 1, half: 1, all: 2 });
  });

  test('measures every product of the campaign once, whatever was never measured', () => {
    // A tenth of 30 x 30 was measured.
    const measured = Array.from({ length: 90 }, (_, i) => ({
      choice: Int32Array.of((7 * i) % 30, (11 * i + Math.floor(i / 30)) % 30),
      value: i,
    }));
    for (const id of ['uniform', 'thompson', 'genetic']) {
      const { values } = replay(searchPolicy(id), { slotSizes: [30, 30] }, measured, 8, 1);
      expect(values.toSorted((a, b) => a - b)).toEqual(measured.map(({ value }) => value));
    }
  });
});
