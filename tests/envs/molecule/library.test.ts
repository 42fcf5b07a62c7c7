import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  describeLeftOut,
  loadRdkit,
  MoleculeLibraryEnv,
  openLibrary,
  searchSpaceOf,
} from '../../../envs/molecule/index.ts';

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

const amide = "'[C:1](=[O:2])[OX2H].[NX3;H2,H1;!$(NC=O):3]>>[C:1](=[O:2])[N:3]'";

describe('a library of a reaction', () => {
  test('makes the products a chemist would write', () => {
    const library = openLibrary(
      file(
        'reaction.yaml',
        `name: r\nreaction: ${amide}\nslots:\n  - { name: acid, reagents: [CC(=O)O acetic, OC(=O)c1ccccc1] }\n  - { name: amine, reagents: [CN, C1CCNCC1] }\n`,
      ),
    );
    const products = [0, 1].flatMap((acid) => [0, 1].map((amine) => library.product([acid, amine])));
    // N-methylacetamide, N-acetylpiperidine, N-methylbenzamide, N-benzoylpiperidine.
    expect(products).toEqual(['CNC(C)=O', 'CC(=O)N1CCCCC1', 'CNC(=O)c1ccccc1', 'O=C(c1ccccc1)N1CCCCC1']);
    expect(library.size).toBe(4);
    expect(library.namesOf([0, 1])).toEqual(['acetic', 'C1CCNCC1']);
  });

  test('where a reagent reacts in two places, the first product of the alphabet counts, however it is written', () => {
    // 4-(aminomethyl)piperidine: at the ring or at the end.
    const [one, other] = ['NCC1CCNCC1', 'C1NCCC(CN)C1'].map((diamine, i) =>
      openLibrary(
        file(
          `twice-${i}.yaml`,
          `name: t\nreaction: ${amide}\nslots:\n  - { name: acid, reagents: [CC(=O)O] }\n  - { name: amine, reagents: ['${diamine}'] }\n`,
        ),
      ).product([0, 0]),
    );
    expect(one).toBe(other);
    expect(['CC(=O)N1CCC(CN)CC1', 'CC(=O)NCC1CCNCC1'].toSorted()[0]).toBe(one);
  });

  test('reagents that cannot be used are told, with their reasons; those that do not react keep their place', () => {
    file('acids.smi', '# comment\nCC(=O)O acetic acid\nCCO ethanol\nOC(C)=O again\nC1CC broken\nCCC(=O)O\n');
    file('amines.csv', 'name,smiles\nmethyl,CN\nethyl,CCN\n');
    const library = openLibrary(
      file(
        'odd.yaml',
        `name: o\nreaction: ${amide}\nslots:\n  - { name: acid, file: acids.smi }\n  - { name: amine, file: amines.csv }\n`,
      ),
    );
    expect(library.leftOut).toEqual([
      { slot: 'acid', reason: 'unparsable', reagents: ['C1CC'] },
      { slot: 'acid', reason: 'double', reagents: ['OC(C)=O'] },
      { slot: 'acid', reason: 'unreactive', reagents: ['CCO'] },
    ]);
    expect(describeLeftOut(library.leftOut)[2]).toBe("Slot 'acid': left out 1 (cannot react): CCO.");
    expect(library.slots[0].reagents.map(({ name }) => name)).toEqual(['acetic acid', 'ethanol', 'CCC(=O)O']);
    expect(Array.from(library.slots[0].allowed)).toEqual([1, 0, 1]);
    expect([library.size, library.product([1, 0]), library.product([2, 1])]).toEqual([4, undefined, 'CCNC(=O)CC']);
    expect(library.slots[1].reagents[1].name).toBe('ethyl');
  });
});

test('a library of a scaffold closes its open places', () => {
  const library = openLibrary(
    file(
      'scaffold.yaml',
      "name: s\nscaffold: 'O=C([*:1])N[*:2]'\nslots:\n  - { name: a, reagents: ['*C', '[*:1]c1ccccc1', 'CC'] }\n  - { name: b, reagents: ['*CC', 'C1CC1*'] }\n",
    ),
  );
  // Without an open place a group is no group.
  expect(library.leftOut).toEqual([{ slot: 'a', reason: 'unreactive', reagents: ['CC'] }]);
  expect([library.product([0, 0]), library.product([1, 1])]).toEqual(['CCNC(C)=O', 'O=C(NC1CC1)c1ccccc1']);
});

test('the libraries that ship: sizes, and nothing is left out', () => {
  for (const [name, size] of [
    ['amides', 4380],
    ['acylated-amino-amides', 11_744_824],
  ] as const) {
    const library = openLibrary(name);
    expect([library.size, library.leftOut]).toEqual([size, []]);
  }
  // Acetyl-L-alanine methylamide: stereochemistry stays.
  const library = openLibrary('acylated-amino-amides');
  const at = (slot: number, smiles: string) => library.slots[slot].reagents.findIndex((one) => one.smiles === smiles);
  const choice = [at(0, 'CC(=O)O'), at(1, 'C[C@H](N)C(=O)O'), at(2, 'CN')];
  expect(choice.every((index) => index >= 0)).toBe(true);
  expect(library.product(choice)).toBe('CNC(=O)[C@H](C)NC(C)=O');
});

const slots = 'slots:\n  - { name: acid, reagents: [CC(=O)O] }\n  - { name: amine, reagents: [CN] }\n';

test.each([
  ['no library', () => 'nowhere.yaml', /no library 'nowhere.yaml'.*amides, acylated-amino-amides/],
  ['a folder', () => folder, /There is no library .*expected the path of a YAML file/],
  ['no mapping', () => file('list.yaml', '- 1\n'), /expected a mapping/],
  ['an unknown key', () => file('key.yaml', `name: x\nreacton: a\n${slots}`), /'reacton'.*Did you mean 'reaction'/],
  ['neither way to make products', () => file('none.yaml', `name: x\n${slots}`), /either a reaction or a scaffold/],
  [
    'one template for two slots',
    () => file('one.yaml', `name: x\nreaction: '[C:1]>>[C:1]'\n${slots}`),
    /1 templates.*2 slots/,
  ],
  [
    'a scaffold with one place for two',
    () => file('place.yaml', `name: x\nscaffold: 'C[*:1]'\n${slots}`),
    /open places \[\*:1\], \[\*:2\]/,
  ],
  [
    'slots in the wrong order',
    () =>
      file(
        'order.yaml',
        `name: x\nreaction: ${amide}\nslots:\n  - { name: amine, reagents: [CN] }\n  - { name: acid, reagents: [CC(=O)O] }\n`,
      ),
    /none of the 1 reagents of slot 'amine' can react/,
  ],
  [
    'a file of reagents there is not',
    () => file('gone.yaml', 'name: x\nscaffold: C[*:1]\nslots:\n  - { name: a, file: gone.smi }\n'),
    /no file .*gone.smi/,
  ],
])('%s is refused', (_, path, message) => {
  expect(() => openLibrary(path())).toThrow(message);
});

test('features: nine descriptors and 64 bits a reagent', () => {
  const library = openLibrary(file('features.yaml', `name: x\nreaction: ${amide}\n${slots}`));
  const { slotSizes, features } = searchSpaceOf(library);
  expect(slotSizes).toEqual([1, 1]);
  const [{ width, values }] = features!;
  expect(width).toBe(73);
  // Acetic acid: 60.05 g/mol, TPSA 37.3, one donor and acceptor; then bits.
  expect([values[0].toFixed(2), values[2].toFixed(1), values[3], values[4]]).toEqual(['60.05', '37.3', 1, 1]);
  expect(values.slice(9).every((bit) => bit === 0 || bit === 1)).toBe(true);
});

describe('the environment', () => {
  const score = {
    terms: [
      { property: 'qed' as const },
      { property: 'logP' as const, transform: { kind: 'gaussian' as const, mu: 2, sigma: 1 } },
    ],
  };

  test('a step makes a product and pays its score; a batch is an episode', () => {
    const env = new MoleculeLibraryEnv({ library: 'amides', score, batch: 2 });
    const observation = new Float32Array(1);
    env.reset(0, observation);
    expect(observation[0]).toBe(0);
    const choice = Float32Array.of(3, 5);
    env.step(choice, observation);
    const { score: expected, terms } = env.scored.evaluate(choice);
    expect(env.reward).toBe(expected);
    expect(env.signalNames).toEqual(['score', 'valid', 'qed', 'logP']);
    expect(Array.from(env.signals)).toEqual([expected, 1, ...terms]);
    expect(expected).toBeCloseTo(Math.sqrt(terms[0] * terms[1]), 12);
    expect([env.terminated, observation[0]]).toEqual([false, 0.5]);
    env.step(choice, observation);
    expect([env.terminated, observation[0]]).toEqual([true, 1]);
  });

  test('reagents that do not react are masked, and pay nothing', () => {
    const library = file(
      'masked.yaml',
      `name: m\nreaction: ${amide}\nslots:\n  - { name: acid, reagents: [CC(=O)O, CCO] }\n  - { name: amine, reagents: [CN] }\n`,
    );
    const env = new MoleculeLibraryEnv({ library });
    expect(Array.from(env.actionMask)).toEqual([1, 0, 1]);
    const observation = new Float32Array(1);
    env.reset(0, observation);
    env.step(Float32Array.of(1, 0), observation);
    expect([env.reward, Array.from(env.signals)]).toEqual([0, [0, 0, 0]]);
  });

  test('what a score remembers is saved: it goes on to the same bytes', () => {
    const options = {
      library: 'amides',
      score: { terms: [{ property: 'diversity' as const, from: 0, transform: { kind: 'linear' as const } }] },
    };
    const [one, other] = [new MoleculeLibraryEnv(options), new MoleculeLibraryEnv(options)];
    const observation = new Float32Array(1);
    const play = (env: MoleculeLibraryEnv, from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => {
        env.reset(undefined, observation);
        env.step(Float32Array.of((from + i) % 60, (7 * (from + i)) % 73), observation);
        return env.reward;
      });
    play(one, 0, 20);
    other.setState(JSON.parse(JSON.stringify(one.getState())));
    const [expected, found] = [play(one, 20, 40), play(other, 20, 40)];
    expect(found).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(1);
  });

  test.each([
    ['an unknown option', { libary: 'amides' }, /Unknown MoleculeLibrary option 'libary'. Did you mean 'library'/],
    ['a score without terms', { score: { terms: [] } }, /'score.terms' does not fit/],
    [
      'a term named as a signal',
      { score: { terms: [{ property: 'qed', name: 'valid' }] } },
      /called 'valid', as a signal/,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => new MoleculeLibraryEnv(options as object)).toThrow(message);
  });
});
