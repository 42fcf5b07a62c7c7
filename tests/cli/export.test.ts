import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { packagePath } from '../../src/core/package-path.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { loadPolicy } from '../../src/policy/artefact.ts';
import { upslopeIn, upslopeJson } from '../cli-run.ts';
import { difference, type Material, materialOf } from '../export/policies.ts';
import { testUnless } from '../optional.ts';
import { pythonOrReason } from '../python.ts';

// Each test starts processes, which takes its time on a busy machine.
jest.setTimeout(120_000);

const { python, reason } = pythonOrReason();
const testWithPython = testUnless(reason);

const folder = mkdtempSync(join(tmpdir(), 'upslope-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const upslope = upslopeIn(folder);

interface Exported {
  format: string;
  files: string[];
  inputs: { name: string; columns: number }[];
  outputs: { name: string; columns: number }[];
}

/** A network of each kind, a distribution of each kind of action, both kinds of normalisers. */
const scenarios = [
  { name: 'cartpole', outputs: ['action', 'parameters', 'value'] },
  { name: 'pendulum-sac', outputs: ['action', 'parameters'] },
  { name: 'mountain-car-continuous-sac', outputs: ['action', 'parameters'] },
  { name: 'portfolio', outputs: ['action', 'parameters', 'value'] },
  { name: 'arm-reach', outputs: ['action', 'parameters', 'value'] },
  { name: 'recall-cue', outputs: ['action', 'parameters', 'value', 'nextState'] },
] as const;

describe('shipped scenarios, trained a little', () => {
  const materials = new Map<string, Material>();
  const exported = new Map<string, Exported>();
  const exports = join(folder, 'exports');

  beforeAll(async () => {
    await Promise.all(
      scenarios.map(async ({ name }) => {
        const run = join(folder, 'runs', name);
        const briefly = ['--steps', '600', '--seed', '1', '--set', 'evaluation.episodes=1'];
        await upslopeJson('train', name, ...briefly, '--out', run);
        for (const format of ['onnx', 'safetensors']) {
          const out = join(exports, name, `policy.${format}`);
          exported.set(name, await upslopeJson<Exported>('export', run, '--format', format, '--out', out));
        }
        const { policy } = loadPolicy(join(run, 'policy', 'best.safetensors'), createCpuEngine());
        const material = materialOf(policy);
        materials.set(name, material);
        const steps = material.steps.map(({ rows: _, ...inputs }) => inputs);
        writeFileSync(join(exports, name, 'steps.json'), JSON.stringify(steps));
      }),
    );
    if (python) {
      const script = packagePath('tests', 'export', 'run_exports.py');
      const { status, stderr } = spawnSync(python, [script, exports], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    }
  }, 300_000);

  test.each(scenarios)('$name tells what it takes and gives', ({ name, outputs }) => {
    const found = exported.get(name)!;
    expect(found.format).toBe('safetensors');
    expect(found.files).toEqual([join(exports, name, 'policy.safetensors')]);
    expect(found.inputs[0].name).toBe('observation');
    expect(found.outputs.map((output) => output.name)).toEqual(outputs);
  });

  for (const { name } of scenarios) {
    for (const format of ['onnx', 'safetensors']) {
      testWithPython(`${name} acts the same as ${format}`, () => {
        const found = JSON.parse(readFileSync(join(exports, name, `${format}.json`), 'utf8'));
        materials.get(name)!.answers.forEach((answer, i) => {
          for (const [output, expected] of Object.entries(answer)) {
            if (expected !== undefined) expect(difference(found[i][output], expected)).toBeLessThan(1e-5);
          }
        });
      });
    }
  }

  testWithPython('the example of docs/exports.md runs', () => {
    const [, script] = /```python\n(.*?)```/s.exec(readFileSync(packagePath('docs', 'exports.md'), 'utf8'))!;
    const { stdout } = spawnSync(python!, ['-c', script], { encoding: 'utf8', cwd: join(exports, 'pendulum-sac') });
    expect(stdout).toBe('(3, 1) (3, 2)\n');
  });

  test('by default files lie in the folder of the run, and people are told what they hold', () => {
    const run = join(folder, 'runs', 'recall-cue');
    const { status, stdout, stderr } = upslope('export', run, '--format', 'tfjs', '--policy', 'last', '--no-value');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const model = join(run, 'export', 'tfjs', 'model.json');
    expect(stdout).toContain(`Wrote  ${model}\n`);
    expect(stdout).toMatch(/^in +state +rows x 32 +float32/m);
    expect(stdout).toMatch(/^out +nextState +rows x 32 +float32/m);
    expect(stdout).not.toMatch(/^out +value/m);
    const { weightsManifest } = JSON.parse(readFileSync(model, 'utf8'));
    expect(weightsManifest[0].weights.map((weight: { name: string }) => weight.name)).not.toContain(
      'critic.head.0.bias',
    );
    expect(existsSync(join(dirname(model), 'weights.bin'))).toBe(true);
  });

  test('what stands in the way of a file is told', () => {
    const run = join(folder, 'runs', 'cartpole');
    const place = join(folder, 'taken');
    mkdirSync(place);
    expect(upslope('export', run, '--format', 'onnx', '--out', place)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: cannot write .*taken: a folder stands where the file should go/),
    });
    const file = join(run, 'config.json');
    expect(upslope('export', run, '--format', 'tfjs', '--out', file)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: cannot create .*config.json: a file stands where the folder should go/),
    });
  });
});

test.each([
  ['no format', ['export', folder], /required option '--format <format>' not specified/],
  ['another format', ['export', folder, '--format', 'pmml'], /Allowed choices are onnx, tfjs, safetensors/],
  ['what is no run', ['export', folder, '--format', 'onnx'], /holds no run/],
])('%s is a wrong call', (_, args, message) => {
  const { status, stdout, stderr } = upslope(...args);
  expect(stderr).toMatch(message);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});
