import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import '../envs/index.ts';
import { loadScenario } from '../scenarios/load.ts';
import { shapeRewards } from '../scenarios/shaping.ts';
import { packagePath } from '../src/core/package-path.ts';
import { makeRows } from '../src/core/registry.ts';
import { SyncVectorEnv } from '../src/core/sync-vector-env.ts';

const readme = readFileSync(packagePath('README.md'), 'utf8');

function firstBlock(language: string): string {
  const [, block] = readme.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's')) ?? [];
  if (block === undefined) throw new Error(`README has no ${language} block`);
  return block;
}

const folder = mkdtempSync(join(tmpdir(), 'upslope-readme-'));
// Inside the package, where its own name leads to its exports.
const script = packagePath('dist', 'readme-example.mjs');
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(script, { force: true });
});

test('the library example runs as printed, and learns', () => {
  writeFileSync(script, firstBlock('ts'));
  const output = execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' });
  const [, meanReturn] = output.match(/mean return ([\d.]+), \d+ steps\/s/) ?? [];
  expect(Number(meanReturn)).toBeGreaterThan(200);
}, 120_000);

test('the shaping example compiles for Pendulum', () => {
  const { shaping } = parse(firstBlock('yaml'));
  const file = join(folder, 'shaped.yaml');
  const pendulum = readFileSync(packagePath('scenarios', 'pendulum.yaml'), 'utf8');
  writeFileSync(file, `${pendulum}\nshaping: ${JSON.stringify(shaping)}\n`);
  const scenario = loadScenario(file);
  const envs = shapeRewards(
    new SyncVectorEnv(() => makeRows('Pendulum-v1'), 1),
    scenario.shaping,
    scenario.algorithm.gamma,
  );
  envs.reset({ seed: 1 });
  envs.step(Float32Array.of(0.5));
  const signals = Object.fromEntries(envs.signalNames.map((name, i) => [name, envs.signals[i]]));
  expect(signals['shaping/calm']).toBeCloseTo(-0.01 * Math.abs(signals.angularVelocity), 12);
  expect(envs.rewards[0]).toBeCloseTo(signals['reward/raw'] + signals['shaping/calm'] + signals['shaping/upright'], 12);
});
