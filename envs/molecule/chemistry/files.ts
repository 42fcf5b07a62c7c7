import { rdkit, withMolecules } from '../rdkit.ts';

/** A molecule and what is known of it, by column. */
export interface MoleculeRow {
  smiles: string;
  properties: Readonly<Record<string, string | number>>;
}

/** CSV with SMILES and InChIKey first. Cells with commas and quotes are quoted. */
export function moleculesCsv(rows: readonly MoleculeRow[]): string {
  const columns = columnsOf(rows);
  const lines = rows.map(({ smiles, properties }) => [
    smiles,
    inchiKey(smiles),
    ...columns.map((column) => String(properties[column] ?? '')),
  ]);
  return `${[['smiles', 'inchikey', ...columns], ...lines].map((cells) => cells.map(quoted).join(',')).join('\n')}\n`;
}

/** An SD file of version 2000, with coordinates for drawing. What is no molecule is left out. */
export function moleculesSdf(rows: readonly MoleculeRow[]): string {
  const columns = columnsOf(rows);
  return rows
    .map(({ smiles, properties }) => {
      const block = withMolecules((own) => {
        const mol = own(rdkit().get_mol(smiles));
        mol?.set_new_coords();
        return mol?.get_molblock();
      });
      if (block === undefined) return '';
      const data = [
        ['SMILES', smiles],
        ['InChIKey', inchiKey(smiles)],
        ...columns.map((c) => [c, String(properties[c] ?? '')]),
      ];
      return `${block.trimEnd()}\n${data.map(([name, value]) => `>  <${name}>\n${value}\n\n`).join('')}$$$$\n`;
    })
    .join('');
}

/** One SMILES a line. */
export const moleculesSmi = (rows: readonly MoleculeRow[]): string => rows.map(({ smiles }) => `${smiles}\n`).join('');

/** Empty for what is no molecule. */
export function inchiKey(smiles: string): string {
  return withMolecules((own) => {
    const inchi = smiles === '' ? '' : own(rdkit().get_mol(smiles))?.get_inchi();
    return inchi ? rdkit().get_inchikey_for_inchi(inchi) : '';
  });
}

const columnsOf = (rows: readonly MoleculeRow[]) => [
  ...new Set(rows.flatMap(({ properties }) => Object.keys(properties))),
];

const quoted = (cell: string) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
