import { readFileSync } from 'node:fs';
import { packagePath } from '../../../src/core/package-path.ts';
import { type Mol, rdkit } from '../rdkit.ts';
import type { Molecule } from './molecule.ts';

/** A, B, C, D, E, F, maximum and weight of the desirability of each property: table 1 and the mean weights of the paper. */
const desirabilities = {
  weight: [2.817065973, 392.5754953, 290.7489764, 2.419764353, 49.22325677, 65.37051707, 104.9805561, 0.66],
  logP: [3.172690585, 137.8624751, 2.534937431, 4.581497897, 0.822739154, 0.576295591, 131.3186604, 0.46],
  acceptors: [2.948620388, 160.4605972, 3.615294657, 4.435986202, 0.290141953, 1.300669958, 148.7763046, 0.05],
  donors: [1.618662227, 1010.051101, 0.985094388, 0.000000001, 0.713820843, 0.920922555, 258.1632616, 0.61],
  tpsa: [1.876861559, 125.2232657, 62.90773554, 87.83366614, 12.01999824, 28.51324732, 104.5686167, 0.06],
  rotatableBonds: [0.01, 272.4121427, 2.55837997, 1.565547684, 1.271567166, 2.758063707, 105.4420403, 0.65],
  aromaticRings: [3.21778897, 957.7374108, 2.274627939, 0.000000001, 1.317690384, 0.375760881, 312.337261, 0.48],
  alerts: [0.01, 1199.094025, -0.09002883, 0.000000001, 0.185904477, 0.875193782, 417.725314, 0.95],
} as const;

/** What QED looks at. */
export type QedProperties = Record<keyof typeof desirabilities, number>;

/**
 * Quantitative estimate of drug-likeness, 0 to 1: the weighted geometric mean of eight desirabilities
 * d(x) = (A + B / (1 + e^(-(x - C + D/2) / E)) (1 - 1 / (1 + e^(-(x - C - D/2) / F)))) / max. The same as RDKit's `qed`.
 *
 * @see Bickerton et al. (2012), Quantifying the chemical beauty of drugs, Nature Chemistry 4, equation 1 and table 1
 */
export function qed(molecule: Molecule): number {
  const properties = qedProperties(molecule);
  let logarithms = 0;
  let weights = 0;
  for (const [name, [a, b, c, d, e, f, most, weight]] of Object.entries(desirabilities)) {
    const x = properties[name as keyof QedProperties];
    const rising = 1 + Math.exp(-(x - c + d / 2) / e);
    const falling = 1 + Math.exp(-(x - c - d / 2) / f);
    logarithms += weight * Math.log((a + (b / rising) * (1 - 1 / falling)) / most);
    weights += weight;
  }
  return Math.exp(logarithms / weights);
}

export function qedProperties(molecule: Molecule): QedProperties {
  const { descriptors, mol } = molecule;
  const { acceptors } = patterns();
  return {
    weight: descriptors.amw,
    logP: descriptors.CrippenClogP,
    acceptors: acceptors.reduce((sum, pattern) => sum + matches(mol, pattern).length, 0),
    donors: descriptors.NumHBD,
    tpsa: descriptors.tpsa,
    rotatableBonds: descriptors.NumRotatableBonds,
    aromaticRings: descriptors.NumRings === 0 ? 0 : ringsLeft(mol),
    alerts: alertsOf(mol),
  };
}

/** How many of the structural alerts a molecule has. @see Brenk et al. (2008), ChemMedChem 3 */
export function alertsOf(mol: Mol): number {
  return patterns().alerts.reduce((sum, pattern) => sum + (mol.get_substruct_match(pattern) === '{}' ? 0 : 1), 0);
}

interface Patterns {
  acceptors: readonly Mol[];
  alerts: readonly Mol[];
  aliphaticRing: Mol;
}

let compiled: Patterns | undefined;

/** Compiled once in a process, and kept. */
function patterns(): Patterns {
  if (compiled) return compiled;
  const path = packagePath('envs', 'molecule', 'data', 'qed.json');
  const { acceptors, alerts } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string[]>;
  const query = (smarts: string) => rdkit().get_qmol(smarts)!;
  compiled = {
    acceptors: acceptors.map(query),
    alerts: alerts.map(query),
    aliphaticRing: query('[$([A;R][!a])]'),
  };
  return compiled;
}

function matches(mol: Mol, pattern: Mol): { atoms: number[] }[] {
  const found: unknown = JSON.parse(mol.get_substruct_matches(pattern));
  return Array.isArray(found) ? found : [];
}

/** Rings that are left without the atoms of aliphatic rings that have a neighbour outside aromatic ones: edges - vertices + parts. */
function ringsLeft(mol: Mol): number {
  const gone = new Set(matches(mol, patterns().aliphaticRing).flatMap(({ atoms }) => atoms));
  const [{ bonds = [], atoms }] = (
    JSON.parse(mol.get_json()) as { molecules: [{ atoms: unknown[]; bonds?: { atoms: [number, number] }[] }] }
  ).molecules;
  const parent = atoms.map((_, atom) => atom);
  const root = (atom: number): number => {
    let at = atom;
    while (parent[at] !== at) at = parent[at];
    return at;
  };
  let rings = 0;
  for (const {
    atoms: [from, to],
  } of bonds) {
    if (gone.has(from) || gone.has(to)) continue;
    const [a, b] = [root(from), root(to)];
    if (a === b) rings++;
    else parent[a] = b;
  }
  return rings;
}
