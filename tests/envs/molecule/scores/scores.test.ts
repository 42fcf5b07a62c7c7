import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadRdkit, rdkit, withMolecules } from '../../../../envs/molecule/rdkit.ts';
import { fingerprintOf, tanimoto } from '../../../../envs/molecule/scores/fingerprints.ts';
import { withMolecule } from '../../../../envs/molecule/scores/molecule.ts';
import { qed, qedProperties } from '../../../../envs/molecule/scores/qed.ts';
import { compileScore, type ScoreInput, scoreSchema } from '../../../../envs/molecule/scores/score.ts';
import { type Transform, transform, transformSchema } from '../../../../envs/molecule/scores/transforms.ts';

beforeAll(loadRdkit);

/** Properties of known molecules by RDKit in Python, 2026.09.1. */
const drugs: Record<string, number | string>[] = JSON.parse(
  readFileSync(new URL('../fixtures/drugs.json', import.meta.url), 'utf8'),
);

describe('the properties RDKit has in Python', () => {
  test.each(drugs.map((drug) => [drug.smiles as string, drug] as const))('%s', (smiles, drug) => {
    withMolecule(smiles, (molecule) => {
      expect(qed(molecule)).toBeCloseTo(drug.qed as number, 9);
      const { descriptors } = molecule;
      expect(descriptors.CrippenClogP).toBeCloseTo(drug.logP as number, 9);
      expect(descriptors.tpsa).toBeCloseTo(drug.tpsa as number, 9);
      expect(descriptors.amw).toBeCloseTo(drug.weight as number, 6);
      expect(descriptors.NumHBD).toBe(drug.donors);
      expect(descriptors.NumHBA).toBe(drug.acceptors);
      expect(descriptors.NumRotatableBonds).toBe(drug.rotatableBonds);
      const { alerts, acceptors } = qedProperties(molecule);
      expect([alerts, acceptors]).toEqual([drug.alerts, drug.qedAcceptors]);
    });
    expect.assertions(8);
  });

  test('QED of the molecules in the paper', () => {
    const values = [
      'N=C(CCSCc1csc(N=C(N)N)n1)NS(N)(=O)=O',
      'CNC(=NCCSCc1nc[nH]c1C)NC#N',
      'CCCCCNC(=N)NN=Cc1c[nH]c2ccc(CO)cc12',
    ].map((smiles) => withMolecule(smiles, qed));
    expect(values.map((value) => value?.toFixed(4))).toEqual(['0.2531', '0.2347', '0.2349']);
  });

  test('aromatic rings as QED counts them: what is left without aliphatic rings', () => {
    // Its own example of where this is not the number of aromatic rings.
    const rings = withMolecule('CC(C)C1=CC2=C(C)C=CC2=C(C)C=C1', (molecule) => qedProperties(molecule).aromaticRings);
    expect(rings).toBe(2);
  });
});

test('Tanimoto: bits in both over bits in either', () => {
  const words = (...bits: number[]) => Int32Array.from({ length: 64 }, (_, i) => bits[i] ?? 0);
  expect(tanimoto(words(0b1011, -1), words(0b0011, -1))).toBeCloseTo(34 / 35, 12);
  expect(tanimoto(words(1), words(2))).toBe(0);
  expect(tanimoto(words(), words())).toBe(1);
});

test.each<[Transform['kind'], object, number, number]>([
  ['linear', {}, 0.3, 0.3],
  ['linear', { low: 2, high: 6 }, 3, 0.25],
  ['linear', {}, 1.5, 1],
  ['gaussian', { mu: 2, sigma: 1 }, 3, Math.exp(-0.5)],
  ['min-gaussian', { mu: 2, sigma: 1 }, 1, 1],
  ['min-gaussian', { mu: 2, sigma: 2 }, 4, Math.exp(-0.5)],
  ['max-gaussian', { mu: 2, sigma: 1 }, 5, 1],
  ['max-gaussian', { mu: 2, sigma: 1 }, 0, Math.exp(-2)],
  ['clipped', { upper: 0.7 }, 0.35, 0.5],
  ['clipped', { upper: 0.7 }, 0.9, 1],
  ['sigmoid', { low: 0, high: 10 }, 5, 0.5],
  // 10 k / (high - low) = 0.5: two beyond the middle are a power of one.
  ['sigmoid', { low: 0, high: 10 }, 7, 1 / (1 + 10 ** -1)],
  ['reverse-sigmoid', { low: 0, high: 10 }, 7, 1 - 1 / (1 + 10 ** -1)],
  ['double-sigmoid', { low: 200, high: 400 }, 300, 1 / (1 + 1e-40) - 1 / (1 + 1e40)],
  ['double-sigmoid', { low: 200, high: 400 }, 200, 0.5],
  ['exponential-decay', { k: 2 }, 0.5, Math.exp(-1)],
  ['exponential-decay', { k: 2 }, -1, 1],
  ['step', { low: 1, high: 3 }, 3, 1],
  ['step', { high: 0 }, 1, 0],
])('the transform %s %j of %d is %d', (kind, settings, x, expected) => {
  expect(transform(x, transformSchema.parse({ kind, ...settings }))).toBeCloseTo(expected, 12);
});

const compiled = (input: ScoreInput) => compileScore(scoreSchema.parse(input));

describe('a score', () => {
  const aspirin = 'CC(=O)Oc1ccccc1C(=O)O';

  test('is the weighted geometric or arithmetic mean of its terms, each of which is told', () => {
    const terms: ScoreInput['terms'] = [
      { property: 'similarity', target: aspirin, weight: 3 },
      { property: 'logP', transform: { kind: 'gaussian', mu: 2.3101, sigma: 1 } },
    ];
    for (const aggregate of ['geometric', 'arithmetic'] as const) {
      const scorer = compiled({ terms, aggregate });
      const found = new Float64Array(2);
      const score = scorer.score(aspirin, found);
      // Aspirin has logP 1.3101.
      expect(Array.from(found)).toEqual([1, expect.closeTo(Math.exp(-0.5), 4)]);
      expect(score).toBeCloseTo(aggregate === 'geometric' ? Math.exp(-0.5 / 4) : (3 + Math.exp(-0.5)) / 4, 4);
      expect(scorer.termNames).toEqual(['similarity', 'logP']);
    }
  });

  test('is not a number for what is no molecule', () => {
    const scorer = compiled({ terms: [{ property: 'qed' }] });
    const terms = new Float64Array(1);
    expect([scorer.score('C1CC', terms), scorer.score('', terms), scorer.score('CC(C)(C)(C)C', terms)]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });

  test('novelty and diversity: less like what is known, or what was good before', () => {
    const terms = new Float64Array(1);
    const novelty = compiled({ terms: [{ property: 'novelty', reference: ['CCO', aspirin] }] });
    expect(novelty.score(aspirin, terms)).toBe(0);
    expect(novelty.score('c1ccncc1', terms)).toBeGreaterThan(0.8);
    const diversity = compiled({ terms: [{ property: 'diversity', from: 0 }] });
    expect(diversity.score(aspirin, terms)).toBe(1);
    expect(diversity.score(aspirin, terms)).toBe(0);
    const again = compiled({ terms: [{ property: 'diversity', from: 0 }] });
    again.setState(diversity.getState());
    expect(again.score(aspirin, terms)).toBe(0);
  });

  test('alerts: those of QED, or one of your own', () => {
    const terms = new Float64Array(1);
    const nitro = 'O=[N+]([O-])c1ccccc1';
    expect(compiled({ terms: [{ property: 'alerts' }] }).score('CCO', terms)).toBe(1);
    expect(compiled({ terms: [{ property: 'alerts' }] }).score(nitro, terms)).toBe(0);
    expect(compiled({ terms: [{ property: 'alerts', smarts: ['[OX2H]'] }] }).score(nitro, terms)).toBe(1);
    expect(compiled({ terms: [{ property: 'alerts', smarts: ['[OX2H]'] }] }).score('CCO', terms)).toBe(0);
  });

  test.each<[string, ScoreInput['terms'], RegExp]>([
    [
      'a target that is none',
      [{ property: 'similarity', target: 'C1C' }],
      /target of the similarity is no molecule: 'C1C'/,
    ],
    ['an alert that is none', [{ property: 'alerts', smarts: ['[['] }], /alert '\[\[' is no SMARTS/],
    ['two terms of one name', [{ property: 'qed' }, { property: 'qed' }], /Two terms of the score are called 'qed'/],
  ])('%s is refused', (_, terms, message) => {
    expect(() => compiled({ terms })).toThrow(message);
  });
});

test('what is handed over is deleted, even when the work throws', () => {
  const left: string[] = [];
  const thing = (name: string) => ({ delete: () => left.push(name) });
  expect(() =>
    withMolecules((own) => {
      own(thing('first'));
      own(thing('second'));
      throw new Error('midway');
    }),
  ).toThrow('midway');
  expect(left).toEqual(['second', 'first']);
});

test('fingerprints are those of RDKit', () => {
  const bits = withMolecules((own) => {
    const mol = own(rdkit().get_mol('CCO'))!;
    return Array.from(fingerprintOf(mol)).flatMap((word, i) =>
      Array.from({ length: 32 }, (_, bit) => ((word >>> bit) & 1 ? 32 * i + bit : -1)).filter((on) => on >= 0),
    );
  });
  // GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint in Python.
  expect(bits).toEqual([80, 222, 294, 807, 1057, 1410]);
});
