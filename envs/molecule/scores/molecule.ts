import { type Mol, rdkit, withMolecules } from '../rdkit.ts';
import { type Fingerprint, fingerprintOf } from './fingerprints.ts';

/** Names as RDKit has them. */
export interface Descriptors {
  amw: number;
  CrippenClogP: number;
  tpsa: number;
  NumHBD: number;
  NumHBA: number;
  NumRotatableBonds: number;
  NumRings: number;
  NumAromaticRings: number;
  NumHeavyAtoms: number;
  FractionCSP3: number;
}

/** A molecule whose properties are found out once each, when they are first asked for. */
export class Molecule {
  readonly smiles: string;
  readonly mol: Mol;
  #descriptors: Descriptors | undefined;
  #fingerprint: Fingerprint | undefined;

  constructor(mol: Mol) {
    this.mol = mol;
    this.smiles = mol.get_smiles();
  }

  get descriptors(): Descriptors {
    this.#descriptors ??= JSON.parse(this.mol.get_descriptors()) as Descriptors;
    return this.#descriptors;
  }

  get fingerprint(): Fingerprint {
    this.#fingerprint ??= fingerprintOf(this.mol);
    return this.#fingerprint;
  }
}

/** Looks at a molecule while it lasts. @returns `undefined` for what is no molecule */
export function withMolecule<T>(smiles: string, look: (molecule: Molecule) => T): T | undefined {
  return withMolecules((own) => {
    const mol = smiles === '' ? null : own(rdkit().get_mol(smiles));
    return mol === null ? undefined : look(new Molecule(mol));
  });
}
