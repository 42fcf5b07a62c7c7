import { tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { experiments, type Verdict } from '../../src/lab/index.ts';
import { upslopeIn } from '../cli-run.ts';

// In a process of its own: training is several times slower inside the test runner.
const upslope = upslopeIn(tmpdir());

describe.each(experiments.map(({ id }) => id))('%s', (id) => {
  test('every verdict holds', () => {
    const { stdout, stderr, status } = upslope('lab', id, '--seed', '0', '--json');
    expect(stderr).toBe('');
    const { verdicts } = JSON.parse(stdout) as { verdicts: Verdict[] };
    expect(verdicts.filter(({ holds }) => !holds)).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(1);
    expect(status).toBe(0);
  }, 180_000);
});
