import type { Mol } from '../rdkit.ts';

/** Morgan fingerprint of radius 2 in 2048 bits (ECFP4; Rogers and Hahn 2010), 32 to a word. */
export type Fingerprint = Int32Array;

const settings = JSON.stringify({ radius: 2, nBits: 2048 });

export function fingerprintOf(mol: Mol): Fingerprint {
  const bytes = mol.get_morgan_fp_as_uint8array(settings);
  return new Int32Array(bytes.slice().buffer);
}

/** Bits in both over bits in either; 1 for two that are empty. */
export function tanimoto(a: Fingerprint, b: Fingerprint): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    both += bitCount(a[i] & b[i]);
    either += bitCount(a[i] | b[i]);
  }
  return either === 0 ? 1 : both / either;
}

/** Greatest Tanimoto similarity to any of a list; 0 for an empty one. */
export function nearest(fingerprint: Fingerprint, others: readonly Fingerprint[]): number {
  let greatest = 0;
  for (const other of others) greatest = Math.max(greatest, tanimoto(fingerprint, other));
  return greatest;
}

/** Set bits of a word, added up in halves (Warren, Hacker's Delight, chapter 5). */
function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
