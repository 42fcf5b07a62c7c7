import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { depictionGrid } from '../../../envs/molecule/chemistry/depiction.ts';
import { diversityOf } from '../../../envs/molecule/chemistry/diversity.ts';
import {
  inchiKey,
  type MoleculeRow,
  moleculesCsv,
  moleculesSdf,
  moleculesSmi,
} from '../../../envs/molecule/chemistry/files.ts';
import { scaffoldOf } from '../../../envs/molecule/chemistry/scaffold.ts';
import { loadRdkit } from '../../../envs/molecule/rdkit.ts';
import { fingerprintOf, tanimoto } from '../../../envs/molecule/scores/fingerprints.ts';
import { withMolecule } from '../../../envs/molecule/scores/molecule.ts';

beforeAll(loadRdkit);

const drugs: { smiles: string; scaffold: string }[] = JSON.parse(
  readFileSync(new URL('./fixtures/drugs.json', import.meta.url), 'utf8'),
);

test.each(drugs.map(({ smiles, scaffold }) => [smiles, scaffold]))(
  'the scaffold of %s is that of RDKit in Python',
  (smiles, scaffold) => {
    // Read again, for either may have its own idea of where a hydrogen of a tautomer sits.
    const canonical = (text: string) => withMolecule(text, (molecule) => molecule.smiles) ?? '';
    expect(canonical(withMolecule(smiles, ({ mol }) => scaffoldOf(mol))!)).toBe(canonical(scaffold));
  },
);

test('internal diversity is 1 less the mean similarity of all pairs; scaffolds count once', () => {
  const three = ['c1ccccc1C', 'c1ccccc1CC', 'c1ccncc1'];
  const [a, b, c] = three.map((smiles) => withMolecule(smiles, ({ mol }) => fingerprintOf(mol))!);
  const { internal, scaffolds } = diversityOf(three);
  expect(internal).toBeCloseTo(1 - (tanimoto(a, b) + tanimoto(a, c) + tanimoto(b, c)) / 3, 12);
  expect(scaffolds).toBe(2);
});

describe('files', () => {
  const rows: MoleculeRow[] = [
    { smiles: 'CC(=O)Nc1ccc(O)cc1', properties: { score: 0.5, name: 'paracetamol, "acetaminophen"' } },
    { smiles: 'no molecule', properties: { score: 0 } },
  ];

  test('CSV with InChIKey', () => {
    expect(inchiKey('CC(=O)Nc1ccc(O)cc1')).toBe('RZVAJINKPMORJF-UHFFFAOYSA-N');
    expect(moleculesCsv(rows)).toBe(
      'smiles,inchikey,score,name\n' +
        'CC(=O)Nc1ccc(O)cc1,RZVAJINKPMORJF-UHFFFAOYSA-N,0.5,"paracetamol, ""acetaminophen"""\n' +
        'no molecule,,0,\n',
    );
    expect(moleculesSmi(rows)).toBe('CC(=O)Nc1ccc(O)cc1\nno molecule\n');
  });

  test('an SD file can be read back, and leaves out what is no molecule', () => {
    const sdf = moleculesSdf(rows);
    expect(sdf.split('$$$$\n')).toHaveLength(2);
    expect(sdf).toContain('>  <score>\n0.5\n\n');
    expect(withMolecule(sdf.slice(0, sdf.indexOf('>  <')), ({ smiles }) => smiles)).toBe('CC(=O)Nc1ccc(O)cc1');
  });
});

test('a depiction grid has a place for every molecule, and its legend', () => {
  const svg = depictionGrid('Best', [
    { smiles: 'CCO', legend: '0.9 <ethanol>' },
    { smiles: 'c1ccccc1', legend: 'benzene' },
    { smiles: 'no molecule', legend: 'nothing' },
  ]);
  expect(svg.match(/<g transform/g)).toHaveLength(3);
  expect(svg).toContain('0.9 &lt;ethanol&gt;');
  expect(svg).not.toContain('<?xml');
  // Benzene: six bonds, three of which are drawn twice.
  expect(svg.split('<g transform')[2].match(/<path/g)!.length).toBeGreaterThanOrEqual(6);
});
