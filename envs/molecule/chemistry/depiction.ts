import { escapeHtml } from '../../../src/report/escape.ts';
import { rdkit, withMolecules } from '../rdkit.ts';

export interface Depicted {
  smiles: string;
  legend: string;
}

const width = 240;
const height = 190;
const columns = 4;

/** A grid of molecules with their legends, as one SVG document; what is no molecule leaves its place empty. */
export function depictionGrid(title: string, molecules: readonly Depicted[]): string {
  const rows = Math.ceil(molecules.length / columns);
  const cells = molecules.map(({ smiles, legend }, i) => {
    const at = `translate(${(i % columns) * width} ${Math.floor(i / columns) * height})`;
    return `<g transform="${at}">${drawing(smiles)}<text x="${width / 2}" y="${height - 6}" text-anchor="middle" font-family="sans-serif" font-size="12">${escapeHtml(legend)}</text></g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${columns * width} ${rows * height}" width="${columns * width}" ` +
    `height="${rows * height}" role="img" aria-label="${escapeHtml(title)}">${cells.join('')}</svg>`
  );
}

/** The strokes of a molecule, without the document around them. */
function drawing(smiles: string): string {
  const svg = withMolecules((own) =>
    own(rdkit().get_mol(smiles))?.get_svg_with_highlights(
      JSON.stringify({ width, height: height - 24, clearBackground: false, bondLineWidth: 1.2 }),
    ),
  );
  return svg?.match(/<!-- END OF HEADER -->\s*([\s\S]*)<\/svg>/)?.[1].replace(/ class='[^']*'/g, '') ?? '';
}
