import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as tensorflow from '@tensorflow/tfjs';
import { UserError } from '../../core/errors.ts';
import { packagePath } from '../../core/package-path.ts';

/** TensorFlow.js, whichever package it comes from. */
export type Tf = typeof tensorflow;

/** TensorFlow.js with what is to be said of it. */
export interface LoadedTensorflow {
  tf: Tf;
  /** `@tensorflow/tfjs-node-gpu`. */
  packageName: string;
}

/** On a GPU by CUDA, on the processor by TensorFlow's own library, and on the processor in JavaScript. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node', '@tensorflow/tfjs'] as const;

/** Where `cli/build-tfjs-node.mjs` has made one, else wherever Node.js finds it. */
function placeOf(packageName: string): string {
  const folder = packagePath('.tensorflow');
  if (packageName !== '@tensorflow/tfjs-node' || !existsSync(join(folder, '.built'))) return packageName;
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(packageName)).href;
}

/**
 * The fastest TensorFlow.js there is.
 *
 * @param only one of the packages, rather than the first that loads
 * @throws UserError with the commands that install them
 */
export async function loadTensorflow(only?: (typeof packages)[number]): Promise<LoadedTensorflow> {
  // Its library tells of the processor's instructions unless asked not to.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const failures: string[] = [];
  for (const packageName of only ? [only] : packages) {
    try {
      const loaded = await import(placeOf(packageName));
      // Native packages are CommonJS.
      const tf: Tf = loaded.default ?? loaded;
      tf.enableProdMode();
      await tf.ready();
      return { tf, packageName };
    } catch (error) {
      failures.push(`${packageName}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new UserError(
    'The tensorflow engine needs TensorFlow.js, of which no package can be loaded. Install one of them:\n' +
      '  npm install @tensorflow/tfjs-node-gpu@4   for a GPU with CUDA; downloads TensorFlow, about 1 GB\n' +
      '  npm install @tensorflow/tfjs-node@4       for the processor; downloads TensorFlow, about 400 MB\n' +
      '  npm run tfjs-node                         in a checkout: the same without that download, by a C++ compiler\n' +
      '  npm install @tensorflow/tfjs@4            JavaScript alone: runs everywhere, many times slower than --engine cpu\n' +
      `(${failures.join('; ')})`,
  );
}
