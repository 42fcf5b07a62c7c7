import { describe, expect, test } from '@jest/globals';
import { experiments } from '../../src/lab/index.ts';

describe.each(experiments.map((experiment) => [experiment.id, experiment] as const))('%s', (_, experiment) => {
  test('every verdict holds', async () => {
    const { verdicts, figures } = await experiment.run({ seed: 0 });
    expect(verdicts.filter(({ holds }) => !holds)).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(1);
    expect(figures.length).toBeGreaterThan(0);
  }, 180_000);
});
