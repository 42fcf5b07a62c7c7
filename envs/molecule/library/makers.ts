import { UserError } from '../../../src/core/errors.ts';
import { type Mol, type Own, rdkit, withMolecules } from '../rdkit.ts';
import type { Reagent } from './library-file.ts';

/** How products come about. */
export interface Maker {
  /** One byte a reagent of the slot, 1 = it can react. */
  reactive(slot: number): Uint8Array;
  /** Canonical SMILES. Objects it makes go to `own`. */
  make(choice: ArrayLike<number>, own: Own): string | undefined;
  dispose(): void;
}

type Slots = readonly { name: string; reagents: readonly Reagent[] }[];

/** Products of one match and more are asked for, so that the choice among them can be made by us. */
const mostProducts = 16;

/**
 * Makes products by a reaction. Where a reagent can react in several places the product with the first SMILES in the order of
 * the alphabet counts, so that the same choice always gives the same.
 *
 * @throws UserError for a SMARTS that is none, and another number of templates than of slots
 */
export function reactionMaker(smarts: string, slots: Slots, source: string): Maker {
  const chemistry = rdkit();
  const templates = templatesOf(smarts);
  if (templates.length !== slots.length) {
    throw new UserError(
      `${source}: the reaction has ${templates.length} templates (${templates.join(' and ')}), but there are ${slots.length} slots.`,
    );
  }
  const reaction = chemistry.get_rxn(smarts);
  if (reaction === null) throw new UserError(`${source}: '${smarts}' is no reaction SMARTS.`);
  const molecules = slots.map(({ reagents }) => reagents.map(({ smiles }) => chemistry.get_mol(smiles)!));
  return {
    reactive: (slot) =>
      withMolecules((own) => {
        const template = own(chemistry.get_qmol(templates[slot]));
        if (template === null) throw new UserError(`${source}: '${templates[slot]}' is no SMARTS.`);
        return Uint8Array.from(molecules[slot], (mol) => (mol.get_substruct_match(template) === '{}' ? 0 : 1));
      }),
    make(choice, own) {
      const reactants = own(new chemistry.MolList());
      for (let slot = 0; slot < molecules.length; slot++) reactants.append(molecules[slot][choice[slot]]);
      const outcomes = own(reaction.run_reactants(reactants, mostProducts));
      let first: string | undefined;
      for (let i = 0; i < outcomes.size(); i++) {
        const product = own(own(outcomes.get(i)).at(0));
        // What the reaction gives is not checked for valences: parsing it again does.
        const smiles = product && own(chemistry.get_mol(product.get_smiles()))?.get_smiles();
        if (smiles && (first === undefined || smiles < first)) first = smiles;
      }
      return first;
    },
    dispose() {
      reaction.delete();
      for (const mol of molecules.flat()) mol.delete();
    },
  };
}

/**
 * Makes products by closing the open places of a scaffold, [*:1], [*:2] and so on, with groups that have one open place.
 *
 * @throws UserError for a scaffold that is none, and other places than slots
 */
export function scaffoldMaker(smiles: string, slots: Slots, source: string): Maker {
  const chemistry = rdkit();
  const scaffold = chemistry.get_mol(smiles);
  if (scaffold === null) throw new UserError(`${source}: the scaffold '${smiles}' is no SMILES.`);
  const places = slots.map((_, slot) => `[*:${slot + 1}]`);
  const missing = places.find((place) => !smiles.includes(place));
  const open = openPlaces(scaffold);
  if (missing !== undefined || smiles.split('*').length - 1 !== slots.length || open !== slots.length) {
    scaffold.delete();
    throw new UserError(
      `${source}: expected a scaffold with the open places ${places.join(', ')}, each once and at one single bond, for its slots; got '${smiles}'.`,
    );
  }
  const groups = slots.map(({ reagents }, slot) => reagents.map((reagent) => openAt(reagent.smiles, places[slot])));
  return {
    reactive: (slot) => Uint8Array.from(groups[slot], (group) => (group === undefined ? 0 : 1)),
    make(choice, own) {
      const fragments = own(chemistry.get_mol(groups.map((of, slot) => of[choice[slot]]).join('.')));
      const product: Mol | null = fragments && own(chemistry.molzip(scaffold, fragments));
      return (product && own(chemistry.get_mol(product.get_smiles()))?.get_smiles()) ?? undefined;
    },
    dispose: () => scaffold.delete(),
  };
}

/** The same SMILES with open places that have neither number nor label: `[1*]C` and `[*:2]C` are one group, `*C`. */
export const unnumbered = (smiles: string): string => smiles.replace(/\[\d*\*(:\d+)?\]/g, '*');

/** A group with its one open place numbered; `undefined` where it has none or several. */
function openAt(smiles: string, place: string): string | undefined {
  const opened = smiles.replaceAll('*', place);
  if (opened.split('*').length !== 2) return undefined;
  const open = withMolecules((own) => openPlaces(own(rdkit().get_mol(smiles))!));
  return open === 1 ? opened : undefined;
}

/** Places that can be closed: with one bond, and a single one. Others make the chemistry throw. */
function openPlaces(mol: Mol): number {
  const found = withMolecules((own) => mol.get_substruct_matches(own(rdkit().get_qmol('[$([#0;D1]-*)]'))!));
  return found === '{}' ? 0 : (JSON.parse(found) as unknown[]).length;
}

/** The templates left of the arrow: parts between dots that stand in no brackets. */
function templatesOf(smarts: string): string[] {
  const left = smarts.split('>')[0];
  const templates = [''];
  let depth = 0;
  for (const letter of left) {
    if (letter === '(' || letter === '[') depth++;
    if (letter === ')' || letter === ']') depth--;
    if (letter === '.' && depth === 0) templates.push('');
    else templates[templates.length - 1] += letter;
  }
  return templates;
}
