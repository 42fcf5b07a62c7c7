import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Library, loadRdkit, openLibrary, searchSpaceOf } from '../../../envs/molecule/index.ts';
import { rdkit, withMolecules } from '../../../envs/molecule/rdkit.ts';
import type { SearchSpace } from '../../../envs/molecule/search/search.ts';

const descriptors = 9;
const bits = 64;

let library: Library;
let space: Required<SearchSpace>;
beforeAll(async () => {
  await loadRdkit();
  library = openLibrary('amides');
  space = searchSpaceOf(library) as Required<SearchSpace>;
});

const rowOf = (slot: number, smiles: string) => {
  const index = library.slots[slot].reagents.findIndex((reagent) => reagent.smiles === smiles);
  const { width, values } = space.features[slot];
  expect(index).toBeGreaterThanOrEqual(0);
  return Array.from(values.subarray(index * width, (index + 1) * width));
};

test('each reagent has a row in the order of its slot', () => {
  expect(space.slotSizes).toEqual([60, 73]);
  for (const [slot, { width, values }] of space.features.entries()) {
    expect([width, values.length]).toEqual([descriptors + bits, space.slotSizes[slot] * (descriptors + bits)]);
    expect(values.every(Number.isFinite)).toBe(true);
  }
});

describe('descriptors by hand', () => {
  test('benzoic acid', () => {
    const [weight, logP, tpsa, ...counts] = rowOf(0, 'O=C(O)c1ccccc1');
    // C7H6O2: 7 x 12.011 + 6 x 1.008 + 2 x 15.999.
    expect(weight).toBeCloseTo(122.123, 2);
    // Wildman and Crippen, as RDKit in Python has it.
    expect(logP).toBeCloseTo(1.3848, 4);
    // Ertl: =O 17.07, OH 20.23.
    expect(tpsa).toBeCloseTo(37.3, 10);
    // Donors, acceptors, rotatable bonds, rings, aromatic rings, share of sp3 carbons.
    expect(counts.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 0]);
  });

  test('aniline', () => {
    const [weight, , tpsa, ...counts] = rowOf(1, 'Nc1ccccc1');
    // C6H7N: 6 x 12.011 + 7 x 1.008 + 14.007.
    expect(weight).toBeCloseTo(93.129, 2);
    expect(tpsa).toBeCloseTo(26.02, 10);
    expect(counts.slice(0, 6)).toEqual([1, 1, 0, 1, 1, 0]);
  });
});

test('bits are those of a Morgan fingerprint hashed to 64 from the start', () => {
  // 64 divides 2048: what is left of a hash is the same whether it is taken at once or in two steps.
  for (const [slot, { reagents }] of library.slots.entries()) {
    for (const { smiles } of reagents) {
      const bytes = withMolecules((own) =>
        own(rdkit().get_mol(smiles))!
          .get_morgan_fp_as_uint8array(JSON.stringify({ radius: 2, nBits: bits }))
          .slice(),
      );
      const expected = Array.from({ length: bits }, (_, bit) => (bytes[bit >> 3] >> (bit & 7)) & 1);
      expect(rowOf(slot, smiles).slice(descriptors)).toEqual(expected);
    }
  }
});
