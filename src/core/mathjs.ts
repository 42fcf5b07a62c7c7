import { createRequire } from 'node:module';

type MathJs = Pick<typeof import('mathjs'), 'parse' | 'erf' | 'lusolve'>;

let library: MathJs | undefined;

/** Loaded when first needed, and as one file: that is a tenth of a second, where the package's main entry takes one. */
export function mathjs(): MathJs {
  library ??= createRequire(import.meta.url)('mathjs/lib/browser/math.js') as MathJs;
  return library;
}
