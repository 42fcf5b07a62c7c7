import { beforeAll, expect, test } from '@jest/globals';
import {
  choiceKey,
  loadRdkit,
  readMeasurements,
  type Screening,
  screening,
  thompson,
  topRecovery,
  uniform,
} from '../../envs/molecule/index.ts';
import { loadScenario } from '../../scenarios/load.ts';
import { finalOptionsOf } from '../../scenarios/prepare.ts';
import { packagePath } from '../../src/core/package-path.ts';

let screened: Screening;
let top: Set<string>;
beforeAll(async () => {
  await loadRdkit();
  screened = screening(finalOptionsOf(loadScenario('molecule-similarity')));
  const truth = packagePath('envs', 'molecule', 'data', 'similarity-top-100.csv');
  const { measured } = readMeasurements(truth, screened.library);
  top = new Set(measured.map(({ choice }) => choiceKey(choice)));
  // The file tells what we score ourselves.
  for (const { choice, value } of measured) expect(screened.evaluate(choice).score).toBeCloseTo(value, 8);
}, 60_000);

test('among 11.7 million, 6,000 evaluations of Thompson sampling find the target and half of the top 100, on three seeds', () => {
  expect([screened.library.size, top.size]).toEqual([11_744_824, 114]);
  for (const seed of [0, 1, 2]) {
    const { evaluations } = screened.search(thompson, { budget: 6000, batch: 96, seed });
    const recovered = topRecovery(
      evaluations.map(({ choice }) => choiceKey(choice)),
      top,
    );
    expect(recovered[5999]).toBeGreaterThan(0.5);
    expect(
      evaluations.some(({ smiles }) => smiles === 'Cc1ccc(C(=O)N[C@@H](C(=O)Nc2ccc3c(c2)OCO3)C2CCOCC2)cc1Cl'),
    ).toBe(true);
    const random = screened.search(uniform, { budget: 6000, batch: 96, seed });
    expect(random.evaluations.some(({ score }) => score === 1)).toBe(false);
  }
}, 300_000);
