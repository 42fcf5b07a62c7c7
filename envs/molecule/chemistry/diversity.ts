import { type Fingerprint, tanimoto } from '../scores/fingerprints.ts';
import { withMolecule } from '../scores/molecule.ts';
import { scaffoldOf } from './scaffold.ts';

export interface Diversity {
  /** 1 less the mean Tanimoto similarity of all pairs (ECFP4); NaN for fewer than two. */
  internal: number;
  /** Number of different scaffolds. */
  scaffolds: number;
}

/** How much molecules differ from each other. Time grows with the square of their number. */
export function diversityOf(smiles: readonly string[]): Diversity {
  const fingerprints: Fingerprint[] = [];
  const scaffolds = new Set<string>();
  for (const one of smiles) {
    withMolecule(one, ({ mol, fingerprint }) => {
      fingerprints.push(fingerprint);
      scaffolds.add(scaffoldOf(mol));
    });
  }
  let sum = 0;
  for (let i = 0; i < fingerprints.length; i++) {
    for (let j = 0; j < i; j++) sum += tanimoto(fingerprints[i], fingerprints[j]);
  }
  const pairs = (fingerprints.length * (fingerprints.length - 1)) / 2;
  return { internal: 1 - sum / pairs, scaffolds: scaffolds.size };
}
