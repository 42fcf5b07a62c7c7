import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadRdkit, openLibrary } from '../../../envs/molecule/index.ts';
import { UserError } from '../../../src/core/errors.ts';

let folder: string;
beforeAll(async () => {
  await loadRdkit();
  folder = mkdtempSync(join(tmpdir(), 'upslope-library-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const library = (name: string, maker: string, ...slots: string[]) =>
  file(`${name}.yaml`, `name: ${name}\n${maker}\nslots:\n${slots.map((slot) => `  - { ${slot} }\n`).join('')}`);

const amide = "reaction: '[C:1](=[O:2])[OX2H].[NX3;H2,H1;!$(NC=O):3]>>[C:1](=[O:2])[N:3]'";
const alkyl = "scaffold: 'C[*:1]'";

/** The message, of an error for people. */
function refusal(path: string): string {
  try {
    openLibrary(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error(`${path} was not refused.`);
}

describe('a library is refused', () => {
  test.each<[string, () => string, RegExp]>([
    ['that is no YAML', () => file('no.yaml', 'name: ['), /no\.yaml is not YAML: .*line 1/s],
    ['that is empty', () => file('empty.yaml', ''), /expected a mapping with name, reaction or scaffold, and slots/],
    [
      'without a name',
      () => file('nameless.yaml', `${alkyl}\nslots: [{ name: a, reagents: ['*C'] }]`),
      /'name' does not/,
    ],
    [
      'with a reaction and a scaffold',
      () => library('both', `${amide}\n${alkyl}`, 'name: a, reagents: [C]'),
      /either a reaction or a scaffold, and not both/,
    ],
    ['without slots', () => file('slots.yaml', `name: x\n${alkyl}\nslots: []\n`), /'slots' does not fit/],
    [
      'whose slot has an unknown key',
      () => library('slot', alkyl, "name: a, regents: ['*C']"),
      /'slots\.0' does not fit: .*regents/,
    ],
    [
      'whose slot has reagents and a file',
      () => library('two', alkyl, "name: a, reagents: ['*C'], file: a.smi"),
      /slot 'a' needs either reagents or a file, and not both/,
    ],
    ['whose slot has neither', () => library('nothing', alkyl, 'name: a'), /slot 'a' needs either reagents or a file/],
    [
      'with a blank for a reagent',
      () => library('blank', alkyl, "name: a, reagents: [' ']"),
      /'slots\.0\.reagents\.0'/,
    ],
    [
      'with a reaction that is none',
      () => library('arrow', "reaction: '[C:1].[N:2]'", 'name: a, reagents: [C]', 'name: b, reagents: [N]'),
      /'\[C:1\]\.\[N:2\]' is no reaction SMARTS/,
    ],
    [
      'with more templates than slots',
      () => library('templates', amide, 'name: a, reagents: [CC(=O)O]'),
      /2 templates \(\[C:1\]\(=\[O:2\]\)\[OX2H\] and \[NX3;H2,H1;!\$\(NC=O\):3\]\), but there are 1 slots/,
    ],
    [
      'with a scaffold that is none',
      () => library('torn', "scaffold: 'C1([*:1])'", "name: a, reagents: ['*C']"),
      /the scaffold 'C1\(\[\*:1\]\)' is no SMILES/,
    ],
    [
      'with one place twice',
      () => library('again', "scaffold: '[*:1]C[*:1]'", "name: a, reagents: ['*C']"),
      /the open places \[\*:1\], each once/,
    ],
    [
      'with a place nobody fills',
      () => library('left', "scaffold: '[*:1]C[*:2]'", "name: a, reagents: ['*C']"),
      /the open places \[\*:1\], each once/,
    ],
    [
      'with a place in a ring',
      () => library('ring', "scaffold: 'C1CC[*:1]1'", "name: a, reagents: ['*C']"),
      /each once and at one single bond/,
    ],
    [
      'with a place at a double bond',
      () => library('double', "scaffold: 'CC=[*:1]'", "name: a, reagents: ['*C']"),
      /each once and at one single bond/,
    ],
    [
      'where no reagent is a molecule',
      () => library('unread', alkyl, "name: group, reagents: ['*C1CC']"),
      /none of the 0 reagents of slot 'group' can react/,
    ],
    [
      'where no group is open',
      () => library('closed', alkyl, 'name: group, reagents: [CC, CCC]'),
      /none of the 2 reagents of slot 'group' can react, such as CC\./,
    ],
  ])('%s', (_, path, message) => {
    expect(refusal(path())).toMatch(message);
  });
});

describe('files of reagents', () => {
  const from = (name: string, text: string, more = '') => {
    file(name, text);
    return library('of-a-file', alkyl, `name: group, file: ${name}${more}`);
  };

  test('CSV: columns in any order and case, quoted cells, a name where there is one', () => {
    const { slots, leftOut } = openLibrary(
      from('groups.csv', 'id,"SMILES",Name\r\n1,*C,"methyl, plain"\r\n2,"*CC",\r\n3,,nothing\r\n\r\n'),
    );
    expect(slots[0].reagents).toEqual([
      { smiles: '*C', name: 'methyl, plain' },
      { smiles: '*CC', name: '*CC' },
    ]);
    expect(leftOut).toEqual([{ slot: 'group', reason: 'unparsable', reagents: [''] }]);
  });

  test('lines: a mark of the byte order, comments and empty lines are none of it; names may have blanks', () => {
    const { slots, leftOut } = openLibrary(from('groups.smi', '\uFEFF*C\n\n# comment\n  *CC\t ethyl, of two  \r\n'));
    expect(slots[0].reagents).toEqual([
      { smiles: '*C', name: '*C' },
      { smiles: '*CC', name: 'ethyl, of two' },
    ]);
    expect(leftOut).toEqual([]);
  });

  test('every third is the first, the fourth and so on, counted before anything is left out', () => {
    const { slots } = openLibrary(from('third.smi', '*C\n*CC\n*CCC\n*F\nC1CC\n*Cl\n*Br\n', ', every: 3'));
    expect(slots[0].reagents.map(({ smiles }) => smiles)).toEqual(['*C', '*F', '*Br']);
  });

  test('may lie elsewhere', () => {
    const path = file('elsewhere.smi', '*O\n');
    // C[*:1] and hydroxyl: methanol.
    expect(openLibrary(library('absolute', alkyl, `name: group, file: '${path}'`)).product([0])).toBe('CO');
  });

  test.each<[string, string, string, RegExp]>([
    [
      'without a line',
      'comments.smi',
      '# nothing\n\n',
      /comments\.smi is empty\. Expected reagents, one SMILES a line/,
    ],
    ['without a column of SMILES', 'columns.csv', 'id,name\n1,x\n', /expected a column 'smiles', but found id, name/],
    ['with semicolons', 'semicolons.csv', 'smiles;name\n*C;x\n', /separated by commas, but found semicolons/],
    ['empty, of CSV', 'none.csv', '', /none\.csv is empty\. Expected a header with smiles and name/],
  ])('%s are refused', (_, name, text, message) => {
    expect(refusal(from(name, text))).toMatch(message);
  });
});

describe('groups of a scaffold', () => {
  const amides = (...groups: string[]) =>
    openLibrary(library('groups', "scaffold: 'CNC(=O)[*:1]'", `name: a, reagents: [${groups.map((g) => `'${g}'`)}]`));

  test('the number and the label of the open place do not matter', () => {
    const made = amides('[1*]C', 'c1ccc([*:7])cc1', '[*]F', '[*:1]C', '*c1ccccc1');
    // N-methylacetamide, N-methylbenzamide, and the carbamoyl fluoride.
    expect([0, 1, 2].map((group) => made.product([group]))).toEqual(['CNC(C)=O', 'CNC(=O)c1ccccc1', 'CNC(=O)F']);
    expect(made.leftOut).toEqual([{ slot: 'a', reason: 'double', reagents: ['[*:1]C', '*c1ccccc1'] }]);
  });

  test('keep their stereochemistry, however they are written', () => {
    const made = amides('*[C@H](F)Cl', '*[C@@H](F)Cl', 'F[C@H](*)Cl');
    // What the place becomes stands where the place stood.
    expect([0, 1].map((group) => made.product([group]))).toEqual(['CNC(=O)[C@H](F)Cl', 'CNC(=O)[C@@H](F)Cl']);
    // Seen from fluorine, the place and fluorine have swapped: the second.
    expect(made.leftOut).toEqual([{ slot: 'a', reason: 'double', reagents: ['F[C@H](*)Cl'] }]);
  });

  test('without an open place at a single bond, or with several, cannot react', () => {
    const { leftOut, slots, size } = amides('*C', '*=C', '*C*', 'C1CC*1', '*', '*CC');
    expect(leftOut).toEqual([{ slot: 'a', reason: 'unreactive', reagents: ['*=C', '*C*', '*1CCC1', '*'] }]);
    expect([Array.from(slots[0].allowed), size]).toEqual([[1, 0, 0, 0, 0, 1], 2]);
  });

  test('a place takes the slot of its number, not of its order', () => {
    const made = openLibrary(
      library(
        'order',
        "scaffold: '[*:2]c1ccc([*:1])nc1'",
        "name: beside nitrogen, reagents: ['*O', '*F']",
        "name: across, reagents: ['*C']",
      ),
    );
    // 5-methylpyridin-2-ol and 2-fluoro-5-methylpyridine.
    expect([made.product([0, 0]), made.product([1, 0])]).toEqual(['Cc1ccc(O)nc1', 'Cc1ccc(F)nc1']);
  });

  test('a scaffold may be nothing but its places', () => {
    const made = openLibrary(
      library('bare', "scaffold: '[*:1][*:2]'", "name: a, reagents: ['*C']", "name: b, reagents: ['*F']"),
    );
    expect(made.product([0, 0])).toBe('CF');
  });
});

describe('reactions', () => {
  test('may name their agents', () => {
    const made = openLibrary(
      library(
        'agent',
        "reaction: '[C:1](=[O:2])[OX2H].[N;H2:3]>[Pd]>[C:1](=[O:2])[N:3]'",
        'name: a, reagents: [CC(=O)O]',
        'name: b, reagents: [CN]',
      ),
    );
    expect(made.product([0, 0])).toBe('CNC(C)=O');
  });

  test('of four products of two reagents that react twice each, the first of the alphabet', () => {
    const products = [
      ['OC(=O)CC(F)C(=O)O', 'NCC(C)N'],
      ['O=C(O)C(F)CC(O)=O', 'CC(N)CN'],
    ].map(([acid, amine], i) =>
      openLibrary(
        library(`twice-${i}`, amide, `name: a, reagents: ['${acid}']`, `name: b, reagents: ['${amine}']`),
      ).product([0, 0]),
    );
    // At the amine's inner nitrogen, CC(CN)N, before its end, CC(N)CN; at the acid's carbonyl beside CF, C(F) before CC(F).
    expect(products).toEqual(Array(2).fill('CC(CN)NC(=O)C(F)CC(=O)O'));
  });

  test('a product whose valences are impossible is none', () => {
    const made = openLibrary(
      library(
        'valence',
        "reaction: '[C:1](=[O:2])[OX2H].[N:3]>>[C:1](=[O:2])[N:3]'",
        'name: a, reagents: [CC(=O)O]',
        "name: b, reagents: ['CN(C)C', CN]",
      ),
    );
    // A fourth bond to the nitrogen of trimethylamine, without a charge.
    expect([made.product([0, 0]), made.product([0, 1]), made.size]).toEqual([undefined, 'CNC(C)=O', 2]);
  });
});
