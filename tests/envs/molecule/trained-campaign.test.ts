import { beforeAll, describe, expect, test } from '@jest/globals';
import { runTrainedCampaign, trainedPolicies } from '../../../envs/molecule/campaign/trained-campaign.ts';
import {
  type CampaignSettings,
  choiceKey,
  loadRdkit,
  runCampaign,
  type Screening,
  screening,
  screeningPolicy,
  searchPolicies,
  searchPolicy,
} from '../../../envs/molecule/index.ts';
import type { Evaluation } from '../../../envs/molecule/scored-library.ts';

/** More of either option is better; what has an odd option first cannot be made. */
function evaluate(choice: Int32Array): Evaluation {
  const score = choice[0] % 2 === 1 ? Number.NaN : (choice[0] + choice[1]) / 80;
  return { choice, score, smiles: '', terms: Float64Array.of(score) };
}

const keysOf = (evaluations: readonly Evaluation[]) => evaluations.map(({ choice }) => choiceKey(choice));
const scoresOf = (evaluations: readonly Evaluation[]) =>
  evaluations.map(({ score }) => score).filter((score) => !Number.isNaN(score));
const bestOf = (evaluations: readonly Evaluation[]) => Math.max(...scoresOf(evaluations));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(
  searchPolicies.filter(({ needsFeatures }) => !needsFeatures).map((policy) => [policy.id, policy] as const),
)('a campaign of %s', (_, policy) => {
  const run = (slotSizes: number[], settings: CampaignSettings) =>
    runCampaign(policy, { slotSizes }, () => true, evaluate, settings);

  test('makes its budget in batches, the last of which is what is left', () => {
    const made: number[] = [];
    const { evaluations, seed } = run([20, 20], {
      budget: 50,
      batch: 16,
      seed: 3,
      onProgress: (count) => made.push(count),
    });
    expect([made, evaluations.length, seed]).toEqual([[16, 32, 48, 50], 50, 3]);
    expect(new Set(keysOf(evaluations)).size).toBe(50);
  });

  test('ends with a library that is used up, each product made once', () => {
    const { evaluations } = run([3, 4], { budget: 100, batch: 5, seed: 1 });
    const all = [0, 1, 2].flatMap((a) => [0, 1, 2, 3].map((b) => `${a} ${b}`));
    expect(keysOf(evaluations).toSorted()).toEqual(all);
  });
});

test('what cannot react is not made, and costs a search nothing', () => {
  const allows = ([a]: Int32Array) => a % 3 === 0;
  const { evaluations } = runCampaign(searchPolicies[0], { slotSizes: [9, 10] }, allows, evaluate, {
    ...{ budget: 30, batch: 7, seed: 2 },
  });
  expect(evaluations).toHaveLength(30);
  expect(new Set(keysOf(evaluations)).size).toBe(30);
  for (const { choice } of evaluations) expect(choice[0] % 3).toBe(0);
});

describe.each(trainedPolicies.map((policy) => [policy.id, policy] as const))('a campaign of %s', (_, policy) => {
  const run = (slotSizes: number[], masks: number[], settings: CampaignSettings) =>
    runTrainedCampaign(policy, { slotSizes }, Uint8Array.from(masks), evaluate, settings);

  test('keeps to its budget where a batch goes beyond it', async () => {
    for (const budget of [10, 50]) {
      const made: number[] = [];
      const { evaluations } = await run([20, 20], Array(40).fill(1), {
        budget,
        batch: 16,
        seed: 1,
        onProgress: (count) => made.push(count),
      });
      expect(made).toEqual(Array.from({ length: budget }, (_, i) => i + 1));
      expect(new Set(keysOf(evaluations)).size).toBe(budget);
    }
  });

  test('ends where all is made, and never makes what is masked', async () => {
    // 2 x 3 products of 3 x 4.
    const { evaluations } = await run([3, 4], [1, 0, 1, 1, 1, 0, 1], { budget: 30, batch: 8, seed: 1 });
    expect(keysOf(evaluations).toSorted()).toEqual(['0 0', '0 1', '0 3', '2 0', '2 1', '2 3']);
  });

  test('learns what is good, and what cannot be made', async () => {
    const { evaluations } = await run([40, 40], Array(80).fill(1), { budget: 600, batch: 24, seed: 1 });
    const [first, last] = [scoresOf(evaluations.slice(0, 100)), scoresOf(evaluations.slice(-100))];
    // Chance makes a half of its products, and no more later on; on the mean they score 38.5 / 80.
    expect(100 - last.length).toBeLessThan(0.75 * (100 - first.length));
    expect(mean(last)).toBeGreaterThan(mean(first) + 0.05);
    // The best is 38 and 39.
    expect(bestOf(evaluations)).toBeGreaterThan(0.9);
  });
});

describe('a compound of the library is found again', () => {
  const seeds = [1, 2, 3];
  let screened: Screening;
  beforeAll(async () => {
    await loadRdkit();
    // 3-fluoro-5-methoxy-N-(pyridin-3-yl)benzamide.
    const target = 'COc1cc(F)cc(C(=O)Nc2cccnc2)c1';
    screened = screening({ library: 'amides', score: { terms: [{ property: 'similarity', target }] } });
  });

  const bests = async (id: string, budget: number) => {
    const policy = screeningPolicy(id);
    const found: number[] = [];
    for (const seed of seeds) {
      const settings = { budget, batch: 48, seed };
      const { evaluations } =
        'start' in policy ? screened.search(policy, settings) : await screened.train(policy, settings);
      expect(evaluations.length).toBeLessThanOrEqual(budget);
      found.push(bestOf(evaluations));
    }
    return found;
  };

  test('which scores 1, and no other within 5 %', () => {
    const { best, top } = screened.enumerate();
    const scores = Array.from(top, (key) => screened.evaluate(Int32Array.from(key.split(' ').map(Number))).score);
    expect([best, scores.filter((score) => score >= 0.95)]).toEqual([1, [1]]);
  }, 60_000);

  test('by Thompson sampling within 600, where chance has less on the mean', async () => {
    expect(await bests('thompson', 600)).toEqual([1, 1, 1]);
    expect(mean(await bests('uniform', 600))).toBeLessThan(0.95);
  }, 60_000);

  test.each(trainedPolicies.map(({ id }) => id))(
    'by %s within 1,000',
    async (id) => {
      for (const best of await bests(id, 1000)) expect(best).toBeGreaterThanOrEqual(0.95);
    },
    120_000,
  );

  test('what one campaign has made, another makes as if anew', () => {
    const settings = { budget: 200, batch: 48, seed: 9 };
    const alone = screening({
      library: 'amides',
      score: { terms: [{ property: 'similarity', target: 'COc1cc(F)cc(C(=O)Nc2cccnc2)c1' }] },
    }).search(searchPolicy('thompson'), settings);
    screened.search(searchPolicy('genetic'), settings);
    expect(screened.search(searchPolicy('thompson'), settings).evaluations).toEqual(alone.evaluations);
  });
});

test('a score that remembers starts anew with each campaign', async () => {
  await loadRdkit();
  const { search } = screening({
    library: 'amides',
    score: { terms: [{ property: 'diversity', from: 0, transform: { kind: 'linear' } }] },
  });
  const settings = { budget: 40, batch: 8, seed: 1 };
  const [one, again] = [0, 1].map(() => search(searchPolicy('uniform'), settings).evaluations);
  expect(again).toEqual(one);
  // The first is like nothing before it, the others are like something.
  expect(one[0].score).toBe(1);
  expect(one.slice(1).every(({ score }) => score < 1)).toBe(true);
});
