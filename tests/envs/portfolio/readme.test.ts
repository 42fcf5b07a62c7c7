import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { PortfolioOptions } from '../../../envs/portfolio/options.ts';
import { PortfolioEnv } from '../../../envs/portfolio/portfolio-env.ts';
import { signalNames } from '../../../envs/portfolio/signals.ts';
import { compileExpression } from '../../../scenarios/expression.ts';
import { packagePath } from '../../../src/core/package-path.ts';

const readme = readFileSync(packagePath('envs', 'portfolio', 'README.md'), 'utf8');

test('README explains every signal', () => {
  const table = readme.slice(readme.indexOf('## Signals'), readme.indexOf('## Rewards'));
  const explained = [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(explained.sort()).toEqual([...signalNames].sort());
});

test('the reward terms of README compile', () => {
  const terms = [...readme.matchAll(/\{ name: [^{}]*\}/g)].map(([term]) => parse(term));
  expect(terms.length).toBeGreaterThan(10);
  const values = new Float64Array(signalNames.length).fill(0.5);
  for (const { name, expression, weight = 1 } of terms) {
    const evaluate = compileExpression(expression, signalNames, name);
    expect(Number.isFinite(weight * evaluate(values))).toBe(true);
  }
});

test('the options of README are taken', () => {
  const lines = [...readme.matchAll(/^options: (\{.*\})$/gm)].map(([, options]) => parse(options) as PortfolioOptions);
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const options of lines) expect(new PortfolioEnv(options).actionSize).toBeGreaterThan(0);
});
