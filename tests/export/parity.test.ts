import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { packagePath } from '../../src/core/package-path.ts';
import { choicesOf } from '../../src/core/spaces/action-row.ts';
import { exportPolicy } from '../../src/export/index.ts';
import type { DistributionName } from '../../src/policy/distributions/index.ts';
import { logGamma } from '../../src/policy/distributions/special-functions.ts';
import { testUnless } from '../optional.ts';
import { pythonOrReason } from '../python.ts';
import { type Answer, cases, difference, type Material, materialOf, policyOf, type Step } from './policies.ts';

type Outputs = Record<string, number[][]>;

const { python, reason } = pythonOrReason();
const testWithPython = testUnless(reason);

const folder = mkdtempSync(join(tmpdir(), 'upslope-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const materials = new Map<string, Material>();
const inputsOf = ({ rows: _, ...inputs }: Step) => inputs;

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  for (const each of cases) {
    const policy = policyOf(each);
    const material = materialOf(policy, each.masked);
    materials.set(each.name, material);
    mkdirSync(join(folder, each.name));
    for (const format of ['onnx', 'safetensors'] as const) {
      for (const [file, data] of Object.entries(exportPolicy(policy, { format, name: each.name }).files)) {
        writeFileSync(join(folder, each.name, file), data);
      }
    }
    writeFileSync(join(folder, each.name, 'steps.json'), JSON.stringify(material.steps.map(inputsOf)));
  }
  if (python) {
    const script = packagePath('tests', 'export', 'run_exports.py');
    const { status, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
}, 120_000);

function expectParity(found: readonly Outputs[], answers: readonly Answer[]): void {
  expect(found).toHaveLength(answers.length);
  answers.forEach((answer, i) => {
    for (const [name, expected] of Object.entries(answer)) {
      if (expected === undefined) expect(found[i][name]).toBeUndefined();
      else expect(difference(found[i][name], expected)).toBeLessThan(1e-5);
    }
  });
}

describe.each(cases)('$name', (each) => {
  const { name } = each;

  for (const format of ['onnx', 'safetensors']) {
    testWithPython(`${format === 'onnx' ? 'ONNX Runtime' : 'NumPy by the header of safetensors'} does the same`, () => {
      const found = JSON.parse(readFileSync(join(folder, name, `${format}.json`), 'utf8'));
      expectParity(found, materials.get(name)!.answers);
    });
  }

  test('TensorFlow.js does the same', async () => {
    const { files } = exportPolicy(policyOf(each), { format: 'tfjs', name });
    const model = await tf.loadGraphModel(fromFiles(files));
    const { steps, answers } = materials.get(name)!;
    const found = steps.map((step) =>
      tf.tidy(() => {
        const inputs = Object.entries(inputsOf(step)).map(([key, rows]) => [key, tf.tensor2d(rows!)] as const);
        const outputs = model.predict(Object.fromEntries(inputs)) as tf.NamedTensorMap;
        return Object.fromEntries(
          Object.entries(outputs).map(([key, tensor]) => [key, tensor.arraySync() as number[][]]),
        );
      }),
    );
    expectParity(found, answers);
    model.dispose();
  });

  testWithPython('the parameters make up the distribution: the same log-density', () => {
    const found: Outputs[] = JSON.parse(readFileSync(join(folder, name, 'onnx.json'), 'utf8'));
    const { densities } = materials.get(name)!;
    const logDensity = logDensityOf(each.config.distribution ?? 'auto', choicesOf(each.action));
    found.forEach(({ parameters }, i) => {
      densities[i].forEach(({ action, logProb }, row) => {
        expect(Math.abs(logDensity(parameters[row], action) - logProb)).toBeLessThan(
          2e-4 * Math.max(1, Math.abs(logProb)),
        );
      });
    });
  });
});

/** Textbook densities, of parameters as the exports describe them. */
function logDensityOf(distribution: DistributionName, choices: readonly number[]) {
  const normal = (parameters: readonly number[], action: readonly number[]) =>
    action.reduce((sum, a, i) => {
      const logStd = parameters[action.length + i];
      const deviation = (a - parameters[i]) / Math.exp(logStd);
      return sum - 0.5 * deviation ** 2 - logStd - 0.5 * Math.log(2 * Math.PI);
    }, 0);
  const categorical = (logits: readonly number[], action: readonly number[]) => {
    let from = 0;
    return choices.reduce((sum, n, slot) => {
      const own = logits.slice(from, from + n);
      from += n;
      const largest = Math.max(...own);
      const total = own.reduce((weights, logit) => weights + Math.exp(logit - largest), 0);
      return sum + own[action[slot]] - largest - Math.log(total);
    }, 0);
  };
  const dirichlet = (alphas: readonly number[], weights: readonly number[]) =>
    alphas.reduce(
      (sum, alpha, i) => sum + (alpha - 1) * Math.log(weights[i]) - logGamma(alpha),
      logGamma(alphas.reduce((a, b) => a + b)),
    );
  if (choices.length > 0) return categorical;
  if (distribution === 'dirichlet') return dirichlet;
  if (distribution !== 'squashed-gaussian') return normal;
  return (parameters: readonly number[], action: readonly number[]) =>
    action.reduce((sum, u) => sum - Math.log(1 / Math.cosh(u) ** 2), normal(parameters, action));
}

/** As a server would give them. */
function fromFiles(files: Readonly<Record<string, string | Uint8Array>>): tf.io.IOHandler {
  const model = JSON.parse(files['model.json'] as string);
  const { modelTopology, signature, userDefinedMetadata, weightsManifest } = model;
  const weights = files['weights.bin'] as Uint8Array;
  return tf.io.fromMemory({
    modelTopology,
    signature,
    userDefinedMetadata,
    weightSpecs: weightsManifest[0].weights,
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length) as ArrayBuffer,
  });
}
