import { type Mol, rdkit, withMolecules } from '../rdkit.ts';

interface JsonAtom {
  z?: number;
  impHs?: number;
}

interface JsonBond {
  bo?: number;
  atoms: [number, number];
}

interface JsonMolecule {
  atoms: JsonAtom[];
  bonds?: JsonBond[];
  extensions?: { atomRings?: number[][] }[];
}

/**
 * The scaffold of a molecule as canonical SMILES: its rings, what links them, and atoms doubly bonded to either; empty where
 * there is no ring. Without stereochemistry.
 *
 * @see Bemis and Murcko (1996), The properties of known drugs 1: molecular frameworks, Journal of Medicinal Chemistry 39
 */
export function scaffoldOf(mol: Mol): string {
  const document = JSON.parse(mol.get_json()) as { molecules: JsonMolecule[] };
  const [{ atoms, bonds = [], extensions }] = document.molecules;
  const inRing = new Set(extensions?.flatMap(({ atomRings }) => atomRings ?? []).flat());
  if (inRing.size === 0) return '';
  const kept = atoms.map(() => true);
  const degree = atoms.map(() => 0);
  for (const { atoms: ends } of bonds) for (const end of ends) degree[end]++;
  // Ends of chains fall off until none is left.
  for (let fallen = true; fallen; ) {
    fallen = false;
    for (const {
      atoms: [a, b],
    } of bonds) {
      for (const [end, other] of [
        [a, b],
        [b, a],
      ]) {
        if (!kept[a] || !kept[b] || degree[end] !== 1 || inRing.has(end)) continue;
        kept[end] = false;
        degree[other]--;
        fallen = true;
      }
    }
  }
  const framework = kept.slice();
  for (const {
    atoms: [a, b],
    bo = 1,
  } of bonds) {
    if (bo !== 2) continue;
    if (framework[a]) kept[b] = true;
    if (framework[b]) kept[a] = true;
  }
  return smilesOf(atoms, bonds, kept);
}

function smilesOf(atoms: readonly JsonAtom[], bonds: readonly JsonBond[], kept: readonly boolean[]): string {
  const places = new Map<number, number>();
  kept.forEach((keep, atom) => {
    if (keep) places.set(atom, places.size);
  });
  const parts = [...places.keys()].map((atom) => {
    // What falls off leaves hydrogens behind.
    const lost = bonds.filter(({ atoms: ends }) => ends.includes(atom) && !ends.every((end) => kept[end]));
    const { z = 6, impHs = 0 } = atoms[atom];
    return { ...atoms[atom], z, impHs: impHs + lost.reduce((sum, { bo = 1 }) => sum + bo, 0), stereo: 'unspecified' };
  });
  const json = {
    rdkitjson: { version: 12 },
    defaults: {
      atom: { z: 6, impHs: 0, chg: 0, nRad: 0, isotope: 0, stereo: 'unspecified' },
      bond: { bo: 1, stereo: 'unspecified' },
    },
    molecules: [
      {
        atoms: parts,
        bonds: bonds
          .filter(({ atoms: ends }) => ends.every((end) => kept[end]))
          .map(({ bo = 1, atoms: [a, b] }) => ({ bo, atoms: [places.get(a), places.get(b)] })),
      },
    ],
  };
  return withMolecules((own) => {
    const framework = own(rdkit().get_mol(JSON.stringify(json)));
    // Read once more as SMILES: aromaticity is found out then.
    return (framework && own(rdkit().get_mol(framework.get_smiles()))?.get_smiles()) ?? '';
  });
}
