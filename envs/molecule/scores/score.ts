import { z } from 'zod';
import { UserError } from '../../../src/core/errors.ts';
import { type Mol, rdkit } from '../rdkit.ts';
import { type Fingerprint, fingerprintOf, nearest, tanimoto } from './fingerprints.ts';
import { type Molecule, withMolecule } from './molecule.ts';
import { alertsOf, qed } from './qed.ts';
import { transform, transformSchema } from './transforms.ts';

const common = {
  name: z.string().min(1).optional(),
  weight: z.number().positive().default(1),
};

const descriptorNames = {
  logP: 'CrippenClogP',
  tpsa: 'tpsa',
  weight: 'amw',
  donors: 'NumHBD',
  acceptors: 'NumHBA',
  rotatableBonds: 'NumRotatableBonds',
} as const;

type DescriptorTerm = keyof typeof descriptorNames;

const descriptorTerms = Object.keys(descriptorNames) as [DescriptorTerm, ...DescriptorTerm[]];

const termSchema = z.discriminatedUnion('property', [
  /** Tanimoto similarity (ECFP4) to a molecule. */
  z.strictObject({
    property: z.literal('similarity'),
    target: z.string().min(1),
    transform: transformSchema.prefault({ kind: 'linear' }),
    ...common,
  }),
  z.strictObject({ property: z.literal('qed'), transform: transformSchema.prefault({ kind: 'linear' }), ...common }),
  z.strictObject({ property: z.enum(descriptorTerms), transform: transformSchema, ...common }),
  /** Number of structural alerts: those of QED, or of your own SMARTS. */
  z.strictObject({
    property: z.literal('alerts'),
    smarts: z.array(z.string().min(1)).min(1).optional(),
    transform: transformSchema.prefault({ kind: 'step', high: 0 }),
    ...common,
  }),
  /** 1 less the greatest similarity to any of these molecules. */
  z.strictObject({
    property: z.literal('novelty'),
    reference: z.array(z.string().min(1)).min(1),
    transform: transformSchema.prefault({ kind: 'linear' }),
    ...common,
  }),
  /** 1 less the greatest similarity to those of the last good molecules scored: what is much like them scores little. */
  z.strictObject({
    property: z.literal('diversity'),
    /** Those that score so much count as good, and so many of them are remembered. */
    from: z.number().min(0).max(1).default(0.5),
    remembered: z.int().min(1).default(100),
    transform: transformSchema.prefault({ kind: 'clipped', upper: 0.4 }),
    ...common,
  }),
]);

export const scoreSchema = z.strictObject({
  terms: z.array(termSchema).min(1),
  aggregate: z.enum(['geometric', 'arithmetic']).default('geometric'),
});

export type ScoreSettings = z.output<typeof scoreSchema>;
export type ScoreInput = z.input<typeof scoreSchema>;
type Term = ScoreSettings['terms'][number];

/** Scores molecules: a weighted mean of terms from 0 to 1. */
export interface Scorer {
  readonly termNames: readonly string[];
  /**
   * @param terms gains one value a term, after its transform; without weights
   * @returns the mean of the terms; NaN for what is no molecule
   */
  score(smiles: string, terms: Float64Array): number;
  /** What the score remembers of molecules before: numbers of fingerprints. */
  getState(): number[][][];
  setState(state: number[][][]): void;
  dispose(): void;
}

interface CompiledTerm {
  value(molecule: Molecule): number;
  /** Told of every molecule scored. */
  remember?(molecule: Molecule, score: number): void;
  readonly memory?: Fingerprint[];
  dispose?(): void;
}

/** @throws UserError for a SMILES or SMARTS that is none, and two terms of one name */
export function compileScore({ terms, aggregate }: ScoreSettings): Scorer {
  const termNames = terms.map(({ name, property }) => name ?? property);
  const twice = termNames.find((name, index) => termNames.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UserError(`Two terms of the score are called '${twice}'. Give one of them another name: name: ...`);
  }
  const compiled = terms.map(compileTerm);
  const weights = terms.reduce((sum, { weight }) => sum + weight, 0);
  return {
    termNames,
    score: (smiles, out) =>
      withMolecule(smiles, (molecule) => {
        let sum = 0;
        for (let i = 0; i < compiled.length; i++) {
          const value = transform(compiled[i].value(molecule), terms[i].transform);
          out[i] = value;
          sum += (terms[i].weight / weights) * (aggregate === 'geometric' ? Math.log(value) : value);
        }
        const score = aggregate === 'geometric' ? Math.exp(sum) : sum;
        for (const { remember } of compiled) remember?.(molecule, score);
        return score;
      }) ?? Number.NaN,
    getState: () => compiled.map(({ memory = [] }) => memory.map((fingerprint) => Array.from(fingerprint))),
    setState(state) {
      compiled.forEach(({ memory }, i) => {
        memory?.splice(0, memory.length, ...state[i].map((words) => Int32Array.from(words)));
      });
    },
    dispose: () => {
      for (const { dispose } of compiled) dispose?.();
    },
  };
}

function compileTerm(term: Term): CompiledTerm {
  switch (term.property) {
    case 'similarity': {
      const target = referenceOf(term.target, 'target of the similarity');
      return { value: ({ fingerprint }) => tanimoto(fingerprint, target) };
    }
    case 'qed':
      return { value: qed };
    case 'alerts': {
      if (term.smarts === undefined) return { value: ({ mol }) => alertsOf(mol) };
      const queries = term.smarts.map(queryOf);
      return {
        value: ({ mol }) => queries.reduce((n, query) => n + (mol.get_substruct_match(query) === '{}' ? 0 : 1), 0),
        dispose: () => {
          for (const query of queries) query.delete();
        },
      };
    }
    case 'novelty': {
      const references = term.reference.map((smiles) => referenceOf(smiles, 'reference of the novelty'));
      return { value: ({ fingerprint }) => 1 - nearest(fingerprint, references) };
    }
    case 'diversity': {
      const memory: Fingerprint[] = [];
      return {
        memory,
        value: ({ fingerprint }) => 1 - nearest(fingerprint, memory),
        remember({ fingerprint }, score) {
          if (score < term.from) return;
          memory.push(fingerprint);
          if (memory.length > term.remembered) memory.shift();
        },
      };
    }
    default: {
      const name = descriptorNames[term.property];
      return { value: ({ descriptors }) => descriptors[name] };
    }
  }
}

function referenceOf(smiles: string, what: string): Fingerprint {
  const fingerprint = withMolecule(smiles, ({ mol }) => fingerprintOf(mol));
  if (fingerprint) return fingerprint;
  throw new UserError(`The ${what} is no molecule: '${smiles}'. Expected SMILES.`);
}

function queryOf(smarts: string): Mol {
  const query = rdkit().get_qmol(smarts);
  if (query) return query;
  throw new UserError(`The score's alert '${smarts}' is no SMARTS.`);
}
