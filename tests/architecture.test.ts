import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { packagePath } from '../src/core/package-path.ts';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

const folder = mkdtempSync(join(tmpdir(), 'upslope-layers-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function cruiseFrom(baseDir: string, patterns: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(patterns, { ...options, baseDir, validate: true, ruleSet: { forbidden } });
  return output as ICruiseResult;
}

test('imports run one way', async () => {
  const { summary } = await cruiseFrom(packagePath(), ['{src,envs,bridge,scenarios,cli}/**/*.ts']);
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  // All of the tree was seen, and what imports what.
  expect(summary.totalCruised).toBeGreaterThan(50);
  expect(summary.totalDependenciesCruised).toBeGreaterThan(summary.totalCruised);
}, 60_000);

let planted = 0;

/** Rules that fire where the file `from` imports the files `to`. */
async function rulesBrokenBy(from: string, ...to: string[]): Promise<string[]> {
  const root = join(folder, String(planted++));
  const write = (file: string, text: string) => {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('tsconfig.json', '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true } }');
  write('package.json', '{ "type": "module" }');
  for (const file of to) write(file, 'export type It = 1;\n');
  const imports = to.map(
    (file) => `import type { It } from './${relative(dirname(from), file)}';\nexport type A = It;\n`,
  );
  write(from, imports.join(''));
  const { summary } = await cruiseFrom(root, ['{src,envs,bridge,scenarios,cli,tests}/**/*.ts']);
  return summary.violations.map(({ rule }) => rule.name);
}

describe('a rule fires on', () => {
  test.each([
    ['src/core/a.ts', 'src/engine/b.ts', 'core-imports-nothing-above'],
    ['src/core/spaces/a.ts', 'src/policy/b.ts', 'core-imports-nothing-above'],
    ['src/engine/a.ts', 'src/policy/b.ts', 'engine-imports-nothing-above'],
    ['src/estimators/a.ts', 'src/algorithms/b.ts', 'objectives-estimators-policy-imports-nothing-above'],
    ['src/policy/a.ts', 'src/training/b.ts', 'objectives-estimators-policy-imports-nothing-above'],
    ['src/algorithms/a.ts', 'src/training/b.ts', 'algorithms-imports-nothing-above'],
    ['src/training/a.ts', 'src/report/b.ts', 'training-writes-no-report'],
    ['src/report/a.ts', 'src/training/b.ts', 'report-stands-beside-training'],
    ['src/algorithms/a.ts', 'src/lab/b.ts', 'algorithms-imports-nothing-above'],
    ['src/training/a.ts', 'src/lab/b.ts', 'training-writes-no-report'],
    ['src/report/a.ts', 'src/lab/b.ts', 'report-stands-beside-training'],
    ['src/policy/a.ts', 'src/export/b.ts', 'objectives-estimators-policy-imports-nothing-above'],
    ['src/training/a.ts', 'src/export/b.ts', 'training-writes-no-report'],
    ['src/export/a.ts', 'src/training/b.ts', 'export-knows-the-policy-alone'],
    ['src/export/a.ts', 'src/report/b.ts', 'export-knows-the-policy-alone'],
    ['src/lab/a.ts', 'envs/classic/b.ts', 'src-knows-no-domain'],
    ['src/core/a.ts', 'envs/classic/b.ts', 'src-knows-no-domain'],
    ['src/training/a.ts', 'scenarios/b.ts', 'src-knows-no-domain'],
    ['src/a.ts', 'cli/b.ts', 'src-knows-no-domain'],
    ['envs/classic/a.ts', 'envs/portfolio/b.ts', 'domains-stand-apart'],
    ['envs/classic/a.ts', 'envs/index.ts', 'domains-stand-apart'],
    ['envs/classic/a.ts', 'scenarios/b.ts', 'envs-and-bridge-import-src-only'],
    ['envs/classic/a.ts', 'bridge/b.ts', 'envs-and-bridge-import-src-only'],
    ['bridge/a.ts', 'envs/classic/b.ts', 'envs-and-bridge-import-src-only'],
    ['bridge/a.ts', 'cli/b.ts', 'envs-and-bridge-import-src-only'],
    ['scenarios/a.ts', 'cli/b.ts', 'scenarios-do-not-import-cli'],
    ['src/core/a.ts', 'tests/b.ts', 'product-needs-no-tests'],
  ])('%s -> %s', async (from, to, rule) => {
    expect(await rulesBrokenBy(from, to)).toEqual([rule]);
  });

  test('two files that import each other', async () => {
    const root = join(folder, 'cycle', 'src', 'core');
    mkdirSync(root, { recursive: true });
    writeFileSync(join(folder, 'cycle', 'tsconfig.json'), '{}');
    writeFileSync(join(root, 'a.ts'), "export { b } from './b.ts';\n");
    writeFileSync(join(root, 'b.ts'), "export { a } from './a.ts';\n");
    const { summary } = await cruiseFrom(join(folder, 'cycle'), ['src/**/*.ts']);
    expect(new Set(summary.violations.map(({ rule }) => rule.name))).toEqual(new Set(['no-cycles']));
  });
});

test.each([
  ['cli/main.ts', 'scenarios/b.ts', 'envs/index.ts', 'src/training/b.ts', 'src/report/b.ts', 'src/export/b.ts'],
  ['scenarios/a.ts', 'envs/index.ts', 'bridge/b.ts', 'src/training/b.ts'],
  ['envs/index.ts', 'envs/classic/b.ts', 'envs/portfolio/b.ts'],
  ['envs/classic/a.ts', 'envs/classic/b.ts', 'envs/domain.ts', 'src/core/b.ts', 'src/report/types.ts'],
  ['src/export/a.ts', 'src/policy/b.ts', 'src/engine/b.ts', 'src/core/b.ts'],
  ['src/training/a.ts', 'src/algorithms/b.ts', 'src/policy/b.ts', 'src/core/b.ts', 'src/estimators/b.ts'],
  [
    'src/lab/a.ts',
    'src/training/b.ts',
    'src/report/b.ts',
    'src/algorithms/b.ts',
    'src/estimators/b.ts',
    'src/core/b.ts',
  ],
  ['src/index.ts', 'src/training/b.ts', 'src/export/b.ts', 'src/report/b.ts', 'src/core/b.ts'],
  ['tests/a.ts', 'cli/b.ts', 'src/core/b.ts'],
])('no rule fires on %s -> %s and below', async (from, ...to) => {
  expect(await rulesBrokenBy(from, ...to)).toEqual([]);
});
