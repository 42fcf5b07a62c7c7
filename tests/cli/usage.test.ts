import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';
import { upslopeIn } from '../cli-run.ts';

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'upslope-usage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const upslope = upslopeIn(folder);

describe('a wrong call ends with code 2 and says what is meant', () => {
  test.each([
    ['an unknown command', ['trian', 'cartpole'], /unknown command 'trian'\n\(Did you mean train\?\)/],
    [
      'an unknown option',
      ['train', 'cartpole', '--stpes', '5'],
      /unknown option '--stpes'\n\(Did you mean --steps\?\)/,
    ],
    ['an unknown scenario', ['train', 'acrobott'], /Unknown scenario 'acrobott'; did you mean 'acrobot'\?/],
    ['no scenario', ['train'], /Expected the name of a scenario/],
    ['no command', [], /Usage: upslope/],
    ['no run', ['eval'], /missing required argument 'run'/],
    ['what is no run', ['eval', folder], /holds no run/],
    ['what is no run, to go on with', ['train', '--resume', folder], /holds no run/],
    ['a fraction of a step', ['train', 'cartpole', '--steps', '1.5'], /Expected a whole number of at least 1/],
    ['no episodes', ['eval', folder, '--episodes', '0'], /Expected a whole number of at least 1/],
    ['a setting there is not', ['train', 'cartpole', '--set', 'algorithm.gama=1'], /did you mean 'gamma'\?/],
    [
      'a setting out of range',
      ['train', 'cartpole', '--set', 'algorithm.gamma=2'],
      /expected a number from 0 to 1, got 2/,
    ],
    ['data that are not there', ['train', 'portfolio', '--data', 'none.csv'], /There is no file .*none\.csv/],
    ['data where none are taken', ['train', 'cartpole', '--data', packagePath('LICENSE')], /option 'data'/],
    ['a resumed run that should change', ['train', '--resume', folder, '--seed', '1'], /--seed cannot change it/],
    [
      'a term that does not compile',
      ['train', 'pendulum', '--set', 'shaping.terms=[{ name: a, expression: nonsense }]'],
      /shaping\.terms\[0\]\.expression: unknown name 'nonsense'/,
    ],
  ])('%s', (_, args, message) => {
    const { status, stdout, stderr } = upslope(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

test('every command explains itself with examples', () => {
  for (const command of [[], ['train'], ['eval'], ['export'], ['report'], ['list']]) {
    const { status, stdout } = upslope(...command, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: upslope/);
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ upslope /);
  }
});

test('list tells of scenarios and environments', () => {
  const { status, stdout } = upslope('list');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {2}cartpole +Balance/m);
  expect(stdout).toMatch(/^ {2}CartPole-v1 +\w/m);
  const { scenarios, environments } = JSON.parse(upslope('list', '--json').stdout);
  expect(scenarios).toContainEqual({ name: 'cartpole', description: expect.stringMatching(/./) });
  expect(environments.map(({ id }: { id: string }) => id)).toContain('upslope/Portfolio-v0');
});
