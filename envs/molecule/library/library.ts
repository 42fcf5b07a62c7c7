import { UserError } from '../../../src/core/errors.ts';
import { type Mol, type Own, type Rdkit, rdkit, withMolecules } from '../rdkit.ts';
import { type LibraryFile, type Reagent, readLibraryFile } from './library-file.ts';
import { type Maker, reactionMaker, scaffoldMaker, unnumbered } from './makers.ts';

export interface LibrarySlot {
  name: string;
  /** Those that can be parsed, each once, as canonical SMILES. */
  reagents: readonly Reagent[];
  /** 1 for those that can react. */
  allowed: Uint8Array;
}

/** Reagents that were left out, and why. */
export interface LeftOut {
  slot: string;
  reason: 'unparsable' | 'double' | 'unreactive';
  reagents: readonly string[];
}

/** A combinatorial library: a product for each choice of one reagent a slot. Nothing is enumerated. */
export class Library {
  readonly name: string;
  readonly description: string;
  readonly slots: readonly LibrarySlot[];
  readonly leftOut: readonly LeftOut[];
  /** How many products there are, as far as reagents tell. */
  readonly size: number;
  readonly #maker: Maker;

  /** @throws UserError for a library that is none, and slots without any reagent that can react */
  constructor(file: LibraryFile) {
    const chemistry = rdkit();
    const leftOut: LeftOut[] = [];
    this.name = file.name;
    this.description = file.description;
    const parsed = file.slots.map((slot) => ({
      name: slot.name,
      reagents: usable(chemistry, slot, file.scaffold !== undefined, leftOut),
    }));
    this.#maker =
      file.reaction !== undefined
        ? reactionMaker(file.reaction, parsed, file.source)
        : scaffoldMaker(file.scaffold!, parsed, file.source);
    this.slots = parsed.map(({ name, reagents }, slot) => {
      const allowed = this.#maker.reactive(slot);
      const inert = reagents.filter((_, index) => allowed[index] === 0).map(({ smiles }) => smiles);
      if (inert.length > 0) leftOut.push({ slot: name, reason: 'unreactive', reagents: inert });
      if (inert.length === reagents.length) {
        throw new UserError(
          `${file.source}: none of the ${reagents.length} reagents of slot '${name}' can react, such as ${reagents[0]?.smiles ?? 'none'}. ` +
            'Look at the order of the slots and at the reaction or the open places.',
        );
      }
      return { name, reagents, allowed };
    });
    this.leftOut = leftOut;
    this.size = this.slots.reduce((product, { allowed }) => product * allowed.reduce((sum, one) => sum + one, 0), 1);
  }

  /** Whether all reagents of a choice can react. */
  allows(choice: ArrayLike<number>): boolean {
    return this.slots.every(({ allowed }, slot) => allowed[choice[slot]] === 1);
  }

  /**
   * The product of a choice, one reagent index a slot, as canonical SMILES.
   *
   * @returns `undefined` where the reagents do not react
   */
  product(choice: ArrayLike<number>): string | undefined {
    if (!this.allows(choice)) return undefined;
    return withMolecules((own) => this.#maker.make(choice, own));
  }

  /** The reagents of a choice, as people write them. */
  namesOf(choice: ArrayLike<number>): string[] {
    return this.slots.map(({ reagents }, slot) => reagents[choice[slot]].name);
  }

  dispose(): void {
    this.#maker.dispose();
  }
}

/** @param name of a library that ships, or path of a YAML file */
export function openLibrary(name: string): Library {
  return new Library(readLibraryFile(name));
}

const shared = new Map<string, Library>();

/** The same, but once in a process: environments of one library share it. Never to be disposed of. */
export function sharedLibrary(name: string): Library {
  const library = shared.get(name) ?? openLibrary(name);
  shared.set(name, library);
  return library;
}

/** In words: which reagents were left out, and why. Empty where none was. */
export function describeLeftOut(leftOut: readonly LeftOut[]): string[] {
  const why = { unparsable: 'no SMILES', double: 'there already', unreactive: 'cannot react' };
  return leftOut.map(({ slot, reason, reagents }) => {
    const shown = reagents.slice(0, 3).join(', ');
    const more = reagents.length > 3 ? ` and ${reagents.length - 3} more` : '';
    return `Slot '${slot}': left out ${reagents.length} (${why[reason]}): ${shown}${more}.`;
  });
}

function usable(
  chemistry: Rdkit,
  slot: { name: string; reagents: readonly Reagent[] },
  groups: boolean,
  leftOut: LeftOut[],
): Reagent[] {
  const seen = new Set<string>();
  const lost = { unparsable: [] as string[], double: [] as string[] };
  const kept = slot.reagents.flatMap(({ smiles, name }): Reagent[] => {
    const canonical = withMolecules((own: Own) => {
      const mol: Mol | null = own(chemistry.get_mol(groups ? unnumbered(smiles) : smiles));
      return mol?.get_smiles();
    });
    if (!canonical) lost.unparsable.push(smiles);
    else if (seen.has(canonical)) lost.double.push(smiles);
    else {
      seen.add(canonical);
      return [{ smiles: canonical, name }];
    }
    return [];
  });
  for (const reason of ['unparsable', 'double'] as const) {
    if (lost[reason].length > 0) leftOut.push({ slot: slot.name, reason, reagents: lost[reason] });
  }
  return kept;
}
