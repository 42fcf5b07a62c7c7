import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { upslopeIn, upslopeJson } from '../cli-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-lab-'));
const upslope = upslopeIn(folder);
afterAll(() => rmSync(folder, { recursive: true }));

test('lists its experiments by number and name', async () => {
  const listed = await upslopeJson<{ number: number; id: string }[]>('lab');
  expect(listed[0]).toMatchObject({ number: 1, id: 'score-function' });
  expect(upslope('lab').stdout).toMatch(/1\s+score-function\s+The score-function estimator is unbiased/);
});

test('runs one by number or name, with its formula, its verdicts and a page', () => {
  const { status, stdout, stderr } = upslope('lab', '1', '--out', folder);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/grad J = E\[/);
  expect(stdout).toMatch(/variance of return-to-go.*holds/);
  const page = readFileSync(join(folder, 'score-function.html'), 'utf8');
  expect(page).toMatch(/<pre[^>]*>grad J = E\[/);
  expect(page.match(/<svg/g)).toHaveLength(2);
  expect(page).toContain('<dt>Seed</dt><dd>0</dd>');
  expect(page).toMatch(/<p>A maze of three rooms/);
});

test('the same seed finds the same numbers', async () => {
  const [one, other] = [1, 2].map(() => upslopeJson('lab', 'score-function', '--seed', '5'));
  expect(await one).toEqual(await other);
});

test('an experiment there is not is refused with the nearest', () => {
  const { status, stderr } = upslope('lab', 'score-functoin');
  expect(status).toBe(2);
  expect(stderr).toMatch(/no experiment 'score-functoin'. Did you mean score-function/);
});
