import type { Library } from './library/library.ts';
import { fingerprintOf } from './scores/fingerprints.ts';
import { type Descriptors, withMolecule } from './scores/molecule.ts';
import type { SearchSpace, SlotFeatures } from './search/search.ts';

const descriptorNames: readonly (keyof Descriptors)[] = [
  'amw',
  'CrippenClogP',
  'tpsa',
  'NumHBD',
  'NumHBA',
  'NumRotatableBonds',
  'NumRings',
  'NumAromaticRings',
  'FractionCSP3',
];
/** Words of a fingerprint are laid over each other until so many are left: 64 bits. */
const foldedWords = 2;

/** The library as searches see it: sizes of the slots, and of each reagent nine descriptors and a fingerprint folded to 64 bits. */
export function searchSpaceOf(library: Library): SearchSpace {
  return {
    slotSizes: library.slots.map(({ reagents }) => reagents.length),
    features: library.slots.map(({ reagents }): SlotFeatures => {
      const width = descriptorNames.length + 32 * foldedWords;
      const values = new Float64Array(reagents.length * width);
      reagents.forEach(({ smiles }, index) => {
        withMolecule(smiles, (molecule) => {
          const row = values.subarray(index * width, (index + 1) * width);
          row.set(descriptorNames.map((name) => molecule.descriptors[name]));
          fingerprintOf(molecule.mol).forEach((word, i) => {
            const from = descriptorNames.length + 32 * (i % foldedWords);
            for (let bit = 0; bit < 32; bit++) if ((word >>> bit) & 1) row[from + bit] = 1;
          });
        });
      });
      return { width, values };
    }),
  };
}
